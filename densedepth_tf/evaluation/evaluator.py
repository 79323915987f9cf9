"""Measures anything that predicts depth, image by image, in memory that does not grow."""

import math
import os
import statistics
from collections import Counter

from densedepth_tf.checkpoint_origin import find_seen_samples
from densedepth_tf.data.any_source import SampleSource, as_source
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.seen_samples import NEIGHBOUR, TRAINING, VALIDATION, SeenSamples
from densedepth_tf.data.source import Source
from densedepth_tf.evaluation.group_scorer import GroupScorer, SampleScore, ScoreJob, Scores
from densedepth_tf.evaluation.metrics import MetricsAccumulator
from densedepth_tf.evaluation.predictions.prediction import resolve_protocol
from densedepth_tf.evaluation.predictions.sample_predictor import (
    NamedPredictions,
    RangedPredictor,
    SamplePredictor,
    as_sample_predictor,
)
from densedepth_tf.evaluation.protocol import Protocol
from densedepth_tf.evaluation.report import write_report
from densedepth_tf.evaluation.report_place import report_place
from densedepth_tf.evaluation.result import (
    EvaluationResult,
    ImageScore,
    LensEffect,
    PixelCount,
    SkippedImage,
    TrainingOverlap,
)
from densedepth_tf.files.bad_sample import BadSampleError
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
    scores: Scores | None = None,
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
        output: Folder for the report (`report.write_report`), or its address in a bucket; `None`
            writes nothing.
        scores: Measures the samples somewhere else, see `bulk.scores_on_ray`; None does it here.

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
        with report_place(output) as folder:
            result = evaluate(
                *(predictor, source, protocol),
                batch_size=batch_size,
                progress=progress,
                strict=strict,
                checkpoint=checkpoint,
                dataset=dataset,
                scores=scores,
            )
            write_report(result, folder, predictor, source)
        return result
    known = source.sample_names()
    if known is not None and isinstance(predictor, NamedPredictions):
        predictor.check(known)

    keep_freed_memory()
    seen = None if checkpoint is None else find_seen_samples(checkpoint)
    tally = _Tally(protocol, strict, seen)
    title = dataset or source.title or type(source).__name__
    job = ScoreJob(protocol, batch_size, predictor.name, seen is not None)
    scorer = GroupScorer(predictor, source, job)
    seconds: list[float] = []
    last: list[int] = []
    with ProgressBar(
        total=source.num_samples(),
        desc=title,
        unit="image",
        disable=not progress,
        leave=False,
    ) as bar:
        for group in scorer.scores() if scores is None else scores(job):
            for score in group.samples:
                tally.add(score, source)
            if group.seconds is not None:
                seconds.append(group.seconds)
            if group.samples[0].error is None:
                last = [score.index for score in group.samples]
            bar.update(len(group.samples))
    if not tally.images:
        raise ValueError(_nothing_measured(title, tally.skipped))
    if not seconds:  # No size came twice.
        if scores is not None:
            list(scorer.scores(last))
        seconds = [scorer.seconds_again()]

    return EvaluationResult(
        model=predictor.name,
        checkpoint=None if checkpoint is None else os.fspath(checkpoint),
        dataset=title,
        protocol=protocol,
        metrics=tally.accumulator.result(),
        images=tally.images,
        skipped=tally.skipped,
        seconds_per_image=statistics.median(seconds),
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

    def add(self, score: SampleScore, source: Source[Sample]) -> None:
        """Adds a sample's score; those of one source in their order."""
        error, name, sums = score.error, score.name, score.sums
        if error is not None:
            if self._strict or not isinstance(error, BadSampleError):
                raise error
            self.skipped.append(SkippedImage(source.sample_name(score.index), str(error)))
            return
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
        if score.lens is not None:
            self.lenses.append(score.lens)
        if self._seen is not None and score.mark is not None:
            self._uses[self._seen.use_of(score.mark)] += 1
        metrics = self.accumulator.add(sums)
        self.images.append(ImageScore(score.index, name, sums.count, metrics))

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
