"""Measuring samples, a group of one size at a time: in this process or in another one."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from densedepth_tf.data.any_source import SampleSource
from densedepth_tf.data.seen_samples import SampleMark
from densedepth_tf.evaluation.metrics import ErrorSums
from densedepth_tf.evaluation.predictions.prediction import (
    applied_factors,
    lens_factor,
    predict_group,
)
from densedepth_tf.evaluation.predictions.sample_predictor import SamplePredictor, at_size
from densedepth_tf.evaluation.protocol import Protocol
from densedepth_tf.evaluation.sample_stream import Reading, same_size_batches, stream_samples


@dataclass(frozen=True)
class ScoreJob:
    """What is the same for all samples.

    Attributes:
        protocol: The protocol, with nothing left open.
        batch_size: Images of one size predicted at once.
        predictor_name: What the predictor is called, in messages.
        marks: Whether images are marked, so that a training's are found among them.
    """

    protocol: Protocol
    batch_size: int
    predictor_name: str
    marks: bool = False


@dataclass(frozen=True)
class SampleScore:
    """What was measured of one sample.

    Attributes:
        index: Its position in the source.
        name: Its name; empty where it could not be read.
        error: Why nothing was measured: a `BadSampleError` of the sample, or what is wrong with its
            prediction.
        sums: Its errors; of no pixel, where nothing counts.
        lens: What its camera asks its depth to be multiplied by, where that is known.
        mark: Its mark, where it is wanted and something was measured.
    """

    index: int
    name: str = ""
    error: ValueError | None = None
    sums: ErrorSums = field(default_factory=ErrorSums)
    lens: float | None = None
    mark: SampleMark | None = None


@dataclass(frozen=True)
class GroupScore:
    """What was measured of samples that were predicted together.

    Attributes:
        samples: One for each, in the source's order.
        seconds: Of a forward pass per image; None for the first of a size, which traces, compiles
            and allocates besides.
    """

    samples: list[SampleScore]
    seconds: float | None = None


# Measures all samples, in their order, wherever it likes.
Scores = Callable[[ScoreJob], Iterable[GroupScore]]


class GroupScorer:
    """Measures samples in this process; they are read in threads while the network works.

    Args:
        predictor: What is measured.
        source: The samples.
        job: How.
    """

    def __init__(self, predictor: SamplePredictor, source: SampleSource, job: ScoreJob):
        self._predictor, self._source, self._job = predictor, source, job
        self._sizes: set[tuple[int, ...]] = set()
        self._first: tuple[list[np.ndarray], list[str]] = ([], [])

    def scores(self, indexes: Collection[int] | None = None) -> Iterator[GroupScore]:
        """Measures samples.

        Args:
            indexes: Those at these positions; None for all.

        Raises:
            ValueError, OSError: If predictions cannot be made.
        """
        readings = stream_samples(self._source, indexes)
        for group in same_size_batches(readings, self._job.batch_size):
            yield self._score(group)

    def seconds_again(self) -> float:
        """Seconds of a forward pass per image of the last group that was the first of its size."""
        return predict_group(self._predictor, self._job.protocol, *self._first)[1]

    def _score(self, group: list[Reading]) -> GroupScore:
        error = group[0].error
        if error is not None:
            return GroupScore([SampleScore(group[0].index, error=error)])
        samples = [reading.sample for reading in group]
        images = [sample["image"] for sample in samples]
        names = [sample["name"] for sample in samples]
        protocol = self._job.protocol
        factors = applied_factors(self._predictor, protocol, samples)
        predictions, seconds = predict_group(self._predictor, protocol, images, names, factors)
        scores = [
            self._of_sample(reading, prediction)
            for reading, prediction in zip(group, predictions, strict=True)
        ]
        size = (len(images), *images[0].shape)
        if size in self._sizes:
            self._first = ([], [])
            return GroupScore(scores, seconds)
        self._sizes.add(size)
        self._first = (images, names)
        return GroupScore(scores)

    def _of_sample(self, reading: Reading, prediction: np.ndarray) -> SampleScore:
        sample, index = reading.sample, reading.index
        name, truth = sample["name"], sample["depth"]
        height, width = truth.shape[:2]
        truth = truth.reshape(height, width)
        try:
            sums = self._job.protocol.compare(at_size(prediction, (height, width)), truth)
        except ValueError as error:
            return SampleScore(index, name, ValueError(f"Prediction for '{name}': {error}"))
        mark = SampleMark.of(name, sample["image"]) if self._job.marks and sums.count else None
        return SampleScore(index, name, None, sums, lens_factor(self._predictor, sample), mark)
