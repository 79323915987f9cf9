"""Data sets of every kind in a bucket: their samples are those of the folder."""

import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.sequence_datasets import SequenceOptions
from densedepth_tf.data.sources import open_source
from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards
from densedepth_tf.depth_filling.fill_folder import fill_folder
from densedepth_tf.evaluation.predictions.predictions_stack import open_predictions
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import Bucket
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.training.extra_data import open_extra_data, parse_extra_data


@pytest.fixture
def bucket(s3_files, tmp_path, monkeypatch):
    """`bucket(folder)` uploads a folder and gives its address."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    s3_files.mkdir("samples")

    def upload(folder):
        for path in (path for path in sorted(folder.rglob("*")) if path.is_file()):
            s3_files.put_file(str(path), f"samples/{path.relative_to(folder.parent).as_posix()}")
        return f"s3://samples/{folder.name}"

    yield upload
    s3_files.rm("samples", recursive=True)


@pytest.fixture
def downloads(monkeypatch):
    """The addresses of what is downloaded as a whole."""
    seen = []
    download = Bucket.download

    def record(self, file, *more):
        seen.append(file.address)
        download(self, file, *more)

    monkeypatch.setattr(Bucket, "download", record)
    return seen


def assert_same(there, here):
    assert len(there) == len(here) > 0
    for index in range(len(here)):
        assert there.sample_name(index) == here.sample_name(index)
        for key in ("image", "depth"):
            np.testing.assert_array_equal(there[index][key], here[index][key])


def mine(pictures, root):
    """Two pairs, and one that is hidden."""
    names = [("image/a.jpg", "depth/a.png"), ("b.jpg", "b_depth.png"), (".h/c.jpg", ".h/c.png")]
    for seed, (image, depth) in enumerate(names):
        pictures.pair(root, image, depth, seed=seed)
    return root


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize(
    "layout", ["pairs", "folders", "lists", "one list", "masks", "the list itself"]
)
@pytest.mark.filterwarnings("ignore")
def test_pictures_of_ones_own(bucket, pictures, tmp_path, downloads, layout, split):
    root = tmp_path / "mine"
    pair = ("x.jpg,x.png\n", "sub/y.jpg,sub/y.png\n")
    if layout == "pairs":
        mine(pictures, root)
    elif layout == "folders":
        mine(pictures, root / "training")
        mine(pictures, root / "test")
    else:
        for seed, (image, depth) in enumerate([("x.jpg", "x.png"), ("sub/y.jpg", "sub/y.png")]):
            pictures.pair(root, image, depth, seed=seed)
            if layout == "masks":
                valid = np.zeros((24, 32), np.uint8)
                valid[4:8] = 255
                (root / depth).with_name(f"{depth[-5]}_valid.png").write_bytes(pictures.png(valid))
    if layout == "lists":
        (root / "train.csv").write_text(pair[0])
        (root / "test.csv").write_text(pair[1])
    elif "list" in layout:
        (root / "rows.csv").write_text("".join(pair))
    address, path = bucket(root), root
    if layout == "the list itself":
        address, path = f"{address}/rows.csv", root / "rows.csv"
    here, there = FolderSource(path, split), open_source("folder", address, split)
    assert_same(there, here)
    assert there.title == here.title
    assert not downloads
    if layout == "masks":
        assert not there[0]["depth"][:4].any() and there[0]["depth"][4:8].all()


@pytest.mark.filterwarnings("ignore")
def test_what_is_wrong_is_told_with_the_address(bucket, pictures, tmp_path):
    root = mine(pictures, tmp_path / "mine")
    address = bucket(root)
    for missing in ("s3://samples/none", "s3://samples/mine/none.csv", f"{address}/b.jpg"):
        with pytest.raises(ValueError, match=f"no data folder or file '{missing}'"):
            open_source("folder", missing, "train")
    (root / "a.csv").write_text("b.jpg,b_depth.png\n../x.jpg,x.png\n")
    (root / "c.csv").write_text("b.jpg,none.png\n")
    bucket(root)
    with pytest.raises(
        ValueError, match=r"'s3://samples/mine' has several CSV files: a.csv, c.csv"
    ):
        open_source("folder", address, "train")
    with pytest.raises(ValueError, match=r"s3://samples/mine/a.csv.*must be relative"):
        open_source("folder", f"{address}/a.csv", "train")
    with pytest.raises(ValueError, match=r"Cannot read 's3://samples/mine/none.png': there is no"):
        open_source("folder", f"{address}/c.csv", "train")[0]


def test_frames_are_copied_once(bucket, tmp_path, downloads):
    drive = tmp_path / "kitti"
    kitti.write_drive(drive)
    split = tmp_path / "split.txt"
    split.write_text(f"{kitti.NAME} 2 l\n")
    options = SequenceOptions(split_file=split)
    here = open_source("kitti", drive, "test", sequence_options=options)
    address = bucket(drive)
    for _ in range(2):
        there = open_source("kitti", address, "test", sequence_options=options)
        assert_same(there, here)
    assert len(downloads) == len(set(downloads)) == sum(p.is_file() for p in drive.rglob("*"))


def test_lists_of_frames_are_read_there(bucket, tmp_path):
    drive = tmp_path / "kitti"
    kitti.write_drive(drive)
    (drive / "split.txt").write_text(f"{kitti.NAME} 2 l\n")
    address = bucket(drive)
    options = SequenceOptions(split_file=f"{address}/split.txt")
    assert len(open_source("kitti", drive, "test", sequence_options=options)) == 1
    options = SequenceOptions(split_file=f"{address}/none.txt")
    told = r"split file 's3://samples/kitti/none.txt': .*there is no such file"
    with pytest.raises(OSError, match=told):
        open_source("kitti", drive, "test", sequence_options=options)


@pytest.mark.filterwarnings("ignore")
def test_pairs_are_filled_and_predictions_measured(bucket, pictures, tmp_path):
    root = mine(pictures, tmp_path / "mine")
    (root / "rows.csv").write_text("b.jpg,b_depth.png\n")
    address = bucket(root)
    here = fill_folder(root, tmp_path / "here")
    there = fill_folder(address, tmp_path / "there")
    assert there.num_filled == here.num_filled == 2
    assert fill_folder(f"{address}/rows.csv", tmp_path / "listed").num_filled == 1
    name = "b_depth.png"
    assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    assert open_predictions(f"{address}/depth").name == open_predictions(root / "depth").name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("given", ["", "folder=", "photographs=", "list"])
def test_further_data_of_a_training(bucket, pictures, tmp_path, given):
    root = mine(pictures, tmp_path / "mine")
    (root / "rows.csv").write_text("b.jpg,b_depth.png\n")
    address = bucket(root)
    text = {"list": f"{address}/rows.csv:2", "photographs=": f"{given}{address}/image:2"}.get(
        given, f"{given}{address}:2"
    )
    (extra,) = parse_extra_data(text)
    source, _ = open_extra_data(extra)
    assert extra.weight == 2 and len(source) == 1
    assert parse_extra_data(text.removesuffix(":2"))[0].path == extra.path


@pytest.mark.filterwarnings("ignore")
def test_frames_of_ones_own(bucket, pictures, tmp_path):
    walk = tmp_path / "walk"
    for number in range(3):
        pictures.pair(walk, f"rgb/{number}.jpg", f"depth/{number}.png", seed=number)
    options = SequenceOptions(camera=IntrinsicsSource(intrinsics=(100, 100, 16, 12)))
    here = open_source("sequence", walk, "test", sequence_options=options)
    assert_same(open_source("sequence", bucket(walk), "test", sequence_options=options), here)


@pytest.mark.filterwarnings("ignore")
def test_shards_of_the_split_alone_are_copied(bucket, pictures, tmp_path, downloads):
    source = FolderSource(mine(pictures, tmp_path / "mine"))
    for split in ("train", "test"):
        write_shards(source, tmp_path / "shards", split, num_shards=2)
    here = open_source("tfrecord", tmp_path / "shards", "test")
    there = open_source("tfrecord", bucket(tmp_path / "shards"), "test")
    for ours, theirs in zip(there, here, strict=True):
        np.testing.assert_array_equal(ours["depth"], theirs["depth"])
    assert len(downloads) == 3 and all("/test" in address for address in downloads)


@pytest.mark.filterwarnings("ignore")
def test_shards_are_written_to_a_bucket(bucket, pictures, tmp_path, s3_files, monkeypatch):
    source = FolderSource(mine(pictures, tmp_path / "mine"))
    write_shards(source, tmp_path / "shards", "train", num_shards=2)
    address = bucket(tmp_path / "mine").rpartition("/")[0] + "/written"
    key = address.removeprefix("s3://")
    write_shards(source, address, "train", num_shards=2)
    for path in (tmp_path / "shards").iterdir():
        assert s3_files.cat_file(f"{key}/{path.name}") == path.read_bytes(), path.name
    assert len(s3_files.find(key)) == 3
    with pytest.raises(ValueError, match=rf"'{address}' already holds the split 'train'"):
        write_shards(source, address, "train")
    with pytest.raises(ValueError, match=r"hf:// addresses are read, not written"):
        write_shards(source, "hf://datasets/a/b", "train")
    with pytest.raises(OSError, match=r"Cannot write to 's3://nobody/written'"):
        write_shards(source, "s3://nobody/written", "train")
    (tmp_path / "mine" / "b.jpg").write_bytes(b"no picture")
    with pytest.raises(BadSampleError, match=r"b\.jpg"):
        write_shards(source, address, "test", num_shards=len(source), strict=True)
    assert len(s3_files.find(key)) == 3  # and no shard of the other split
