import pytest

from densedepth_tf.data.datasets import DATASETS
from densedepth_tf.data.sources import open_source


@pytest.fixture
def folder(tmp_path, pictures):
    for i in range(6):
        pictures.pair(tmp_path, f"{i}.jpg", f"{i}.png")
    return tmp_path


def test_wrong_arguments_name_the_choices(folder):
    with pytest.raises(ValueError, match=r"`dataset` .* rooms, nyu, folder.*Received: 'kitty'"):
        open_source("kitty", folder, "train")
    with pytest.raises(ValueError, match=r"train, validation, test.*Received: 'val'"):
        open_source("folder", folder, "val")
    with pytest.raises(ValueError, match=r"at least 1\. Received: 0"):
        open_source("folder", folder, "train", num_images=0)
    for dataset in ("rooms", "tfrecord"):
        with pytest.raises(ValueError, match="`depth_scale` does not apply"):
            open_source(dataset, folder, "train", depth_scale=0.1)
    for dataset in list(DATASETS)[1:]:
        with pytest.raises(ValueError, match="needs `data_dir`"):
            open_source(dataset, None, "train")


def test_num_images_takes_the_first_ones(folder):
    source = open_source("folder", folder, "train", num_images=4)
    assert len(source) == 4 and source.title.endswith("/train (first 4 of 6)")
    assert [sample["name"] for sample in source] == [f"{i}.jpg" for i in range(4)]
    assert source.sample_name(3) == "3.jpg"
    assert source.image_content(3) == (folder / "3.jpg").read_bytes()
    with pytest.raises(IndexError):
        source[4]
    assert len(open_source("folder", folder, "train", num_images=99)) == 6


@pytest.mark.parametrize("dataset", ["nyu", "folder", "tfrecord"])
def test_missing_and_empty_places(tmp_path, dataset):
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(ValueError, match=str(tmp_path)):
            open_source(dataset, place, "train")


def test_nyu_refuses_what_it_is_not(folder, tmp_path):
    with pytest.raises(ValueError, match=r"no nyu2_train\.csv .* `dataset='folder'`"):
        open_source("nyu", folder, "train")
    with pytest.raises(ValueError, match=r"0\.jpg' is not a complete HDF5"):
        open_source("nyu", folder / "0.jpg", "train")
    (tmp_path / "nyu_data.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(ValueError, match=r"nyu_data\.zip' is not a complete zip archive"):
        open_source("nyu", tmp_path / "nyu_data.zip", "train")


def test_rooms_are_rendered():
    pytest.importorskip("densedepth_tf.data.rooms.rooms")
    source = open_source("rooms", None, "train", num_images=3, image_size=(48, 64), seed=1)
    assert len(source) == 3
    sample = source[0]
    assert sample["image"].shape == (48, 64, 3) and sample["depth"].shape == (48, 64, 1)
    assert sample["intrinsics"].shape == (3, 3)
    assert len(open_source("rooms", None, "validation")) == 80


@pytest.mark.parametrize("dataset", ["rooms", "tfrecord"])
def test_holding_out_is_refused_where_lists_exist(dataset, tmp_path):
    with pytest.raises(ValueError, match="`holdout_every` does not apply"):
        open_source(dataset, tmp_path, "train", holdout_every=8)
