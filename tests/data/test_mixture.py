"""Mixed batches: everybody's share, the same under a seed, and going on in the middle."""

import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.data.batches.augmentation import NO_AUGMENTATION
from densedepth_tf.data.batches.loader import Loader
from densedepth_tf.data.batches.mixture import Mixture, Part, mixed_batches
from densedepth_tf.data.batches.pipeline import BatchFormat
from densedepth_tf.data.batches.share import Share
from densedepth_tf.data.source import DepthSource
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec

SIZE = (8, 8)
FORMAT = BatchFormat(SIZE, (4, 4), InverseDepthCodec(0.1, 10.0).to_target, batch_size=4)


class Plain(DepthSource):
    """Images of one red, of whose blue the sample's number is; their depth in metres is fixed."""

    def __init__(self, red, metres, number, title=""):
        self.red, self.metres, self.number, self.title = red, metres, number, title

    def __len__(self):
        return self.number

    def sample_name(self, index):
        return f"{self.title}{index}"

    def __getitem__(self, index):
        image = np.full((*SIZE, 3), (self.red, 0, self.check_index(index)), np.uint8)
        depth = np.full((*SIZE, 1), self.metres, np.float32)
        return {"image": image, "depth": depth, "name": self.sample_name(index)}


def mixture(seed=0, weights=(1.0, 0.5, 0.25)):
    sources = Plain(10, 2.0, 5, "a"), Plain(20, 5.0, 3, "b"), Plain(30, 0.0, 7, "c")
    known = (True, True, False)
    parts = zip(sources, weights, known, known, strict=True)
    return Mixture([Part(Loader(source), *more) for source, *more in parts], seed)


def arrays(mixed, number, seed=0, start=0):
    batches = mixed_batches(mixed, FORMAT, NO_AUGMENTATION, seed, start)
    images, targets = zip(*batches.take(number).as_numpy_iterator(), strict=True)
    return np.concatenate(images), np.concatenate(targets)


def test_every_batch_has_nearly_its_share_of_each_source():
    mixed = mixture()
    assert mixed.shares == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    parts = mixed.part_at(tf.range(7000, dtype=tf.int64)).numpy()
    assert np.bincount(parts) == pytest.approx([4000, 2000, 1000], abs=10)
    for batch in parts.reshape(-1, 7):
        assert np.abs(np.bincount(batch, minlength=3) - [4, 2, 1]).max() <= 1
    other = mixture(seed=1).part_at(tf.range(7000, dtype=tf.int64)).numpy()
    assert (parts != other).any()


@pytest.mark.parametrize("start", [0, 1, 17, 6999])
def test_what_came_before_is_counted_as_it_came(start):
    mixed = mixture(seed=3)
    parts = mixed.part_at(tf.range(start, dtype=tf.int64)).numpy()
    assert mixed.counts_before(start) == np.bincount(parts, minlength=3).tolist()


def test_sources_keep_their_depth_and_come_whole_before_they_repeat():
    images, targets = arrays(mixture(), 14)
    reds, numbers = images[:, 0, 0, 0], images[:, 0, 0, 2]
    assert images.dtype == np.uint8
    expected = {10: 5.0, 20: 2.0, 30: -1.0}  # 10 m / depth, and no metres at all
    for red, target in expected.items():
        np.testing.assert_allclose(targets[reds == red], target, rtol=1e-6)
    for red, length in ((10, 5), (20, 3), (30, 7)):
        seen = numbers[reds == red]
        assert sorted(seen[:length]) == list(range(length))


def test_begun_in_the_middle_it_goes_on_as_if_it_had_never_stopped():
    images, targets = arrays(mixture(), 20)
    for step in (1, 7):
        rest = arrays(mixture(), 20 - step, start=4 * step)
        np.testing.assert_array_equal(images[4 * step :], rest[0])
        np.testing.assert_array_equal(targets[4 * step :], rest[1])
    assert (arrays(mixture(seed=1), 20, seed=1)[0] != images).any()


def test_what_was_read_is_remembered_by_its_place():
    mixed = mixture()
    mixed.keep_marks = True
    images, _ = arrays(mixed, 3)
    letters = {10: "a", 20: "b", 30: "c"}
    read = [f"{letters[image[0, 0, 0]]}{image[0, 0, 2]}" for image in images]
    assert sorted(mixed.names(range(4, 8))) == sorted(read[4:8])
    assert {mark.name for _, mark in mixed.marks(before=12)} == set(read)
    assert mixed.source.title == "a" and mixed.error is None and not mixed.skipped


def test_devices_that_train_together_read_what_a_lone_one_reads():
    whole = arrays(mixture(), 3, start=2 * FORMAT.batch_size)
    size = FORMAT.batch_size // 2
    parts = []
    for index in range(2):
        batches = mixed_batches(
            mixture(), FORMAT, NO_AUGMENTATION, 0, 2 * FORMAT.batch_size, Share(index, 2)
        )
        parts.append(list(batches.take(3).as_numpy_iterator()))
    for step, pairs in enumerate(zip(*parts, strict=True)):
        assert all(len(images) == size for images, _ in pairs)
        for both, arrays_of in zip(zip(*pairs, strict=True), whole, strict=True):
            begin = step * FORMAT.batch_size
            expected = arrays_of[begin : begin + FORMAT.batch_size]
            np.testing.assert_array_equal(np.concatenate(both), expected)
