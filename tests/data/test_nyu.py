import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from densedepth_tf.data.pairs.nyu import NYUSource
from densedepth_tf.data.sequence_datasets import SequenceOptions
from densedepth_tf.data.sources import open_source
from densedepth_tf.files.bad_sample import BadSampleError

NUM_TRAIN = 9


def write_nyu(folder: Path, pictures) -> None:
    """The official layout, small: 9 training pairs with 8-bit depth, 2 test pairs in 16 bits."""
    rows = []
    for i in range(NUM_TRAIN):
        image, depth = (f"data/nyu2_train/kitchen_out/{i}.{suffix}" for suffix in ("jpg", "png"))
        pictures.pair(folder, image, depth, seed=i)
        eight = np.full((24, 32), 10 + 20 * i, np.uint8)
        eight[:2, :2] = 0
        (folder / depth).write_bytes(pictures.png(eight))
        rows.append(f"{image},{depth}")
    (folder / "data/nyu2_train.csv").write_text("\n".join(rows))
    rows = []
    for i in range(2):
        image, depth = f"data/nyu2_test/{i}_colors.png", f"data/nyu2_test/{i}_depth.png"
        pictures.pair(folder, image, depth, seed=i)
        rows.append(f"{image},{depth}")
    (folder / "data/nyu2_test.csv").write_text("\n".join(rows))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, pictures) -> Path:
    folder = tmp_path_factory.mktemp("nyu")
    write_nyu(folder, pictures)
    return folder


@pytest.fixture(scope="module", params=["deflated", "stored"])
def archive(request, folder, tmp_path_factory) -> Path:
    method = zipfile.ZIP_DEFLATED if request.param == "deflated" else zipfile.ZIP_STORED
    path = tmp_path_factory.mktemp("zip") / "nyu_data.zip"
    with zipfile.ZipFile(path, "w", method) as target:
        for file in sorted(folder.rglob("*")):
            target.write(file, file.relative_to(folder).as_posix())
    return path


def assert_same(a, b):
    assert len(a) == len(b)
    for left, right in zip(a, b, strict=True):
        assert left["name"] == right["name"]
        np.testing.assert_array_equal(left["image"], right["image"])
        np.testing.assert_array_equal(left["depth"], right["depth"])


def test_units_by_bit_depth(folder, pictures):
    train = NYUSource(folder)
    assert len(train) == NUM_TRAIN and train.title == "nyu/train"
    sample = train[3]
    assert sample["image"].shape == (24, 32, 3) and sample["depth"].shape == (24, 32, 1)
    assert sample["depth"][5, 5, 0] == pytest.approx(70 * 10 / 255)
    assert sample["depth"][0, 0, 0] == 0
    assert sample["name"] == train.sample_name(3) == "data/nyu2_train/kitchen_out/3.jpg"
    test = NYUSource(folder, "test")
    np.testing.assert_allclose(test[1]["depth"][..., 0], pictures.depth(1, 24, 32), atol=1e-6)
    np.testing.assert_array_equal(test[1]["image"], pictures.image(1, 24, 32))


def test_intrinsics_are_scaled_to_the_image(folder):
    matrix = NYUSource(folder)[0]["intrinsics"]
    np.testing.assert_allclose(matrix[0, 0], 518.8579 / 20, rtol=1e-5)
    # Pixel centres are at integers: the border, at -0.5, is what scales.
    np.testing.assert_allclose(matrix[1, 2], (253.73617 + 0.5) / 20 - 0.5, rtol=1e-5)


def test_the_list_may_lie_beside_or_above_its_files(folder):
    assert_same(NYUSource(folder), NYUSource(folder / "data"))


def test_rows_relative_to_the_list(tmp_path, pictures):
    pictures.pair(tmp_path, "1.jpg", "1.png")
    (tmp_path / "nyu2_train.csv").write_text("1.jpg,1.png")
    assert NYUSource(tmp_path)[0]["name"] == "1.jpg"


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_archive_equals_the_folder(folder, archive, split):
    read = [NYUSource(path, split, holdout_every=4) for path in (folder, archive)]
    assert_same(*read)


def test_reading_an_archive_writes_nothing_and_is_safe_in_threads(archive):
    before = sorted(archive.parent.rglob("*"))
    source = NYUSource(archive)
    expected = [sample["image"] for sample in source]
    failures = []

    def read(start: int) -> None:
        for step in range(3 * len(source)):
            index = (start + step) % len(source)
            if not np.array_equal(source[index]["image"], expected[index]):
                failures.append(index)

    threads = [threading.Thread(target=read, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(archive.parent.rglob("*")) == before


def test_holdout(folder):
    train = NYUSource(folder, "train", holdout_every=4)
    validation = NYUSource(folder, "validation", holdout_every=4)
    names = [validation.sample_name(i) for i in range(len(validation))]
    assert [Path(name).stem for name in names] == ["3", "7"]
    assert len(train) == NUM_TRAIN - 2
    assert len(NYUSource(folder, "test", holdout_every=4)) == 2
    blocks = open_source("nyu", folder, "validation", holdout_every=2, holdout_block=3)
    assert [Path(blocks.sample_name(i)).stem for i in range(3)] == ["3", "4", "5"]
    with pytest.raises(ValueError, match="`holdout_every`"):
        NYUSource(folder, "validation")


def test_indices(folder):
    source = NYUSource(folder)
    assert source[-1]["name"] == source.sample_name(NUM_TRAIN - 1)
    with pytest.raises(IndexError, match=r"nyu/train has 9 samples\. Received: index=9"):
        source[9]


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"has no nyu2_test\.csv"):
        NYUSource(tmp_path, "test")
    with pytest.raises(ValueError, match=r"There is no data folder or file .*nowhere"):
        NYUSource(tmp_path / "nowhere")


def test_a_list_of_files_that_are_elsewhere(tmp_path):
    (tmp_path / "nyu2_train.csv").write_text("x/1.jpg,x/1.png")
    with pytest.raises(ValueError, match=r"lists 'x/1\.jpg', which is in none of"):
        NYUSource(tmp_path)


@pytest.mark.parametrize("evil", ["../secret.jpg", "/etc/secret.jpg"])
@pytest.mark.parametrize("zipped", [False, True])
def test_lists_cannot_lead_outside(tmp_path, pictures, evil, zipped):
    pictures.pair(tmp_path, "secret.jpg", "secret.png")
    data = tmp_path / "inside"
    pictures.pair(data, "1.jpg", "1.png")
    rows = f"1.jpg,1.png\n{evil},1.png"
    (data / "nyu2_train.csv").write_text(rows)
    if zipped:
        data = tmp_path / "nyu_data.zip"
        with zipfile.ZipFile(data, "w") as target:
            target.writestr("nyu2_train.csv", rows)
            target.writestr("../secret.jpg", b"x")
            target.writestr("1.jpg", b"x")
    with pytest.raises(ValueError, match=r"nyu2_train\.csv', row 2.*Received"):
        NYUSource(data)


def test_a_bad_file_is_named_and_the_others_still_read(tmp_path, pictures):
    write_nyu(tmp_path, pictures)
    files = tmp_path / "data/nyu2_train/kitchen_out"
    (files / "1.jpg").write_bytes((files / "1.jpg").read_bytes()[:-50])
    (files / "2.png").unlink()
    (files / "4.png").write_bytes(pictures.png(np.zeros((24, 32), np.uint8)))
    (files / "5.png").write_bytes(pictures.png(np.full((32, 24), 99, np.uint8)))
    source = NYUSource(tmp_path)
    for index, reason in ((1, "cut off"), (2, "No such file"), (4, "no valid"), (5, "32x24")):
        with pytest.raises(BadSampleError, match=rf"{index}\.(jpg|png).*{reason}"):
            source[index]
    assert source[0]["depth"].max() > 0 and source[8]["depth"].max() > 0


def test_damaged_archives(tmp_path, archive, folder):
    cut = tmp_path / "cut.zip"
    cut.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(ValueError, match=r"cut\.zip' is not a complete zip archive"):
        NYUSource(cut)
    with zipfile.ZipFile(archive) as opened:
        member = opened.getinfo("data/nyu2_train/kitchen_out/0.jpg")
    content = bytearray(archive.read_bytes())
    content[member.header_offset + 200] ^= 0xFF
    cut.write_bytes(content)
    with pytest.raises(BadSampleError, match=r"cut\.zip:data/nyu2_train/kitchen_out/0\.jpg"):
        NYUSource(cut)[0]


def test_wrong_unit(tmp_path, pictures):
    pictures.pair(tmp_path, "1.jpg", "1.png")
    np.save(tmp_path / "1.npy", pictures.depth(0, 24, 32) * 1000)
    (tmp_path / "nyu2_train.csv").write_text("1.jpg,1.npy")
    with pytest.raises(BadSampleError, match=r"1\.npy' has an implausible unit"):
        NYUSource(tmp_path)[0]
    right = NYUSource(tmp_path, depth_scale=0.001)[0]["depth"]
    np.testing.assert_allclose(right[..., 0], pictures.depth(0, 24, 32), rtol=1e-5)


def test_real_pairs(shared):
    folder = shared("data/nyu_labeled_train")
    train = NYUSource(folder, "train", holdout_every=8)
    validation = NYUSource(folder, "validation", holdout_every=8)
    assert (len(train), len(validation)) == (696, 99)
    for source in (train, validation):
        for index in range(0, len(source), 40):
            sample = source[index]
            assert sample["image"].shape == (480, 640, 3)
            assert sample["depth"].shape == (480, 640, 1)
            assert 0.5 < np.median(sample["depth"]) < 10
    with pytest.raises(ValueError, match=r"nyu2_test\.csv"):
        NYUSource(folder, "test")


def test_found_among_downloads(folder, archive, tmp_path):
    (tmp_path / "nyu_data.zip").symlink_to(archive)
    assert_same(open_source("nyu", tmp_path, "train"), NYUSource(folder))
    np.save(tmp_path / "eigen_test_rgb.npy", np.zeros((3, 24, 32, 3), np.uint8))
    np.save(tmp_path / "eigen_test_depth.npy", np.ones((3, 24, 32), np.float32))
    assert len(open_source("nyu", tmp_path, "train")) == NUM_TRAIN
    assert len(open_source("nyu", tmp_path, "test")) == 3


def test_lists_of_bts_are_read(tmp_path, pictures):
    pictures.pair(tmp_path, "kitchen/rgb_00045.jpg", "kitchen/sync_depth_00045.png")
    listed = tmp_path / "train.txt"
    listed.write_text(
        "# mine\r\n/kitchen/rgb_00045.jpg /kitchen/sync_depth_00045.png 518.8579\r\n"
        "/kitchen/rgb_00046.jpg None 518.8579\r\n",
        encoding="utf-8-sig",
        newline="",
    )
    options = SequenceOptions(split_file=listed)
    (sample,) = open_source("nyu", tmp_path, "train", sequence_options=options)
    assert sample["name"] == "kitchen/rgb_00045.jpg"
    np.testing.assert_allclose(sample["depth"][..., 0], pictures.depth(0, 24, 32), atol=5e-4)
    listed.write_text("kitchen/rgb_00045.jpg\n")
    with pytest.raises(ValueError, match=r"train\.txt', line 1: needs 'image depth focal'"):
        open_source("nyu", tmp_path, "train", sequence_options=options)
    listed.write_text("../rgb.jpg depth.png\n")
    with pytest.raises(ValueError, match=r"line 1: .*inside the data folder"):
        open_source("nyu", tmp_path, "train", sequence_options=options)
