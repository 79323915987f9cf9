import warnings

import numpy as np
import pytest

from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.pairs.folder_pairs import find_pairs
from densedepth_tf.data.pairs.pair_list import Pair
from densedepth_tf.files.bad_sample import BadSampleError


def names(source: FolderSource) -> list[str]:
    return [source.sample_name(i) for i in range(len(source))]


@pytest.mark.parametrize(
    ("image", "depth"),
    [
        ("image/a/x.jpg", "depth/a/x.png"),
        ("scene/rgb/x.png", "scene/depth/x.png"),
        ("image/x.jpg", "groundtruth/x.png"),
        ("x.jpg", "x.png"),
        ("x.jpg", "x_depth.png"),
        ("x.png", "x_depth.png"),
        ("x.png", "x.npy"),
        ("frame-000000.color.jpg", "frame-000000.depth.png"),
        ("rgb_0001.png", "depth_0001.png"),
        ("room/image.png", "room/depth.png"),
        ("depth_data/rgb/x.png", "depth_data/depth/x.png"),
        ("depth/scene/rgb/x.png", "depth/scene/depth/x.png"),
    ],
)
def test_every_documented_pairing(tmp_path, pictures, image, depth):
    pictures.pair(tmp_path, image, depth, seed=1)
    if depth.endswith("npy"):
        np.save(tmp_path / depth, pictures.depth(1, 24, 32))
    (tmp_path / "readme.txt").write_text("not a picture")
    (tmp_path / "frame-000000.pose.txt").write_text("1 0 0 0")
    assert find_pairs(tmp_path) == ([Pair(image, depth)], [])
    sample = FolderSource(tmp_path)[0]
    assert sample["name"] == image and "intrinsics" not in sample
    np.testing.assert_allclose(sample["depth"][..., 0], pictures.depth(1, 24, 32), rtol=1e-6)


def test_ambiguous_names_are_refused(tmp_path, pictures):
    pictures.pair(tmp_path, "x.jpg", "x.png")
    pictures.pair(tmp_path, "rgb/x.jpg", "depth/x.png")
    with pytest.raises(ValueError, match=r"'rgb/x\.jpg' and 'x\.jpg' share a name"):
        FolderSource(tmp_path)


def test_images_without_depth(tmp_path, pictures):
    for i in range(6):
        pictures.pair(tmp_path, f"image/{i}.jpg", f"depth/{i}.png")
    for i in range(4):
        (tmp_path / f"depth/{i}.png").unlink()
    with pytest.warns(UserWarning, match=r"4 photographs .*'image/0\.jpg'.*and 1 more.*left out"):
        source = FolderSource(tmp_path)
    assert names(source) == ["image/4.jpg", "image/5.jpg"]
    with pytest.raises(BadSampleError, match="4 photographs"):
        FolderSource(tmp_path, strict=True)
    for i in (4, 5):
        (tmp_path / f"depth/{i}.png").unlink()
    with pytest.raises(ValueError, match=r"6 photographs .* have no depth map"):
        FolderSource(tmp_path)


def test_empty_and_missing_folders(tmp_path):
    with pytest.raises(ValueError, match="holds no photographs"):
        FolderSource(tmp_path)
    with pytest.raises(ValueError, match=r"There is no data folder or file .*none"):
        FolderSource(tmp_path / "none")
    (tmp_path / "x.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match="a folder or a CSV file"):
        FolderSource(tmp_path / "x.jpg")


def test_unsplit_folders_hold_out(tmp_path, pictures):
    for i in range(8):
        pictures.pair(tmp_path, f"{i}.jpg", f"{i}.png")
    assert names(FolderSource(tmp_path, "validation", holdout_every=4)) == ["3.jpg", "7.jpg"]
    assert len(FolderSource(tmp_path, "train", holdout_every=4)) == 6
    assert names(FolderSource(tmp_path, "test", holdout_every=4)) == ["3.jpg", "7.jpg"]
    with pytest.warns(UserWarning, match="no test list: all 8 rows.*`holdout_every`"):
        assert len(FolderSource(tmp_path, "test")) == 8
    assert len(FolderSource(tmp_path, "train")) == 8
    with pytest.raises(ValueError, match="`holdout_every`"):
        FolderSource(tmp_path, "validation")


def test_split_folders(tmp_path, pictures):
    for i in range(4):
        pictures.pair(tmp_path, f"train/{i}.jpg", f"train/{i}.png")
    assert names(FolderSource(tmp_path, "validation", holdout_every=2)) == ["1.jpg", "3.jpg"]
    assert names(FolderSource(tmp_path, "train", holdout_every=2)) == ["0.jpg", "2.jpg"]
    with pytest.raises(ValueError, match="has no test split, only train"):
        FolderSource(tmp_path, "test")
    pictures.pair(tmp_path, "val/9.jpg", "val/9.png")
    assert names(FolderSource(tmp_path, "validation", holdout_every=2)) == ["9.jpg"]
    assert len(FolderSource(tmp_path, "train", holdout_every=2)) == 4


def test_csv_lists(tmp_path, pictures):
    for i in range(4):
        pictures.pair(tmp_path, f"p/{i}.jpg", f"q/{i}.png")
    rows = [f"p/{i}.jpg,q/{i}.png" for i in range(4)]
    only = tmp_path / "mine.csv"
    only.write_text("image,depth\n" + "\n".join(rows))
    for data_dir in (tmp_path, only):
        source = FolderSource(data_dir)
        assert names(source) == [f"p/{i}.jpg" for i in range(4)]
        assert source[3]["depth"].max() > 1
        assert len(FolderSource(data_dir, "validation", holdout_every=2)) == 2
    (tmp_path / "other.csv").write_text(rows[0])
    with pytest.raises(ValueError, match=r"several CSV files: mine\.csv, other\.csv"):
        FolderSource(tmp_path)
    (tmp_path / "train.csv").write_text("\n".join(rows[:3]))
    (tmp_path / "val.csv").write_text(rows[3])
    assert len(FolderSource(tmp_path, holdout_every=2)) == 3
    assert names(FolderSource(tmp_path, "validation")) == ["p/3.jpg"]


def test_csv_rows_are_checked(tmp_path, pictures):
    pictures.pair(tmp_path, "1.jpg", "1.png")
    (tmp_path / "a.csv").write_text("1.jpg,1.png\n1.jpg,../1.png")
    with pytest.raises(ValueError, match=r"a\.csv', row 2.*stay inside"):
        FolderSource(tmp_path)
    (tmp_path / "a.csv").write_text("1.jpg,2.png")
    with pytest.raises(BadSampleError, match=r"2\.png"):
        FolderSource(tmp_path)[0]


def test_depth_scale(tmp_path, pictures):
    pictures.pair(tmp_path, "1.jpg", "1.png")
    kitti = np.full((24, 32), 2560, np.uint16)
    (tmp_path / "1.png").write_bytes(pictures.png(kitti))
    assert FolderSource(tmp_path, depth_scale=1 / 256)[0]["depth"].max() == 10
    assert FolderSource(tmp_path)[0]["depth"].max() == np.float32(2.56)


def test_hidden_files_are_no_data(tmp_path, pictures):
    pictures.pair(tmp_path, "1.jpg", "1.png")
    (tmp_path / ".hidden.jpg").write_bytes(b"")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX/1.jpg").write_bytes(b"")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert names(FolderSource(tmp_path)) == ["1.jpg"]


def test_real_folders(shared):
    kitchen, kitti = shared("data/7scenes_redkitchen"), shared("data/kitti_depth_gt")
    source = FolderSource(kitchen)
    assert len(source) == 300
    sample = source[100]
    assert sample["name"] == "frame-000100.color.jpg"
    assert 0.02 < (sample["depth"] == 0).mean() < 0.3 and sample["depth"].max() < 10
    street = FolderSource(kitti, depth_scale=1 / 256)[0]
    assert 5 < np.median(street["depth"][street["depth"] > 0]) < 40
