"""What a training on known depth can be told."""

from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from densedepth_tf.files.depth.depth_scale import LARGEST_SCALE, SMALLEST_SCALE
from densedepth_tf.geometry.cameras.lens import (
    LENSES,
    MOST_WIDTHS,
    check_lenses,
    is_focal_length,
)
from densedepth_tf.training.data_options import AUGMENTATION, DATA
from densedepth_tf.training.extra_data import ExtraData, parse_extra_data
from densedepth_tf.training.option import option
from densedepth_tf.training.options import TrainingOptions

# Of rooms beside other data: photographs know photographers' views already.
HAND_HELD = 0.6


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
    rooms_lens: str | None = option(
        None,
        "MIN,MAX of the focal lengths, in image widths, through which rendered rooms are seen, one "
        "drawn for each; their depth is brought to `focal_length`; default: 0.6,1.3 for `rooms` "
        "of `extra_data`, NYU's camera for `dataset='rooms'` and where there is no `focal_length`",
        DATA,
    )
    rooms_hand_held: float | None = option(
        None,
        "share of rendered rooms that are seen as a camera sees them that is carried about: from "
        "anywhere, up to 55 degrees down, near things; others as photographers do; default: 0.6 "
        "for `rooms` of `extra_data`, 0 for `dataset='rooms'`",
        DATA,
    )
    jitter: float = option(
        0.0, "probability of changed brightness, contrast, saturation and hue", AUGMENTATION
    )
    camera_turn: float = option(
        0.0,
        "largest angle in degrees by which the camera is turned up or down and aside: the exact "
        "view, and its depth; needs `focal_length` where samples do not tell one camera",
        AUGMENTATION,
        most=45,
    )
    blur: float = option(
        0.0,
        "half of the images are softened, at most by a blur of this standard deviation in pixels "
        "of the network's image; a teacher sees them sharp",
        AUGMENTATION,
        most=32,
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
        if self.rooms_lenses is not None:
            self._check_rooms_lens()
        if self.rooms_hand_held is not None:
            self._check_rooms_hand_held(self.rooms_hand_held)

    @property
    def extra_sources(self) -> list[ExtraData]:
        """What `extra_data` names."""
        return parse_extra_data(self.extra_data)

    @property
    def rooms_lenses(self) -> tuple[float, float] | None:
        """`rooms_lens` as two numbers, if it is given."""
        if self.rooms_lens is None:
            return None
        try:
            shortest, longest = map(float, self.rooms_lens.split(","))
        except ValueError as error:
            raise ValueError(
                "`rooms_lens` is MIN,MAX in image widths, e.g. 0.6,1.3. "
                f"Received: '{self.rooms_lens}'"
            ) from error
        check_lenses("rooms_lens", (shortest, longest))
        return shortest, longest

    @property
    def extra_rooms_lenses(self) -> tuple[float, float] | None:
        """Through which lenses rooms of `extra_data` are seen; None for NYU's."""
        if self.focal_length is None:
            return None
        return self.rooms_lenses or LENSES

    @property
    def extra_rooms_hand_held(self) -> float:
        """The share of rooms of `extra_data` that a camera sees that is carried about."""
        return HAND_HELD if self.rooms_hand_held is None else self.rooms_hand_held

    @property
    def _renders_rooms(self) -> bool:
        if self.dataset == "rooms" and self.data_dir is None:
            return True
        return any(each.dataset == "rooms" and not each.path for each in self.extra_sources)

    def _check_rooms_hand_held(self, share: float) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"`rooms_hand_held` is a share in 0..1. Received: {share}")
        if not self._renders_rooms:
            raise ValueError(
                "`rooms_hand_held` is for rooms that are rendered while training: "
                "`dataset='rooms'` without `data_dir`, or `rooms` in `extra_data`. "
                f"Received: {share}"
            )

    def _check_rooms_lens(self) -> None:
        """Lenses need rooms to look at, and one camera to which their depth is brought."""
        if not self._renders_rooms:
            raise ValueError(
                "`rooms_lens` is for rooms that are rendered while training: `dataset='rooms'` "
                f"without `data_dir`, or `rooms` in `extra_data`. Received: '{self.rooms_lens}'"
            )
        if self.focal_length is None:
            raise ValueError(
                "`rooms_lens` needs `focal_length`, of the camera to which depth is brought (NYU's "
                f"0.8107): to several cameras at once the same thing looks differently large. "
                f"Received: '{self.rooms_lens}'"
            )

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
