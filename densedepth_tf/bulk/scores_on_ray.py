"""What `evaluate.py --engine ray` does: samples measured by a pool of Ray's actors."""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from densedepth_tf.bulk.actor_pool import ActorPool
from densedepth_tf.bulk.kept_warnings import KeptWarnings
from densedepth_tf.bulk.nodes import SharedSource
from densedepth_tf.bulk.picture_worker import ModelRecipe
from densedepth_tf.bulk.run_units import portable_error, run_units
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import Source
from densedepth_tf.evaluation.group_scorer import GroupScore, GroupScorer, ScoreJob, Scores
from densedepth_tf.evaluation.metric_table import OWN_METRICS
from densedepth_tf.evaluation.predictions.sample_predictor import as_sample_predictor
from densedepth_tf.evaluation.sample_stream import stretch_length
from densedepth_tf.inference.sharpened_estimator import SharpenedEstimator
from densedepth_tf.process.memory import keep_freed_memory


def scores_on_ray(
    recipe: ModelRecipe, shared: SharedSource[Source[Sample]], *, sharpen: bool, pool: ActorPool
) -> Scores:
    """What measures samples on a pool of actors, for `evaluate`; figures are those without it.

    An actor reads, predicts and measures a stretch of the source at a time, of which only figures
    pass through Ray. A stretch whose actor dies is measured again by another.

    Args:
        recipe: The model, which every actor loads.
        shared: The samples, which every actor opens.
        sharpen: See `SharpenedEstimator`.
        pool: The actors.
    """

    def scores(job: ScoreJob) -> Iterator[GroupScore]:
        length = stretch_length(job.batch_size)
        starts = range(0, shared.num_samples, length)
        stretches = [(start, min(start + length, shared.num_samples)) for start in starts]
        early: dict[int, StretchScore] = {}
        told: set[str] = set()
        results = run_units(
            *(stretches, StretchWorker, recipe, shared, job, sharpen, dict(OWN_METRICS)), pool=pool
        )
        for start in starts:
            while start not in early:
                done = next(results)
                early[done.start] = done
            stretch = early.pop(start)
            for message in stretch.warnings:
                if message not in told:
                    told.add(message)
                    warnings.warn(message, stacklevel=2)
            yield from stretch.groups
            if stretch.error is not None:
                raise stretch.error

    return scores


@dataclass
class StretchScore:
    """What was measured of a stretch of a source.

    Attributes:
        start: Its first position.
        groups: Its groups, in their order.
        error: What ended it early.
        warnings: What was warned of.
    """

    start: int
    groups: list[GroupScore] = field(default_factory=list)
    error: Exception | None = None
    warnings: list[str] = field(default_factory=list)


class StretchWorker:
    """Measures stretches of a source that it opens once, with a model that it loads once.

    Args:
        recipe: The model.
        shared: The samples.
        job: How it is measured.
        sharpen: See `SharpenedEstimator`.
        own_metrics: What was registered where this was started.

    Raises:
        OSError: If the package or the data are others here.
        Exception: As of `densedepth_tf.load`.
    """

    def __init__(
        self,
        recipe: ModelRecipe,
        shared: SharedSource[Source[Sample]],
        job: ScoreJob,
        sharpen: bool,
        own_metrics: Mapping[str, Any],
    ):
        self._kept = KeptWarnings()
        OWN_METRICS.update(own_metrics)
        with self._kept:
            source = shared.open()
            model = recipe.open_in_actor()
            predictor = as_sample_predictor(SharpenedEstimator(model) if sharpen else model)
            predictor.name = job.predictor_name
            self._scorer = GroupScorer(predictor, source, job)
        self._kept.take()  # which the first process has told
        keep_freed_memory()

    def __call__(self, stretch: tuple[int, int]) -> StretchScore:
        """Measures the samples from the first position to before the second."""
        done = StretchScore(stretch[0])
        with self._kept:
            try:
                done.groups.extend(self._scorer.scores(range(*stretch)))
            except Exception as error:  # It is the run's when its turn comes, and not before.
                done.error = portable_error(error)
        done.warnings = self._kept.take()
        return done
