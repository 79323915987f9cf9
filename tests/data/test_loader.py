"""Bad samples while training: reported once by name, counted, replaced; never silent."""

import threading
import warnings

import numpy as np
import pytest

from densedepth_tf.data.batches.loader import Loader, StreamLoader
from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.tfrecord.tfrecord_source import TFRecordSource
from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards
from densedepth_tf.files.bad_sample import BadSampleError


@pytest.fixture
def folder(tmp_path, pictures):
    for number in range(5):
        pictures.pair(tmp_path, f"{number}.jpg", f"{number}_depth.png", seed=number)
    (tmp_path / "list.csv").write_text("".join(f"{n}.jpg,{n}_depth.png\n" for n in range(5)))
    return tmp_path


def damage(path):
    path.write_bytes(path.read_bytes()[:200])


def test_good_samples_are_handed_out_as_they_are(folder):
    source = FolderSource(folder, "test")
    image, depth = Loader(source).load(3, 0)
    np.testing.assert_array_equal(image, source[3]["image"])
    np.testing.assert_array_equal(depth, source[3]["depth"])
    assert image.dtype == np.uint8 and depth.dtype == np.float32


def test_a_bad_sample_is_reported_once_by_name_and_replaced_by_the_next(folder):
    damage(folder / "2.jpg")
    source = FolderSource(folder, "test")
    loader = Loader(source)
    with pytest.warns(UserWarning, match=r"Sample skipped: .*2\.jpg"):
        image, _ = loader.load(2, 0)
    np.testing.assert_array_equal(image, source[3]["image"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loader.load(2, 5)
    assert list(loader.skipped) == [2] and "2.jpg" in loader.skipped[2]
    assert loader.names(range(6)) == ["3.jpg", "3.jpg"]


def test_the_last_sample_is_replaced_by_the_first(folder):
    damage(folder / "4_depth.png")
    loader = Loader(FolderSource(folder, "test"))
    with pytest.warns(UserWarning, match="4_depth"):
        loader.load(4, 0)
    assert loader.names(range(1)) == ["0.jpg"]


def test_a_file_that_vanishes_is_a_bad_sample_too(folder):
    source = FolderSource(folder, "test")
    (folder / "1_depth.png").unlink()
    loader = Loader(source)
    with pytest.warns(UserWarning, match="1_depth"):
        loader.load(1, 0)
    assert list(loader.skipped) == [1]


def test_many_threads_report_a_bad_sample_once(folder):
    damage(folder / "0.jpg")
    loader = Loader(FolderSource(folder, "test"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        threads = [threading.Thread(target=loader.load, args=(0, n)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len([warning for warning in caught if "skipped" in str(warning.message)]) == 1
    assert loader.names(range(8)) == ["1.jpg"] * 8


def test_strict_makes_it_fatal(folder):
    damage(folder / "2.jpg")
    loader = Loader(FolderSource(folder, "test"), strict=True)
    loader.load(1, 0)
    with pytest.raises(BadSampleError, match=r"2\.jpg"):
        loader.load(2, 1)
    assert "2.jpg" in str(loader.error)


@pytest.mark.filterwarnings("ignore:Sample skipped")
def test_nothing_but_bad_samples_is_one_clear_error(folder):
    for number in range(5):
        damage(folder / f"{number}.jpg")
    loader = Loader(FolderSource(folder, "test"))
    with pytest.raises(BadSampleError, match=r"None of the 5 samples of .* 0\.jpg|3\.jpg"):
        loader.load(3, 0)
    assert len(loader.skipped) == 5
    assert "None of the 5" in str(loader.error)


def test_names_are_those_of_the_positions_asked_for(folder):
    loader = Loader(FolderSource(folder, "test"))
    for position, index in enumerate([4, 0, 2, 2]):
        loader.load(index, position)
    assert loader.names(range(1, 4)) == ["0.jpg", "2.jpg", "2.jpg"]
    assert loader.names(range(10, 12)) == []


def test_records_of_a_stream_are_decoded_and_remembered(folder, tmp_path):
    source = FolderSource(folder, "test")
    write_shards(source, tmp_path / "shards", "train", 2, image_format="png")
    shards = TFRecordSource(tmp_path / "shards")
    loader = StreamLoader(shards)
    for position, record in enumerate(shards.records()):
        image, depth = loader.load(record, position)
    assert loader.names(range(9)) == ["0.jpg", "2.jpg", "4.jpg", "1.jpg", "3.jpg"]
    np.testing.assert_array_equal(image, source[3]["image"])
    np.testing.assert_allclose(depth, source[3]["depth"], atol=6e-4)


def test_a_bad_record_of_a_stream_is_skipped_or_with_strict_an_error(folder, tmp_path):
    write_shards(FolderSource(folder, "test"), tmp_path / "shards", "train")
    stream = TFRecordSource(tmp_path / "shards")
    loader = StreamLoader(stream)
    for position in (0, 1):  # met again in the next pass, reported once
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            image, depth = loader.load(b"no record", position)
        assert image.shape[:2] == depth.shape[:2] and not depth.any()
        assert len(caught) == 1 - position
    assert len(loader.skipped) == 1 and loader.error is None
    strict = StreamLoader(stream, strict=True)
    with pytest.raises(BadSampleError):
        strict.load(b"no record", 0)
    assert isinstance(strict.error, BadSampleError)


def test_validation_counts_no_sample_twice(folder):
    loader = Loader(FolderSource(folder, "test"))
    (folder / "2.jpg").write_bytes(b"broken")
    with pytest.warns(UserWarning, match=r"2\.jpg"):
        read = [loader.load_or_empty(index, index)[1].any() for index in range(5)]
    assert read.count(False) == 1 and len(loader.skipped) == 1
    assert len(set(loader.names(range(5)))) == 4
