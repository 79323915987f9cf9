"""Files that say which depth is valid are used, or their neglect is told."""

import warnings

import cv2
import numpy as np
import pytest

from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.files.bad_sample import BadSampleError

SIZE = (24, 32)
VALID = np.zeros(SIZE, np.uint8)
VALID[4:20, :16] = 1


def write(folder, name, values):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    if name.endswith("npy"):
        np.save(folder / name, values)
    else:
        cv2.imwrite(str(folder / name), values)


@pytest.fixture
def pairs(tmp_path, pictures):
    """`pairs(depth, mask, values)` writes two pairs with a mask each; `{}` is a pair's number."""

    def written(depth, mask, values=VALID, image="{}.jpg", number=2):
        for i in range(number):
            pictures.pair(tmp_path, image.format(i), "unused.png", seed=i)
            (tmp_path / "unused.png").unlink()
            write(tmp_path, depth.format(i), np.full(SIZE, 2 + i, np.float32))
            if mask:
                write(tmp_path, mask.format(i), values)
        return tmp_path

    return written


@pytest.mark.parametrize(
    ("depth", "mask"),
    [
        ("{}_depth.npy", "{}_depth_mask.npy"),  # DIODE
        ("{}.npy", "{}_valid.png"),
        ("{}_depth.npy", "{}_valid.npy"),
        ("depth/{}.npy", "validity/{}.png"),
        ("depth/{}.npy", "depth/{}_mask.png"),
    ],
)
@pytest.mark.parametrize("values", [VALID.astype(float), VALID * 255, VALID > 0])
def test_a_mask_of_valid_depth_is_used(pairs, depth, mask, values):
    if mask.endswith("png"):
        values = values.astype(np.uint8)
    image = "image/{}.jpg" if "/" in depth else "{}.jpg"
    folder = pairs(depth, mask, values, image)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = FolderSource(folder)
    assert len(source) == 2
    for sample in source:
        np.testing.assert_array_equal(sample["depth"][..., 0] > 0, VALID > 0)


def test_a_csv_list_finds_them_too(pairs):
    folder = pairs("{}_depth.npy", "{}_depth_mask.npy")
    (folder / "list.csv").write_text("0.jpg,0_depth.npy\n1.jpg,1_depth.npy\n")
    np.testing.assert_array_equal(FolderSource(folder)[1]["depth"][..., 0] > 0, VALID > 0)


@pytest.mark.parametrize(
    ("mask", "values"),
    [
        ("confidence/{}.png", VALID * 2),  # ARKitScenes: 0, 1 and 2
        ("mask/{}.png", VALID * 255),  # of a person, perhaps
        ("{}_confidence.npy", VALID / 3),
        ("depth/{}_conf.npy", VALID / 3),
        ("depth/{}_valid.npy", np.arange(24 * 32).reshape(SIZE)),
    ],
)
def test_what_may_be_something_else_is_told_and_not_used(pairs, mask, values):
    side = "" if mask.startswith("{}") else "depth/"
    folder = pairs(side + "{}.npy", mask, values, "image/{}.jpg" if side else "{}.jpg")
    first = mask.format(0)
    with pytest.warns(UserWarning, match=f"Not used: 2 files .*such as '{first}'") as caught:
        source = FolderSource(folder)
    assert len(caught) == 1
    assert all((sample["depth"] > 0).all() for sample in source)


def test_depth_maps_without_the_mask_that_others_have(pairs):
    folder = pairs("{}_depth.npy", "{}_depth_mask.npy", number=3)
    (folder / "1_depth_mask.npy").unlink()
    with pytest.warns(UserWarning, match=r"1 of 3 depth maps lack the mask .* '1_depth\.npy'"):
        source = FolderSource(folder)
    assert [(sample["depth"] > 0).all() for sample in source] == [False, True, False]


def test_a_damaged_or_foreign_mask_is_a_bad_sample(pairs):
    folder = pairs("{}_depth.npy", "{}_depth_mask.npy")
    np.save(folder / "1_depth_mask.npy", VALID[:5])
    source = FolderSource(folder)
    with pytest.raises(BadSampleError, match=r"1_depth_mask\.npy' is 5x32 .* its depth map 24x32"):
        source[1]
    (folder / "1_depth_mask.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(BadSampleError, match=r"1_depth_mask\.npy' is a damaged"):
        source[1]
    np.save(folder / "1_depth_mask.npy", np.arange(24 * 32).reshape(SIZE))
    with pytest.raises(BadSampleError, match="more than two values"):
        source[1]


def test_depth_maps_without_a_photograph_are_counted(pairs):
    folder = pairs("{}_depth.npy", None, number=4)
    for number in (1, 2):
        (folder / f"{number}.jpg").unlink()
    with pytest.warns(UserWarning, match=r"2 depth maps without a photograph, '1_depth\.npy'"):
        assert len(FolderSource(folder)) == 2
