"""What a training of the networks of Eigen et al. can be told."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from densedepth_tf.checkpoints import COARSE_FILE, MODEL_FILE
from densedepth_tf.training.data_options import DATA
from densedepth_tf.training.option import option
from densedepth_tf.training.option_values import check_at_least
from densedepth_tf.training.options import OPTIMISATION, Optimizer, Schedule
from densedepth_tf.training.supervised_options import SupervisedOptions

# Of the samples that both stages see, the share of the coarse network's: 2 of 3.5 millions for
# NYU (Eigen et al. 2014, section 3.5).
COARSE_SHARE = 4 / 7


@dataclass(frozen=True)
class EigenOptions(SupervisedOptions):
    """Options of an `EigenTraining`; defaults as published (Eigen et al. 2014)."""

    model: ClassVar[str] = "eigen"
    model_files: ClassVar[tuple[str, ...]] = (MODEL_FILE, COARSE_FILE)

    image_size: str = option("228x304", "HEIGHTxWIDTH the network sees, from 55x55", DATA)
    max_depth: float = 10.0
    batch_size: int = 32
    scale_crop: float = 1.5
    color: float = 0.2
    rotation: float = 5.0
    optimizer: Optimizer = option(
        "sgd",
        "adamw: decoupled weight decay; sgd: momentum 0.9 and a rate per layer",
        OPTIMISATION,
    )
    learning_rate: float = 1e-3
    schedule: Schedule = "constant"

    coarse_epochs: int | None = option(
        None, "how many of `epochs` train the coarse network alone; default: 4/7, as published"
    )
    scale_invariance: float = option(
        0.5,
        "lambda: 0 = squared error of log depth, 1 = a common factor costs nothing",
        fixed=False,
    )
    dense_units: int = option(
        4096, "width of the layer that holds most of the parameters", most=65_536
    )
    dropout: float = option(
        0.5, "share of these units that a training step leaves out", fixed=False
    )
    output_rows: list[int] | None = option(
        None,
        "[first,end) rows of the map to predict; default: all. KITTI's lidar: [13,40]",
        most=65_536,
    )

    @override
    def check(self) -> None:
        super().check()
        if self.epochs < 2:
            raise ValueError(
                "`model='eigen'` trains in two stages: `epochs` is at least 2. "
                f"Received: {self.epochs}"
            )
        if self.coarse_epochs is None:  # A run that goes on with more epochs keeps its stages.
            length = min(max(round(COARSE_SHARE * self.epochs), 1), self.epochs - 1)
            object.__setattr__(self, "coarse_epochs", length)
        if not 0 < self.epochs_before_model < self.epochs:
            raise ValueError(
                "`coarse_epochs` leaves both stages at least one of the `epochs` "
                f"({self.epochs}). Received: {self.coarse_epochs}"
            )
        if not 0 <= self.scale_invariance <= 1:
            raise ValueError(
                f"`scale_invariance` is lambda, in [0, 1]. Received: {self.scale_invariance}"
            )
        check_at_least(self, 1, "dense_units")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"`dropout` is a share in [0, 1). Received: {self.dropout}")
        if self.output_rows is not None and len(self.output_rows) != 2:
            raise ValueError(
                f"`output_rows` are two numbers, [first,end). Received: {self.output_rows}"
            )

    @property
    @override
    def epochs_before_model(self) -> int:
        return self.coarse_epochs or 0
