"""What a training can be told about views, ablations, sequences and their camera."""

from dataclasses import dataclass
from typing import Any, Literal

from densedepth_tf.data.sequence_datasets import SequenceOptions
from densedepth_tf.data.sequences.intrinsics_source import IntrinsicsSource
from densedepth_tf.data.sequences.sequence_source import STEREO, FrameOffset
from densedepth_tf.training.option import flag, height_width, option

GROUP, SEQUENCES = "monodepth2", "consecutive frames"


def _option(default: Any, group: str, help: str) -> Any:
    return option(default, group, help, "monodepth2")


@dataclass(frozen=True)
class Monodepth2Options:
    """The part of `TrainingConfig` that learning from sequences needs.

    Raises:
        ValueError: If values are out of range or exclude each other; the message names the flag.
    """

    supervision: Literal["mono", "stereo", "mono+stereo"] = _option(
        "mono", GROUP, "what a frame is explained by: its neighbours in time, its stereo partner"
    )
    frame_step: int = _option(1, GROUP, "neighbours are so many frames before and after")
    initial_depth: float | None = _option(
        None, GROUP, "what the untrained network sees, in units; default: 0.2, as published"
    )
    pose_encoder: Literal["separate", "shared"] = _option(
        "separate", GROUP, "shared: the pose network looks at the depth encoder's features"
    )
    mask: Literal["auto", "predictive", "none"] = _option(
        "auto", GROUP, "auto: leave out pixels that do not move with the camera"
    )
    reprojection: Literal["minimum", "average"] = _option(
        "minimum", GROUP, "how the errors of several neighbours become one"
    )
    full_resolution: bool = _option(
        True, GROUP, "compare the coarse scales at full size; no: each at its own"
    )
    ssim_weight: float = _option(0.85, GROUP, "share of SSIM in the photometric error")
    smoothness_weight: float = _option(1e-3, GROUP, "weight of edge-aware smoothness")
    color_jitter: float = _option(
        0.5, GROUP, "probability of changed brightness, contrast, saturation and hue"
    )

    split_file: str | None = option(None, SEQUENCES, "training frames, lines 'folder frame side'")
    validation_split_file: str | None = option(None, SEQUENCES, "the same for validation")
    every: int = option(1, SEQUENCES, "every N-th frame of --dataset sequence only")
    static_shift: float = _option(
        5e-4, SEQUENCES, "leave out frames that move by less of the longer side, 0 = none"
    )
    intrinsics: str | None = option(
        None,
        SEQUENCES,
        "fx,fy,cx,cy in pixels of the frames, or in shares of their width and height; for "
        "--dataset sequence",
    )
    intrinsics_size: str | None = option(
        None, SEQUENCES, "HEIGHTxWIDTH that --intrinsics belong to; default: the frames' own"
    )
    hfov: float | None = option(
        None, SEQUENCES, "instead: degrees from the left to the right border"
    )
    camera: str | None = option(None, SEQUENCES, "instead: a known camera, e.g. 7scenes")

    def __post_init__(self):
        for name in ("ssim_weight", "color_jitter"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{flag(name)} is in [0, 1]. Received: {getattr(self, name)}")
        for name in ("smoothness_weight", "static_shift"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{flag(name)} is at least 0. Received: {getattr(self, name)}")
        for name in ("frame_step", "every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{flag(name)} is at least 1. Received: {getattr(self, name)}")
        if self.pose_encoder == "shared" and self.supervision == "stereo":
            raise ValueError(
                "--pose-encoder shared needs neighbours in time. Received: --supervision stereo"
            )
        self.camera_source()

    @property
    def frame_offsets(self) -> tuple[FrameOffset, ...]:
        """The neighbours of a frame that its supervision asks for."""
        in_time = () if self.supervision == "stereo" else (-self.frame_step, self.frame_step)
        return in_time if self.supervision == "mono" else (*in_time, STEREO)

    def camera_source(self) -> IntrinsicsSource | None:
        """The camera that the flags describe; None if they do not."""
        given = (self.intrinsics, self.intrinsics_size, self.hfov, self.camera)
        if all(option is None for option in given):
            return None
        numbers = None
        if self.intrinsics is not None:
            try:
                numbers = tuple(float(part) for part in self.intrinsics.split(","))
            except ValueError as error:
                raise ValueError(
                    f"--intrinsics are fx,fy,cx,cy in pixels. Received: '{self.intrinsics}'"
                ) from error
        size = self.intrinsics_size and height_width("intrinsics_size", self.intrinsics_size)
        return IntrinsicsSource(numbers, size, self.hfov, self.camera)

    def sequence_options(self, split: str) -> SequenceOptions:
        """How the frames of a split are found."""
        path = self.split_file if split == "train" else self.validation_split_file
        return SequenceOptions(
            split_file=path,
            camera=self.camera_source(),
            every=self.every,
            strict=self.strict,
        )
