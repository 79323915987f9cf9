"""What a training of the networks of Eigen et al. can be told."""

from dataclasses import dataclass
from typing import Any

from densedepth_tf.training.option import option

# Of the samples that both stages see, the share of the coarse network's: 2 of 3.5 millions for
# NYU (Eigen et al. 2014, section 3.5).
COARSE_SHARE = 4 / 7


def _option(default: Any, help: str) -> Any:
    return option(default, "eigen", help, "eigen")


@dataclass(frozen=True)
class EigenOptions:
    """The part of `TrainingConfig` that the coarse and the fine network need.

    Raises:
        ValueError: If values are out of range; the message names the flag.
    """

    coarse_epochs: int | None = _option(
        None, "how many of --epochs train the coarse network alone; default: 4/7, as published"
    )
    scale_invariance: float = _option(
        0.5, "lambda: 0 = squared error of log depth, 1 = a common factor costs nothing"
    )
    dense_units: int = _option(4096, "width of the layer that holds most of the parameters")
    dropout: float = _option(0.5, "share of these units that a training step leaves out")
    output_rows: list[int] | None = _option(  # noqa: RUF009
        None, "[first,end) rows of the map to predict; default: all. KITTI's lidar: [13,40]"
    )

    def check_eigen(self, epochs: int) -> None:
        """Checks the options and fills in the length of the first stage.

        Args:
            epochs: Of both stages together.
        """
        if epochs < 2:
            raise ValueError(
                f"--model eigen trains in two stages: --epochs is at least 2. Received: {epochs}"
            )
        if self.coarse_epochs is None:
            coarse_epochs = min(max(round(COARSE_SHARE * epochs), 1), epochs - 1)
            object.__setattr__(self, "coarse_epochs", coarse_epochs)
        if not 0 < self.coarse_epochs < epochs:
            raise ValueError(
                "--coarse-epochs leaves both stages at least one of the --epochs "
                f"({epochs}). Received: {self.coarse_epochs}"
            )
        if not 0 <= self.scale_invariance <= 1:
            raise ValueError(
                f"--scale-invariance is lambda, in [0, 1]. Received: {self.scale_invariance}"
            )
        if self.dense_units < 1:
            raise ValueError(f"--dense-units is at least 1. Received: {self.dense_units}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"--dropout is a share in [0, 1). Received: {self.dropout}")
        if self.output_rows is not None and len(self.output_rows) != 2:
            raise ValueError(
                f"--output-rows are two numbers, [first,end). Received: {self.output_rows}"
            )
