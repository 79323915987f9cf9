"""What a training on known depth can be told."""

from dataclasses import dataclass

from typing_extensions import override

from densedepth_tf.files.depth.depth_scale import LARGEST_SCALE, SMALLEST_SCALE
from densedepth_tf.training.data_options import AUGMENTATION, DATA
from densedepth_tf.training.option import option
from densedepth_tf.training.options import TrainingOptions


@dataclass(frozen=True)
class SupervisedOptions(TrainingOptions):
    """Options of a `SupervisedTraining`."""

    depth_scale: float | None = option(
        None,
        "metres per unit of the depth files; default: by bit depth",
        DATA,
        most=LARGEST_SCALE,
    )
    jitter: float = option(
        0.0, "probability of changed brightness, contrast, saturation and hue", AUGMENTATION
    )

    @override
    def check(self) -> None:
        super().check()
        if self.depth_scale is not None and self.depth_scale < SMALLEST_SCALE:
            raise ValueError(
                f"`depth_scale` is positive metres per unit. Received: {self.depth_scale}"
            )
