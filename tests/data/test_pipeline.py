"""From samples to batches: shapes, units, seeds, and going on in the middle."""

import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.data.batches.augmentation import Augmentation
from densedepth_tf.data.batches.loader import Loader, StreamLoader
from densedepth_tf.data.batches.pipeline import (
    BatchFormat,
    shuffled_records,
    training_batches,
    validation_batches,
)
from densedepth_tf.data.batches.resize_depth import resize_depth
from densedepth_tf.data.rooms.rooms import RoomsSource
from densedepth_tf.data.tfrecord.tfrecord_source import TFRecordSource
from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.geometry.region import Region
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec

FORMAT = BatchFormat((64, 96), (32, 48), InverseDepthCodec(0.1, 10.0).to_target, batch_size=2)
EVERYTHING = Augmentation(flip=0.5, channel_swap=0.5, scale_crop=1.5, color=0.2)


@pytest.fixture(scope="module")
def rooms():
    return RoomsSource("train", 5, image_size=(64, 96), seed=0)


def arrays(batches, number):
    return [(images.numpy(), targets.numpy()) for images, targets in batches.take(number)]


@pytest.mark.long
def test_recoloured_batches_are_images_in_0_to_1_and_targets(rooms):
    ((images, targets),) = arrays(training_batches(Loader(rooms), FORMAT, EVERYTHING, seed=1), 1)
    assert images.shape == (2, 64, 96, 3) and images.dtype == np.float32
    assert images.min() >= 0 and 0.5 < images.max() <= 1
    assert targets.shape == (2, 32, 48, 1) and targets.dtype == np.float32
    assert targets.min() >= 1 and targets.max() <= 100


@pytest.mark.long
def test_a_seed_decides_order_and_augmentation(rooms):
    first = arrays(training_batches(Loader(rooms), FORMAT, EVERYTHING, seed=1), 4)
    again = arrays(training_batches(Loader(rooms), FORMAT, EVERYTHING, seed=1), 4)
    other = arrays(training_batches(Loader(rooms), FORMAT, EVERYTHING, seed=2), 4)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])
    assert any((a[0] != b[0]).any() for a, b in zip(first, other, strict=True))


@pytest.mark.long
@pytest.mark.parametrize("holes", [False, True])
def test_reading_and_flipping_in_one_call_changes_nothing(rooms, holes):
    """What is done on arrays is what the augmentation's own tensors would have been."""

    class Holed(RoomsSource):
        def __getitem__(self, index):
            sample = super().__getitem__(index)
            if holes:
                sample["depth"][:, 5:30:2] = 0
            return sample

    source = Holed("train", 5, image_size=(64, 96), seed=0)
    augmentation = Augmentation(flip=0.5, channel_swap=0.5)
    assert not augmentation.moves_pixels and EVERYTHING.moves_pixels
    batches = arrays(training_batches(Loader(source), FORMAT, augmentation, seed=3), 4)
    records = shuffled_records(Loader(source), 3, 0).take(8).as_numpy_iterator()
    for place, (position, index) in enumerate(records):
        sample = source[index]
        seed = tf.constant([3, position], tf.int64)
        image, depth = augmentation.before_resizing(
            tf.constant(sample["image"]), tf.constant(sample["depth"]), seed
        )
        target = FORMAT.to_target(resize_depth(depth, FORMAT.target_size))
        images, targets = batches[place // 2]
        np.testing.assert_array_equal(images[place % 2], image)
        np.testing.assert_allclose(targets[place % 2], target, rtol=1e-6)


@pytest.mark.long
def test_started_in_the_middle_it_goes_on_as_if_it_had_never_stopped(rooms):
    """Across the end of a pass, too: 5 samples, batches of 2, start at sample 6."""
    whole = arrays(training_batches(Loader(rooms), FORMAT, EVERYTHING, seed=1), 6)
    rest = arrays(training_batches(Loader(rooms), FORMAT, EVERYTHING, seed=1, start=6), 3)
    for a, b in zip(whole[3:], rest, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])


def test_validation_is_every_sample_once_unchanged(rooms):
    batches = arrays(validation_batches(Loader(rooms), FORMAT), 9)
    assert [len(images) for images, _ in batches] == [2, 2, 1]
    images = np.concatenate([images for images, _ in batches])
    for image, sample in zip(images, rooms, strict=True):
        np.testing.assert_array_equal(image, sample["image"])


@pytest.mark.long
@pytest.mark.parametrize(
    "changes", [{"color": 1e-6}, {"jitter": 1e-6}, {"scale_crop": 1.0 + 1e-6}, {"flip": 0.4}]
)
def test_images_stay_bytes_where_they_stay_whole_grey_levels(rooms, changes):
    augmentation = Augmentation(rotation=3.0, **changes)
    assert augmentation.keeps_bytes == ("flip" in changes)
    ((images, _),) = arrays(training_batches(Loader(rooms), FORMAT, augmentation, seed=1), 1)
    plain = training_batches(Loader(rooms), FORMAT, Augmentation(rotation=3.0), seed=1)
    ((expected, _),) = arrays(plain, 1)
    assert expected.dtype == np.uint8 and expected.max() > 99
    if augmentation.keeps_bytes:
        assert images.dtype == np.uint8
    else:
        assert images.dtype == np.float32
        np.testing.assert_allclose(images * 255, expected, atol=0.01)


@pytest.mark.parametrize("stream", [False, True])
def test_images_of_another_size_are_not_rounded(rooms, tmp_path, stream):
    """The network learns from what it will see: `predict_depth` does not round either."""
    write_shards(rooms, tmp_path, "train", 2)
    loader = StreamLoader(TFRecordSource(tmp_path, "train")) if stream else Loader(rooms)
    smaller = BatchFormat((32, 64), (16, 32), FORMAT.to_target, batch_size=2)
    for batches in (
        training_batches(loader, smaller, Augmentation(), seed=1),
        validation_batches(loader, smaller),
    ):
        ((images, _),) = arrays(batches, 1)
        assert images.dtype == np.float32 and images.max() < 1.001
        assert np.abs(images * 255 - np.rint(images * 255)).max() > 0.4


def test_one_image_of_another_size_among_bytes_is_rounded(rooms):
    class Mixed(RoomsSource):
        def __getitem__(self, index):
            sample = super().__getitem__(index)
            if index == 2:
                sample["image"] = np.full((40, 60, 3), (10, 200, 255), np.uint8)
            return sample

    loader = Loader(Mixed("train", 5, image_size=(64, 96), seed=0))
    images = np.concatenate([x for x, _ in arrays(validation_batches(loader, FORMAT), 9)])
    assert images.dtype == np.uint8
    assert (images[2] == (10, 200, 255)).all()


def test_a_first_image_that_cannot_be_read_stops_nothing(rooms):
    class Damaged(RoomsSource):
        def __getitem__(self, index):
            if index == 0:
                raise BadSampleError("'0.jpg' is empty (0 bytes).")
            return super().__getitem__(index)

    loader = Loader(Damaged("train", 3, image_size=(64, 96), seed=0))
    assert loader.first_image_size() is None
    with pytest.warns(UserWarning, match=r"0\.jpg"):
        batches = arrays(validation_batches(loader, FORMAT), 9)
    assert batches[0][0].dtype == np.float32


def test_targets_are_of_the_part_of_the_image_that_the_network_covers(rooms):
    region = Region(0.25, 0.75, 0.1, 0.9)
    format = BatchFormat((64, 96), (14, 22), InverseDepthCodec(0.1, 10.0).to_target, 5, region)
    ((_, targets),) = arrays(validation_batches(Loader(rooms), format), 9)
    for target, sample in zip(targets, rooms, strict=True):
        depth = resize_depth(tf.constant(sample["depth"]), (14, 22), region)
        np.testing.assert_allclose(target, format.to_target(depth), rtol=1e-5)


def test_shards_give_the_same_validation_batches_as_their_source(rooms, tmp_path):
    write_shards(rooms, tmp_path, "train", 2, image_format="png")
    stream = TFRecordSource(tmp_path, "train")
    names = [sample["name"] for sample in stream]
    by_name = {rooms.sample_name(index): rooms[index] for index in range(len(rooms))}
    images = np.concatenate(
        [x for x, _ in arrays(validation_batches(StreamLoader(stream), FORMAT), 9)]
    )
    assert sorted(names) == sorted(by_name)
    for image, name in zip(images, names, strict=True):
        np.testing.assert_array_equal(image, by_name[name]["image"])
    training = training_batches(StreamLoader(stream), FORMAT, EVERYTHING, seed=1)
    assert len(arrays(training, 4)) == 4


def test_a_limited_stream_ends_where_it_says(rooms, tmp_path):
    write_shards(rooms, tmp_path, "train", 2)
    stream = TFRecordSource(tmp_path, "train", num_images=3)
    dataset = validation_batches(StreamLoader(stream), FORMAT)
    batches = arrays(dataset, 9)
    assert sum(len(images) for images, _ in batches) == 3
    assert dataset.cardinality() == len(batches)


@pytest.mark.long
def test_every_pass_holds_every_sample_once_in_another_order(rooms):
    loader = Loader(rooms)
    list(training_batches(loader, FORMAT, EVERYTHING, seed=1).take(10))
    passes = [loader.names(range(start, start + 5)) for start in (0, 5, 10, 15)]
    for names in passes:
        assert sorted(names) == [rooms.sample_name(index) for index in range(5)]
    assert len({tuple(names) for names in passes}) > 1


def test_fewer_samples_than_a_batch_are_taken_from_several_passes():
    loader = Loader(RoomsSource("train", 3, image_size=(64, 96), seed=0))
    format = BatchFormat(FORMAT.image_size, FORMAT.target_size, FORMAT.to_target, batch_size=8)
    ((images, _),) = arrays(training_batches(loader, format, EVERYTHING, seed=1), 1)
    assert len(images) == 8
    assert len(arrays(validation_batches(loader, format), 9)) == 1


@pytest.mark.long
@pytest.mark.parametrize(("limit", "seed"), [(None, 1), (4, 1), (None, 0), (None, 2**31 - 1)])
def test_a_stream_goes_on_as_if_it_had_never_stopped(rooms, tmp_path, limit, seed):
    """Whatever other code does to the global seed."""
    write_shards(rooms, tmp_path, "train", 2)
    loaders = [StreamLoader(TFRecordSource(tmp_path, "train", num_images=limit)) for _ in range(2)]
    whole = arrays(training_batches(loaders[0], FORMAT, EVERYTHING, seed=seed), 6)
    tf.random.set_seed(99)
    rest = arrays(training_batches(loaders[1], FORMAT, EVERYTHING, seed=seed, start=6), 3)
    for a, b in zip(whole[3:], rest, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])
    length = limit or 5
    for start in (0, length):
        names = loaders[0].names(range(start, start + length))
        assert len(set(names)) == length


@pytest.mark.long
def test_holes_stay_holes_and_touch_nothing_else(rooms):
    """The reciprocal comes last: a missing depth of 0 m never becomes a target, nor part of one."""

    class Holed(RoomsSource):
        def __getitem__(self, index):
            sample = super().__getitem__(index)
            sample["depth"] = np.full_like(sample["depth"], 4.0)
            sample["depth"][10:40, 20:50] = 0
            return sample

    loader = Loader(Holed("train", 2, image_size=(64, 96), seed=0))
    ((_, plain),) = arrays(validation_batches(loader, FORMAT), 1)
    assert not plain[:, 8:17, 13:22].any()
    np.testing.assert_allclose(plain[plain > 0], 10 / 4.0, rtol=1e-5)
    for _, targets in arrays(training_batches(loader, FORMAT, EVERYTHING, seed=1), 6):
        for target in targets:
            values = target[target > 0]
            np.testing.assert_allclose(values, values[0], rtol=1e-4)  # One zoom for all.
            assert 2.5 - 1e-4 <= values[0] <= 2.5 * 1.6
