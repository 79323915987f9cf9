import json
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import DepthSource
from densedepth_tf.data.sources import open_source
from densedepth_tf.data.tfrecord.files_of_tensorflow import FilesOfTensorFlow
from densedepth_tf.data.tfrecord.tfrecord_example import decode_sample, encode_sample
from densedepth_tf.data.tfrecord.tfrecord_source import TFRecordSource
from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket_claims import CLAIM, claim_in_bucket
from densedepth_tf.files.depth.depth_file import encode_depth_png, to_metres
from densedepth_tf.files.depth.exact_depth import encode_exactly
from densedepth_tf.files.images.encoded_image import PNG_START


@pytest.fixture
def folder(tmp_path, pictures) -> Path:
    folder = tmp_path / "mine"
    for i in range(7):
        pictures.pair(folder, f"{i}.jpg", f"{i}.png", seed=i)
    return folder


class MadeUp(DepthSource):
    """Samples that come from no file, one of them bad."""

    title = "made-up/train"

    def __init__(self, pictures, bad: tuple[int, ...] = (), scale: float = 1.0):
        self._pictures, self._bad, self._scale = pictures, bad, scale

    def __len__(self) -> int:
        return 4

    def sample_name(self, index: int) -> str:
        return f"room {index}"

    def __getitem__(self, index: int) -> Sample:
        index = self.check_index(index)
        if index in self._bad:
            raise BadSampleError(f"'room {index}' is broken")
        return {
            "image": self._pictures.image(index, 24, 32),
            "depth": self._pictures.depth(index, 24, 32)[..., None] * np.float32(self._scale),
            "name": self.sample_name(index),
            "intrinsics": np.diag([30.0, 31.0, 1.0]).astype(np.float32),
        }


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def test_round_trip_copies_files_unchanged(tmp_path, folder):
    source = FolderSource(folder)
    index = write_shards(source, tmp_path / "out", "train", 3)
    assert files(tmp_path / "out") == [
        "train-00000-of-00003.tfrecord",
        "train-00001-of-00003.tfrecord",
        "train-00002-of-00003.tfrecord",
        "train.json",
    ]
    assert index["num_images"] == 7 and index["skipped"] == []
    shards = open_source("tfrecord", tmp_path / "out", "train")
    assert isinstance(shards, TFRecordSource)
    assert len(shards) == 7 and shards.title == "out/train" and len(shards.shards) == 3
    read = {sample["name"]: sample for sample in shards}
    assert len(read) == 7
    for sample in source:
        same = read[sample["name"]]
        np.testing.assert_array_equal(same["image"], sample["image"])
        np.testing.assert_array_equal(same["depth"], sample["depth"])
        assert "intrinsics" not in same


@pytest.mark.parametrize("image_format", ["png", "jpeg", "original"])
def test_made_up_samples(tmp_path, pictures, image_format):
    source = MadeUp(pictures)
    write_shards(source, tmp_path, "test", 1, image_format=image_format)
    for expected, read in zip(source, TFRecordSource(tmp_path, "test"), strict=True):
        difference = np.abs(expected["image"].astype(int) - read["image"])
        assert difference.max() == 0 if image_format == "png" else difference.mean() < 3
        np.testing.assert_array_equal(read["depth"], expected["depth"])
        np.testing.assert_array_equal(read["intrinsics"], expected["intrinsics"])
        assert read["name"] == expected["name"]


@pytest.mark.parametrize("sky", [65504.0, 1e10, 3e38])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_one_far_pixel_costs_nothing(pictures, sky, dtype):
    """Renderers write the sky as half's or a float's largest values."""
    sample = MadeUp(pictures)[0]
    depth = np.random.default_rng(0).uniform(0.001, 9, sample["depth"].shape).astype(dtype)
    sample["depth"] = depth.astype(np.float32)
    sample["depth"][:2], sample["depth"][5] = sky, 0
    read = decode_sample(encode_sample(sample, None, "png"), "far")
    np.testing.assert_array_equal(read["depth"], sample["depth"])


@pytest.mark.parametrize(
    ("stored", "scale"),
    [
        (np.arange(768).astype(np.uint8), None),
        (np.arange(768).astype(np.uint16) * 85, None),
        (np.arange(768).astype(np.uint16) * 85, 1 / 256),
        (np.arange(768).astype(np.uint16) * 85, 1 / 5000),
        (np.arange(768).astype(np.uint16) * 85, 0.02),
    ],
    ids=["8 bits", "millimetres", "KITTI", "TUM", "centimetres"],
)
def test_depth_of_whole_units_is_exact_and_small(pictures, stored, scale):
    sample = MadeUp(pictures)[0]
    sample["depth"] = to_metres(stored.reshape(24, 32), scale)
    encoded = encode_exactly(sample["depth"])
    assert encoded.startswith(PNG_START) or scale == 0.02
    read = decode_sample(encode_sample(sample, None, "png"), "units")
    np.testing.assert_array_equal(read["depth"], sample["depth"])


def test_half_precision_is_as_small_as_a_png():
    rows, columns = np.mgrid[:240, :320].astype(np.float32)
    depth = 2 + 0.003 * columns + 0.001 * rows + 0.01 * np.sin(rows * columns)
    half = depth.astype(np.float16).astype(np.float32)[..., np.newaxis]
    assert len(encode_exactly(half)) < len(encode_depth_png(half))


def test_records_of_earlier_versions_are_read(pictures):
    """16 bits, of which the largest was the farthest depth."""
    sample = MadeUp(pictures, scale=40.0)[0]
    record = tf.train.Example.FromString(encode_sample(sample, None, "png"))
    scale = float(np.float32(sample["depth"].max() / 65534))
    stored = np.rint(sample["depth"][..., 0] / scale).astype(np.uint16)
    features = record.features.feature
    features["depth"].bytes_list.value[0] = cv2.imencode(".png", stored)[1].tobytes()
    features["depth_scale"].float_list.value.append(scale)
    read = decode_sample(record.SerializeToString(), "old")
    np.testing.assert_array_equal(read["depth"], to_metres(stored, scale))
    np.testing.assert_allclose(read["depth"], sample["depth"], atol=scale)


@pytest.mark.parametrize("metres", [0.03, 1e4])
def test_depth_in_records_is_believed_and_told_once(tmp_path, pictures, metres):
    source = MadeUp(pictures, scale=metres)
    write_shards(source, tmp_path, "train", 1)
    with pytest.warns(UserWarning, match="Depth is unusual, but used") as caught:
        read = list(TFRecordSource(tmp_path))
    assert len(caught) == 1
    np.testing.assert_array_equal(read[2]["depth"], source[2]["depth"])


def test_num_images(tmp_path, folder):
    write_shards(FolderSource(folder), tmp_path / "out", "train", 3)
    source = TFRecordSource(tmp_path / "out", num_images=4)
    assert len(source) == 4 and len(list(source)) == 4
    assert len(TFRecordSource(tmp_path / "out", num_images=99)) == 7


def test_bad_samples_are_left_out_and_named(tmp_path, pictures):
    index = write_shards(MadeUp(pictures, bad=(1,)), tmp_path / "out", "train", 2)
    assert index["num_images"] == 3 and index["skipped"] == ["'room 1' is broken"]
    assert len(list(TFRecordSource(tmp_path / "out"))) == 3


def test_errors_leave_nothing_behind(tmp_path, pictures):
    with pytest.raises(BadSampleError, match="room 3"):
        write_shards(MadeUp(pictures, bad=(3,)), tmp_path / "out", "train", 2, strict=True)
    assert files(tmp_path / "out") == []
    with pytest.raises(ValueError, match=r"No sample of made-up/train .*'room 0' is broken"):
        write_shards(MadeUp(pictures, bad=(0, 1, 2, 3)), tmp_path / "out", "train", 2)
    assert files(tmp_path / "out") == []


def test_a_written_split_is_never_overwritten(tmp_path, pictures):
    write_shards(MadeUp(pictures), tmp_path, "train", 1)
    before = {file: (tmp_path / file).read_bytes() for file in files(tmp_path)}
    with pytest.raises(ValueError, match="already holds the split 'train'"):
        write_shards(MadeUp(pictures), tmp_path, "train", 2)
    assert before == {file: (tmp_path / file).read_bytes() for file in files(tmp_path)}
    write_shards(MadeUp(pictures), tmp_path, "test", 2)
    assert len(TFRecordSource(tmp_path, "train")) == len(TFRecordSource(tmp_path, "test")) == 4


def test_what_tensorflow_writes_by_itself_is_claimed(pictures):
    """As at gs:// addresses, in a file system of TensorFlow's that needs no network."""
    address, files = "ram://claims", FilesOfTensorFlow()
    tf.io.gfile.makedirs(address)
    with (
        claim_in_bucket(files, address, ["train.json"]),
        pytest.raises(OSError, match=rf"Another process \(\d+ on .*'{address}/train.json'"),
    ):
        write_shards(MadeUp(pictures), address, "train", 1)
    dead = json.dumps({"process": 1, "host": "elsewhere", "names": ["train.json"]})
    files.write(f"{address}/{CLAIM}0", zlib.compress(dead.encode())[:-9])
    write_shards(MadeUp(pictures), f"{address}/", "train", 1)
    files.remove(f"{address}/{CLAIM}0")
    assert sorted(tf.io.gfile.listdir(address)) == ["train-00000-of-00001.tfrecord", "train.json"]


@pytest.mark.parametrize("num_shards", [-1, 5])
def test_numbers_of_shards(tmp_path, pictures, num_shards):
    with pytest.raises(ValueError, match=f"1\\.\\.4.* Received: {num_shards}"):
        write_shards(MadeUp(pictures), tmp_path / "out", "train", num_shards)
    with pytest.raises(ValueError, match="Received: 'gif'"):
        write_shards(MadeUp(pictures), tmp_path / "out", "train", image_format="gif")


def test_an_output_that_is_a_file(tmp_path, pictures):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OSError, match="out"):
        write_shards(MadeUp(pictures), tmp_path / "out", "train")
    assert (tmp_path / "out").read_text() == "mine"


def test_missing_and_unfinished_splits(tmp_path, pictures):
    with pytest.raises(ValueError, match=r"no complete split 'validation'.*validation\.json"):
        TFRecordSource(tmp_path, "validation")
    write_shards(MadeUp(pictures), tmp_path, "train", 1)
    (tmp_path / "train.json").write_text("{")
    with pytest.raises(ValueError, match=r"train\.json' is not an index"):
        TFRecordSource(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"shards": None},
        {"shards": [{"file": "train-00000-of-00001.tfrecord"}]},
        {"shards": [{"file": "../train-00000-of-00001.tfrecord", "num_bytes": 9}]},
        {"shards": [{"file": 3, "num_bytes": 9}]},
        {"num_images": "4"},
        {"num_images": 5},
    ],
)
def test_a_damaged_or_foreign_index(tmp_path, pictures, change):
    write_shards(MadeUp(pictures), tmp_path, "train", 1)
    index = json.loads((tmp_path / "train.json").read_text())
    (tmp_path / "train.json").write_text(json.dumps(index | change))
    with pytest.raises(ValueError, match=r"train\.json' is not an index"):
        TFRecordSource(tmp_path)


def test_cut_off_missing_and_damaged_shards(tmp_path, pictures):
    write_shards(MadeUp(pictures), tmp_path, "train", 2)
    shard = tmp_path / "train-00001-of-00002.tfrecord"
    content = shard.read_bytes()
    shard.write_bytes(content[:-10])
    with pytest.raises(ValueError, match=r"train-00001-of-00002\.tfrecord' is damaged"):
        TFRecordSource(tmp_path)
    shard.write_bytes(content[:500] + bytes([content[500] ^ 0xFF]) + content[501:])
    source = TFRecordSource(tmp_path)
    message = r"train-00001-of-00002\.tfrecord' is damaged: corrupted record at \d+\. Copy"
    with pytest.raises(ValueError, match=message):
        list(source)
    shard.unlink()
    with pytest.raises(ValueError, match=r"train-00001-of-00002\.tfrecord' cannot be read"):
        TFRecordSource(tmp_path)


def promise_more(folder, split="train"):
    """Changes an index so that its only shard is said to hold one sample more."""
    index = json.loads((folder / f"{split}.json").read_text())
    index["num_images"] += 1
    index["shards"][0]["num_images"] += 1
    (folder / f"{split}.json").write_text(json.dumps(index))


def test_an_index_that_promises_more_than_the_shards_hold(tmp_path, pictures):
    write_shards(MadeUp(pictures), tmp_path, "train", 1)
    promise_more(tmp_path)
    source = TFRecordSource(tmp_path)
    assert len(source) == 5
    with pytest.raises(ValueError, match=r"train promises 5 samples, but the shards hold fewer"):
        list(source)
    assert len(list(TFRecordSource(tmp_path, num_images=4))) == 4


@pytest.mark.parametrize("record", [b"", b"\xff\xff\xff", b"hello"])
def test_foreign_records(record):
    with pytest.raises(BadSampleError, match=r"'mine/train' .*lacks one of: image, depth, name"):
        decode_sample(record, "mine/train")


def test_samples_from_the_middle_on_leave_earlier_shards_unread(tmp_path, folder):
    write_shards(FolderSource(folder), tmp_path / "out", "train", 3)
    shards = TFRecordSource(tmp_path / "out", "train", num_images=6)
    names = [sample["name"] for sample in shards]
    first = Path(shards.shards[0])
    first.unlink()
    part = {index: read()["name"] for index, read in shards.readers(range(3, 5))}
    assert part == {3: names[3], 4: names[4]}
    assert list(shards.readers([])) == []
