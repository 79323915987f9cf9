"""What a file declares is looked at before memory is taken for it."""

import io
import json
import struct
import zipfile

import h5py
import numpy as np
import pytest
from data.test_nyu_labeled import write_labeled
from scipy.io import loadmat, savemat

from densedepth_tf.data.pairs.nyu_labeled import NYULabeledSource
from densedepth_tf.data.pairs.pair_list import parse_pairs
from densedepth_tf.data.sources import open_source
from densedepth_tf.data.tfrecord.tfrecord_lengths import check_record_lengths
from densedepth_tf.files import text_file
from densedepth_tf.files.arrays.mat_file import read_mat_vector
from densedepth_tf.files.arrays.npy_map import map_npy, map_npy_in_zip
from densedepth_tf.files.arrays.poses_file import read_poses
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.file_tree import FolderTree, ZipTree
from densedepth_tf.files.json_text import parse_json


def npy(shape, dtype="'<f4'", order="False", content=bytes(64), extra=""):
    """An npy file with any header."""
    text = f"{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}, {extra}}}"
    header = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + content


HEADERS = {
    "more than there is": (npy("(1000000, 1000000)"), "4000000000000 bytes, where there are 64"),
    "more than 64 bits": (npy(f"({2**40}, {2**40})"), "cut off or damaged"),
    "product of nothing": (npy(f"({2**62}, 4, {2**62})"), "cut off or damaged"),
    "negative": (npy("(-4, -4)"), "cut off or damaged"),
    "Fortran's order": (npy("(1000, 1000)", order="True"), "4000000 bytes"),
    "objects": (npy("(4, 4)", dtype="'|O'"), "pickled Python objects"),
    "text without bytes": (npy(f"({10**12},)", dtype="'<U0'"), "not numbers"),
    "fields": (npy("(4, 4)", dtype="[('a', '<f4')]"), "not numbers"),
    "complex": (npy("(2, 4)", dtype="'<c8'"), "not numbers"),
    "no type": (npy("(4, 4)", dtype="'nonsense'"), "descr"),
    "nested": (npy("(" * 2000 + ")" * 2000), "header|damaged"),
    "no shape": (npy("'a'"), "shape"),
    "a call": (npy("__import__('os').getcwd()"), "header|malformed"),
    "nothing": (b"\x93NUMPY\1\0", "header|EOF"),
    "the third version": (b"\x93NUMPY\3\0" + npy("(4, 4)")[8:], "version"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_an_array_is_no_larger_than_its_file(tmp_path, name):
    content, said = HEADERS[name]
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(BadSampleError, match=said):
        read_depth(tmp_path / "a.npy")
    with pytest.raises(ValueError, match=said):
        map_npy(tmp_path / "a.npy")
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
            archive.writestr("a.npy", content)
        with zipfile.ZipFile(tmp_path / "a.zip") as archive, pytest.raises(ValueError, match=said):
            map_npy_in_zip(archive, "a.npy")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2"])
def test_arrays_are_read_as_numpy_reads_them(tmp_path, order, dtype):
    value = np.asarray(np.arange(1, 13).reshape(3, 4), dtype, order=order)
    np.save(tmp_path / "a.npy", value)
    expected = value.astype(np.float32)
    np.testing.assert_array_equal(read_depth(tmp_path / "a.npy")[..., 0], expected)
    np.testing.assert_array_equal(map_npy(tmp_path / "a.npy"), value)
    stored = io.BytesIO()
    np.lib.format.write_array(stored, value, version=(2, 0))
    np.testing.assert_array_equal(read_depth(stored.getvalue())[..., 0], expected)


def test_a_member_that_fills_the_disk_is_not_unpacked(tmp_path, monkeypatch):
    import shutil

    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", npy("(4, 4)"))
    full = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, pytest.raises(OSError, match="TMPDIR"):
        map_npy_in_zip(archive, "a.npy")


def test_a_list_in_an_archive_that_swells_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/nyu2_train.csv", bytes(text_file.MOST_BYTES + 1))
    assert (tmp_path / "a.zip").stat().st_size < 100_000
    with pytest.raises(BadSampleError, match=r"nyu2_train\.csv' is too large: 67 MB"):
        open_source("nyu", tmp_path / "a.zip", "train")


def test_trees_read_no_more_than_asked_for(tmp_path):
    (tmp_path / "a.txt").write_bytes(bytes(100))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(100))
    for tree in (FolderTree(tmp_path), ZipTree(tmp_path / "a.zip")):
        assert tree.read("a.txt", 100) == bytes(100)
        with pytest.raises(BadSampleError, match=r"a\.txt"):
            tree.read("a.txt", 99)


def test_text_goes_on_no_longer_than_such_files_do(tmp_path, monkeypatch):
    monkeypatch.setattr(text_file, "MOST_BYTES", 1000)
    (tmp_path / "a.txt").write_bytes(b"1 " * 501)  # one line without an end
    with pytest.raises(OSError, match=r"a\.txt.*at most"):
        read_poses(tmp_path / "a.txt")
    with pytest.raises(ValueError, match="too large for such a file"):
        parse_pairs(b"a.jpg," * 200, "a.csv")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": NaN}', '{"a": -Infinity}', "{", ""])
def test_json_is_plain(text):
    with pytest.raises(ValueError, match=r"nested|NaN|Infinity|Expecting"):
        parse_json(text)


@pytest.mark.parametrize("length", [10**6, 2**40, 2**62, 2**64 - 1])
def test_a_record_ends_within_its_file(tmp_path, length):
    """TensorFlow would end the process, which no `except` sees."""
    record = struct.pack("<QI", 8, 0) + bytes(12)
    (tmp_path / "a").write_bytes(record * 3)
    check_record_lengths(tmp_path / "a")
    (tmp_path / "a").write_bytes(record * 3 + struct.pack("<QI", length, 0) + bytes(12))
    with pytest.raises(ValueError, match="record 3 runs past its end"):
        check_record_lengths(tmp_path / "a")
    (tmp_path / "a").write_bytes(record * 3 + b"\1")
    with pytest.raises(ValueError, match="record 3"):
        check_record_lengths(tmp_path / "a")


GOOD_INDEX = {
    "format": "densedepth-tf shards 1",
    "num_images": 1,
    "shards": [{"file": "train-00000-of-00001.tfrecord", "num_bytes": 24, "num_images": 1}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"num_images": "1"}, {"num_images": 1.0}, {"num_images": True}, {"num_images": 0},
        {"num_images": 2**70}, {"num_images": None}, {"shards": {}}, {"shards": 5},
        {"shards": [5]}, {"format": 1},
        {"shards": [{**GOOD_INDEX["shards"][0], "num_bytes": -1}]},
        {"shards": [{**GOOD_INDEX["shards"][0], "num_bytes": 24.0}]},
        {"shards": [{**GOOD_INDEX["shards"][0], "num_images": [1]}]},
        {"shards": [{**GOOD_INDEX["shards"][0], "file": "../a.tfrecord"}]},
        {"shards": [{**GOOD_INDEX["shards"][0], "file": 7}]},
    ],
    ids=str,
)  # fmt: skip
def test_an_index_of_shards_is_checked_by_type_and_range(tmp_path, change):
    from densedepth_tf.data.tfrecord.tfrecord_source import TFRecordSource

    (tmp_path / "train-00000-of-00001.tfrecord").write_bytes(struct.pack("<QI", 8, 0) + bytes(12))
    (tmp_path / "train.json").write_text(json.dumps(GOOD_INDEX))
    assert len(TFRecordSource(tmp_path)) == 1
    (tmp_path / "train.json").write_text(json.dumps({**GOOD_INDEX, **change}))
    with pytest.raises(ValueError, match="not an index of shards"):
        TFRecordSource(tmp_path)


def rewritten(path, name, **options):
    """The labelled pairs with another array of a name."""
    with h5py.File(path, "r+") as stored:
        del stored[name]
        stored.create_dataset(name, **options)


def test_a_mat_file_with_pairs_that_fill_the_memory(tmp_path, pictures):
    path = write_labeled(tmp_path, pictures)
    rewritten(path, "images", shape=(7, 3, 10**6, 10**6), dtype="u1", chunks=(1, 3, 64, 64))
    with pytest.raises(ValueError, match="images' is too large"):
        NYULabeledSource(path)
    rewritten(path, "images", shape=(10**6, 3, 640, 480), dtype="u1", chunks=(2000, 3, 640, 480))
    with pytest.raises(ValueError, match="in chunks of at most 256 MB"):
        NYULabeledSource(path)


def test_a_mat_file_leads_to_no_other_file(tmp_path, pictures):
    path = write_labeled(tmp_path, pictures)
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(7 * 3 * 6 * 8))
    rewritten(path, "images", shape=(7, 3, 8, 6), dtype="u1", external=[(str(secret), 0, 1008)])
    with pytest.raises(ValueError, match="images lies in another file"):
        NYULabeledSource(path)
    with h5py.File(path, "r+") as stored:
        del stored["images"]
        stored["images"] = h5py.ExternalLink(str(secret), "/images")
    with pytest.raises(ValueError, match="images is a link"):
        NYULabeledSource(path)


def test_a_split_that_swells_is_not_read(tmp_path, pictures):
    path = write_labeled(tmp_path, pictures)
    savemat(tmp_path / "splits.mat", {"trainNdxs": np.arange(10**6)})
    with pytest.raises(ValueError, match=r"no readable .trainNdxs.: .*splits\.mat. is too large"):
        NYULabeledSource(path)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.uint16, np.int32, np.uint8])
def test_vectors_of_matlab_are_what_scipy_reads(tmp_path, compressed, dtype):
    arrays = {"trainNdxs": np.arange(1, 200, dtype=dtype)[:, None], "x": np.array([[7]], dtype)}
    savemat(tmp_path / "a.mat", arrays, do_compression=compressed)
    for name in arrays:
        expected = loadmat(tmp_path / "a.mat")[name].ravel()
        np.testing.assert_array_equal(read_mat_vector(tmp_path / "a.mat", name, 10**5), expected)
    with pytest.raises(ValueError, match="no such array"):
        read_mat_vector(tmp_path / "a.mat", "y", 10**5)
    if compressed:
        savemat(tmp_path / "a.mat", {"y": np.zeros(10**6)}, do_compression=True)
        with pytest.raises(ValueError, match="too large"):
            read_mat_vector(tmp_path / "a.mat", "y", 10**5)
