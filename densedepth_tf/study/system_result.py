"""What a study found out about one system."""

from dataclasses import dataclass

from densedepth_tf.evaluation.result import EvaluationResult
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.run.epoch_log import EPOCH, read_log
from densedepth_tf.training.run.run_folder import RunFolder


@dataclass(frozen=True)
class SystemResult:
    """One row of a study.

    Attributes:
        name: The system's name in the report.
        config: How it was trained.
        metrics: Its figures.
        scaled: The same with each image's median scaled to the true one.
        milliseconds: Of one prediction of one image.
    """

    name: str
    config: TrainingOptions
    metrics: EvaluationResult
    scaled: EvaluationResult
    milliseconds: float

    @property
    def parameters(self) -> float:
        """Millions of weights."""
        return (self.metrics.num_parameters or 0) / 1e6

    def curve(self, name: str) -> tuple[list[int], list[float]]:
        """Epochs and a figure of the training's log; empty where it has no such figure."""
        log = read_log(RunFolder(self.config.run_folder).csv_log)
        rows = [row for row in log if row.get(name)]
        return [int(row[EPOCH]) for row in rows], [float(row[name]) for row in rows]
