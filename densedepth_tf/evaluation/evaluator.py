"""Measures anything that predicts depth, image by image, in memory that does not grow."""

import math
import os
import statistics
from collections import Counter

import numpy as np

from densedepth_tf.checkpoint_origin import find_seen_samples
from densedepth_tf.data.any_source import SampleSource, as_source
from densedepth_tf.data.seen_samples import (
    NEIGHBOUR,
    TRAINING,
    VALIDATION,
    SampleMark,
    SeenSamples,
)
from densedepth_tf.evaluation.metrics import MetricsAccumulator
from densedepth_tf.evaluation.predictions.prediction import (
    applied_factors,
    lens_factor,
    predict_group,
    resolve_protocol,
)
from densedepth_tf.evaluation.predictions.sample_predictor import (
    NamedPredictions,
    RangedPredictor,
    SamplePredictor,
    as_sample_predictor,
    at_size,
)
from densedepth_tf.evaluation.protocol import Protocol
from densedepth_tf.evaluation.report import write_report
from densedepth_tf.evaluation.result import (
    EvaluationResult,
    ImageScore,
    LensEffect,
    PixelCount,
    SkippedImage,
    TrainingOverlap,
)
from densedepth_tf.evaluation.sample_stream import (
    Reading,
    same_size_batches,
    stream_samples,
)
from densedepth_tf.files.writable_folder import check_writable_folder
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.process.memory import keep_freed_memory
from densedepth_tf.process.progress_bar import ProgressBar


def evaluate(
    model: DepthPredictor | SamplePredictor,
    source: SampleSource,
    protocol: Protocol | str = "full",
    *,
    batch_size: int = 4,
    progress: bool = True,
    strict: bool = False,
    checkpoint: str | os.PathLike | None = None,
    dataset: str | None = None,
    output: str | os.PathLike | None = None,
) -> EvaluationResult:
    """Measures a model on a data set.

    Samples are read in threads while the network works. What is kept of an image is one line of
    figures. The last, smaller batch counts like every other.

    Args:
        model: Anything with `predict_depth(images)`, images uint8 RGB (N, H, W, 3) and metres
            (N, H, W, 1) back; or a `SamplePredictor` such as a `PredictionsFolder`.
        source: A `DepthSource`, or any iterable of samples.
        protocol: A `Protocol` or the name of one.
        batch_size: Images of one size predicted at once.
        progress: Show a progress bar where the output is a terminal.
        strict: Raise on the first unusable sample instead of skipping it.
        checkpoint: Where the model came from, for the report; a run folder, a file in it or a
            preset tells which images it was trained on.
        dataset: The data set's name; the source's `title` by default.
        output: Folder for the report (`report.write_report`); `None` writes nothing.

    Returns:
        The figures, every image's own, and the images left out: those that cannot be read and
        those without any valid truth.

    Raises:
        BadSampleError: With `strict`, if a sample cannot be used.
        ValueError: If no image could be measured, a prediction has the wrong shape or is not a
            number, or mirrored averaging is asked of predictions in files.
        OSError: If `output` cannot be written; this is found out before the work begins.
    """
    predictor, source = as_sample_predictor(model), as_source(source)
    protocol = resolve_protocol(protocol, predictor, source)
    if batch_size < 1:
        raise ValueError(f"A batch holds at least one image. Received: batch_size={batch_size}")
    if output is not None:
        check_writable_folder(output)
    known = source.sample_names()
    if known is not None and isinstance(predictor, NamedPredictions):
        predictor.check(known)

    keep_freed_memory()
    seen = None if checkpoint is None else find_seen_samples(checkpoint)
    tally = _Tally(protocol, strict, seen)
    pace = _Pace(predictor, protocol)
    title = dataset or source.title or type(source).__name__
    with ProgressBar(
        total=source.num_samples(),
        desc=title,
        unit="image",
        disable=not progress,
        leave=False,
    ) as bar:
        for group in same_size_batches(stream_samples(source), batch_size):
            error = group[0].error
            if error is not None:
                if strict:
                    raise error
                name = source.sample_name(group[0].index)
                tally.skipped.append(SkippedImage(name, str(error)))
            else:
                images = [reading.sample["image"] for reading in group]
                names = [reading.sample["name"] for reading in group]
                samples = [reading.sample for reading in group]
                factors = applied_factors(predictor, protocol, samples)
                predictions, duration = predict_group(predictor, protocol, images, names, factors)
                pace.add(images, names, duration)
                for reading, prediction in zip(group, predictions, strict=True):
                    tally.add(reading, prediction, lens_factor(predictor, reading.sample))
            bar.update(len(group))
    if not tally.images:
        raise ValueError(_nothing_measured(title, tally.skipped))

    result = EvaluationResult(
        model=predictor.name,
        checkpoint=None if checkpoint is None else os.fspath(checkpoint),
        dataset=title,
        protocol=protocol,
        metrics=tally.accumulator.result(),
        images=tally.images,
        skipped=tally.skipped,
        seconds_per_image=pace.seconds_per_image(),
        num_parameters=predictor.num_parameters,
        missing_predictions=tally.missing,
        truth_beyond_range=tally.beyond,
        unlimited_predictions=tally.unlimited,
        pixels_with_truth=tally.pixels,
        relative=isinstance(predictor, RangedPredictor)
        and predictor.relative
        and protocol.alignment == "none"
        and protocol.scale == 1,
        scale_to_truth=math.exp(-statistics.median(tally.log_errors)),
        overlap=tally.overlap(),
        lens=LensEffect.of(tally.lenses),
    )
    if output is not None:
        write_report(result, output, predictor, source)
    return result


class _Pace:
    """The time of a forward pass per image, without what the first one of a size takes besides.

    That traces, compiles and allocates; where no size came twice, the last images are predicted
    once more.
    """

    def __init__(self, predictor: SamplePredictor, protocol: Protocol):
        self._predictor, self._protocol = predictor, protocol
        self._sizes: set[tuple[int, ...]] = set()
        self._seconds: list[float] = []
        self._last: tuple[list[np.ndarray], list[str]] = ([], [])

    def add(self, images: list[np.ndarray], names: list[str], seconds: float) -> None:
        size = (len(images), *images[0].shape)
        if size in self._sizes:
            self._seconds.append(seconds)
        self._sizes.add(size)
        self._last = ([], []) if self._seconds else (images, names)

    def seconds_per_image(self) -> float:
        if self._seconds:
            return statistics.median(self._seconds)
        return predict_group(self._predictor, self._protocol, *self._last)[1]


class _Tally:
    """What is kept of the images while they pass."""

    def __init__(self, protocol: Protocol, strict: bool, seen: SeenSamples | None = None):
        self._protocol, self._strict, self._seen = protocol, strict, seen
        self._uses: Counter[str | None] = Counter()
        self.accumulator = MetricsAccumulator(protocol.metric_names)
        self.images: list[ImageScore] = []
        self.skipped: list[SkippedImage] = []
        self.missing = self.beyond = self.unlimited = PixelCount()
        self.pixels = 0
        self.log_errors: list[float] = []
        self.lenses: list[float] = []

    def add(self, reading: Reading, prediction: np.ndarray, lens: float | None) -> None:
        name = reading.sample["name"]
        truth = reading.sample["depth"]
        height, width = truth.shape[:2]
        truth = truth.reshape(height, width)
        try:
            sums = self._protocol.compare(at_size(prediction, (height, width)), truth)
        except ValueError as error:
            raise ValueError(f"Prediction for '{name}': {error}") from error
        self.missing += PixelCount.of_image(sums.missing)
        self.beyond += PixelCount.of_image(sums.beyond)
        self.unlimited += PixelCount.of_image(sums.unlimited)
        self.pixels += sums.with_truth
        if sums.count == 0:
            reason = f"'{name}' has no valid depth where the protocol looks"
            if sums.missing or sums.beyond:
                reason += (
                    f" ({sums.missing} pixels of it have no prediction, {sums.beyond} lie beyond "
                    "the range of depth)"
                )
            if self._strict:
                raise ValueError(reason)
            self.skipped.append(SkippedImage(name, reason))
            return
        self.log_errors.append(sums.log_mean)
        if lens is not None:
            self.lenses.append(lens)
        if self._seen is not None:
            self._uses[self._seen.use_of(SampleMark.of(name, reading.sample["image"]))] += 1
        score = ImageScore(reading.index, name, sums.count, self.accumulator.add(sums))
        self.images.append(score)

    def overlap(self) -> TrainingOverlap:
        if self._seen is None:
            return TrainingOverlap()
        return TrainingOverlap(
            "known" if self._seen.origin is None else "partly known",
            self._uses[TRAINING] + self._uses[NEIGHBOUR],
            self._uses[NEIGHBOUR],
            self._uses[VALIDATION],
            self._seen.origin,
        )


def _nothing_measured(title: str, skipped: list[SkippedImage]) -> str:
    if not skipped:
        return f"There is nothing to evaluate. Received: no samples in '{title}'"
    return f"None of {len(skipped)} images of '{title}' could be measured: {skipped[0].reason}"
