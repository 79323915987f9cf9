"""Batches from several sources of samples, each with its share of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from densedepth_tf.data.batches.augmentation import Augmentation
from densedepth_tf.data.batches.loader import SampleLoader
from densedepth_tf.data.batches.pipeline import (
    FOREVER,
    BatchFormat,
    prepared_samples,
    shuffled_records,
)
from densedepth_tf.data.batches.share import ALL, Share
from densedepth_tf.data.seen_samples import SampleMark
from densedepth_tf.data.source import Source
from densedepth_tf.process.memory import keep_freed_memory

# Multiples of the golden ratio, modulo 1, fill [0, 1) as evenly as a sequence without end can; in
# whole numbers, 2**32 being 1, NumPy and TensorFlow agree on them.
_GOLDEN, _ONE, _PERIOD = 2654435769, 2**32, 2**31
_COUNTED_AT_ONCE = 2**20


@dataclass(frozen=True)
class Part:
    """One source of a mixture.

    Attributes:
        loader: Reads its samples.
        weight: How often it comes beside the others; above 0.
        has_depth: Whether it has depth, in metres; else targets are missing everywhere.
        learns_scale: Whether metres are to be learnt of it. Where they are not, targets are -1
            everywhere: missing, and of a scale that is not to be learnt.
        is_labelled: Whether its depth is what models predict of it.
    """

    loader: SampleLoader
    weight: float
    has_depth: bool = True
    learns_scale: bool = True
    is_labelled: bool = False


class Mixture:
    """Several sources whose samples take turns, so that every batch has nearly its share of each.

    Which source a place in the endless sequence of samples belongs to is a function of the place
    and the seed alone; so is which of its samples comes there. The parts' loaders remember what
    they read by that place, and this can be asked of all of them.

    Args:
        parts: The sources; the first is the one that reports are about.
        seed: Any integer.

    Attributes:
        parts: The sources.
    """

    def __init__(self, parts: Sequence[Part], seed: int = 0):
        self.parts = list(parts)
        weights = np.array([part.weight for part in parts], np.float64)
        self._ends = [round(_ONE * end) for end in np.cumsum(weights / weights.sum())[:-1]]
        self._phase = seed * 2246822519 % _ONE

    @property
    def shares(self) -> list[float]:
        """Each part's share of the samples; they add up to 1."""
        total = sum(part.weight for part in self.parts)
        return [part.weight / total for part in self.parts]

    def part_at(self, position: tf.Tensor) -> tf.Tensor:
        """The number of the part that a place belongs to.

        Args:
            position: int64 tensor, any shape.

        Returns:
            int64 tensor of that shape.
        """
        place = (position % _PERIOD * _GOLDEN + self._phase) % _ONE
        ends = tf.constant(self._ends, tf.int64)
        return tf.reduce_sum(tf.cast(place[..., tf.newaxis] >= ends, tf.int64), axis=-1)

    def counts_before(self, start: int) -> list[int]:
        """How many of the places before `start` belong to each part."""
        counts = np.zeros(len(self.parts), np.int64)
        for first in range(0, start, _COUNTED_AT_ONCE):
            position = np.arange(first, min(first + _COUNTED_AT_ONCE, start), dtype=np.int64)
            place = (position % _PERIOD * _GOLDEN + self._phase) % _ONE
            part = np.searchsorted(self._ends, place, side="right")
            counts += np.bincount(part, minlength=len(self.parts))
        return counts.tolist()

    # What trainings ask of a loader.

    @property
    def source(self) -> Source[Any]:
        """The first part's source."""
        return self.parts[0].loader.source

    @property
    def skipped(self) -> Mapping[Any, str]:
        """Messages of the bad samples of all parts."""
        return {
            (number, key): message
            for number, part in enumerate(self.parts)
            for key, message in part.loader.skipped.items()
        }

    @property
    def error(self) -> Exception | None:
        """The exception that ended reading."""
        errors = [part.loader.error for part in self.parts]
        return next((error for error in errors if error is not None), None)

    @property
    def keep_marks(self) -> bool:
        """Whether marks of what is read are kept, see `marks`."""
        return self.parts[0].loader.keep_marks

    @keep_marks.setter
    def keep_marks(self, keep: bool) -> None:
        for part in self.parts:
            part.loader.keep_marks = keep

    def shortage(self) -> str | None:
        """What to say if a source has fewer samples than it says; None if none has."""
        said = [part.loader.shortage() for part in self.parts]
        return " ".join(filter(None, said)) or None

    def names(self, positions: range) -> list[str]:
        """Names of the samples that were read for these places, as far as remembered."""
        return [name for part in self.parts for name in part.loader.names(positions)]

    def marks(self, before: int | None = None) -> list[tuple[str, SampleMark]]:
        """As of `SampleLoader`, of all parts."""
        return [mark for part in self.parts for mark in part.loader.marks(before)]


def mixed_batches(
    mixture: Mixture,
    format: BatchFormat,
    augmentation: Augmentation,
    seed: int,
    start: int = 0,
    share: Share = ALL,
) -> tf.data.Dataset:
    """`training_batches` of a mixture: endless, and the same whenever they are begun at a place.

    Args:
        mixture: The sources.
        format: Sizes and target.
        augmentation: What to vary.
        seed: Any integer.
        start: Number of samples already seen, of all sources together.
        share: The part of every batch that is read here.

    Returns:
        Dataset of `(images, targets)` as from `training_batches`; targets are -1 in samples of
        parts whose scale is not to be learnt.
    """
    keep_freed_memory()
    sizes = {part.loader.first_image_size() for part in mixture.parts}
    as_bytes = augmentation.keeps_bytes and sizes == {format.image_size}
    streams = []
    for number, before in enumerate(mixture.counts_before(start)):
        part = mixture.parts[number]
        records = shuffled_records(part.loader, seed, before).map(_without_number)
        places = tf.data.Dataset.zip((_places(mixture, number, start), records))
        places = share.of_endless(places, format.batch_size)
        samples = prepared_samples(
            places, part.loader.load, format, augmentation, seed, as_bytes=as_bytes
        )
        streams.append(samples if part.learns_scale else samples.map(_without_scale))
    positions = tf.data.Dataset.zip((tf.data.Dataset.range(start, FOREVER),) * 2)
    positions = share.of_endless(positions, format.batch_size).map(_without_number)
    turns = positions.map(mixture.part_at)
    samples = tf.data.Dataset.choose_from_datasets(streams, turns, stop_on_empty_dataset=False)
    size = share.batch_size(format.batch_size)
    return share.endless(samples.batch(size, drop_remainder=True)).prefetch(tf.data.AUTOTUNE)


def _places(mixture: Mixture, number: int, start: int) -> tf.data.Dataset:
    """The places of one part, in order."""
    return tf.data.Dataset.range(start, FOREVER).filter(
        lambda position: mixture.part_at(position) == number
    )


def _without_number(_: tf.Tensor, record: tf.Tensor) -> tf.Tensor:
    return record


def _without_scale(image: tf.Tensor, target: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return image, -tf.ones_like(target)
