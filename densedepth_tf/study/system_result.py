"""What a study found out about one system."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from densedepth_tf.evaluation.result import EvaluationResult
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.run.epoch_log import EPOCH, read_log
from densedepth_tf.training.run.notes import read_notes
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.run.run_record import RunRecord, read_record


class Spread(NamedTuple):
    """A figure over several trainings.

    Attributes:
        mean: Their mean.
        deviation: Their standard deviation (that of a sample, n - 1); 0 of a single one.
    """

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of one value or more."""
        return cls(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0)


@dataclass(frozen=True)
class SystemResult:
    """One row of a study.

    Attributes:
        name: The system's name in the report.
        runs: How it was trained, once for every seed.
        metrics: The figures of each training.
        scaled: The same with each image's median scaled to the true one.
        milliseconds: Of one prediction of one image.
        num_training: Images of the training split that it learns from.
        num_validation: Images that choose the epoch that is kept.
        steps_per_epoch: Steps of the optimiser in one pass.
    """

    name: str
    runs: list[TrainingOptions]
    metrics: list[EvaluationResult]
    scaled: list[EvaluationResult]
    milliseconds: float
    num_training: int
    num_validation: int
    steps_per_epoch: int

    @property
    def config(self) -> TrainingOptions:
        """The options of the first training."""
        return self.runs[0]

    @property
    def parameters(self) -> float:
        """Millions of weights."""
        return (self.metrics[0].num_parameters or 0) / 1e6

    def values(self, figure: str, scaled: bool = False) -> list[float]:
        """A figure, the mean over images, of each training."""
        results = self.scaled if scaled else self.metrics
        return [result.metrics["per_image"][figure] for result in results]

    def spread(self, figure: str, scaled: bool = False) -> Spread:
        """The same over the trainings."""
        return Spread.of(self.values(figure, scaled))

    def curve(self, name: str) -> tuple[list[int], list[Spread]]:
        """Epochs and a figure of the trainings' logs; empty where they have no such figure."""
        found: dict[int, list[float]] = {}
        for run in self.runs:
            for row in read_log(RunFolder(run.run_folder).csv_log):
                if row.get(name):
                    found.setdefault(int(row[EPOCH]), []).append(float(row[name]))
        return list(found), [Spread.of(values) for values in found.values()]

    @property
    def records(self) -> list[RunRecord]:
        """What each training ran on, and how long."""
        return [read_record(RunFolder(run.run_folder).record) for run in self.runs]

    @property
    def minutes(self) -> float | None:
        """Time of the fastest training; None where no training's is known whole.

        Other work beside can only lengthen one.
        """
        times = []
        for run, record in zip(self.runs, self.records, strict=True):
            epochs = {int(row[EPOCH]) for row in read_log(RunFolder(run.run_folder).csv_log)}
            if epochs and epochs <= record.seconds.keys():
                times.append(sum(record.seconds[epoch] for epoch in epochs) / 60)
        return min(times, default=None)

    @property
    def notes(self) -> dict[tuple[str, str], list[int]]:
        """What the trainings noticed about themselves: topic and text to the seeds it is of."""
        found: dict[tuple[str, str], list[int]] = {}
        for run in self.runs:
            for note in read_notes(RunFolder(run.run_folder).notes).items():
                found.setdefault(note, []).append(run.seed)
        return found
