"""What a training on known depth can be told."""

from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from densedepth_tf.files.depth.depth_scale import LARGEST_SCALE, SMALLEST_SCALE
from densedepth_tf.geometry.cameras.lens import MOST_WIDTHS, is_focal_length
from densedepth_tf.training.data_options import AUGMENTATION, DATA
from densedepth_tf.training.extra_data import ExtraData, parse_extra_data
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
    extra_data: str | list[str] | None = option(
        None,
        "further data in the same batches, each SOURCE:WEIGHT where `dataset` has weight 1; a "
        "source is a folder of photographs with depth or without, of which the shape of a "
        "teacher's depth is learnt; rooms; DATASET=PATH; or photographs=PATH",
        DATA,
        reads=True,
    )
    focal_length: float | None = option(
        None,
        "of the one camera that depth is brought to where samples tell theirs, in image widths "
        "(NYU's 0.8107); the model remembers it; default: the samples' own, if it is one",
        DATA,
        most=MOST_WIDTHS,
        fixed=True,
    )
    jitter: float = option(
        0.0, "probability of changed brightness, contrast, saturation and hue", AUGMENTATION
    )

    @override
    def check(self) -> None:
        super().check()
        if self.focal_length is not None and not is_focal_length(self.focal_length):
            raise ValueError(
                "`focal_length` is in image widths, above 0, as NYU's 518.86 / 640 = 0.8107. "
                f"Received: {self.focal_length}"
            )
        if self.depth_scale is not None and self.depth_scale < SMALLEST_SCALE:
            raise ValueError(
                f"`depth_scale` is positive metres per unit. Received: {self.depth_scale}"
            )
        for extra in self.extra_sources:
            self._check_extra(extra)

    @property
    def extra_sources(self) -> list[ExtraData]:
        """What `extra_data` names."""
        return parse_extra_data(self.extra_data)

    def _check_extra(self, extra: ExtraData) -> None:
        """Rows that are held out must not come back as further data."""
        if not (self.holdout_every and self.data_dir and extra.path):
            return
        own, other = Path(self.data_dir).resolve(), Path(extra.path).resolve()
        if own == other or own in other.parents or other in own.parents:
            raise ValueError(
                "`extra_data` holds the rows that `holdout_every` keeps for validation: it must "
                f"lie elsewhere than `data_dir`. Received: '{extra.given}'"
            )
