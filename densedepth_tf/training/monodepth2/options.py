"""What a training of Monodepth2 can be told: views, ablations and its network."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from typing_extensions import override

from densedepth_tf.checkpoints import MODEL_FILE, POSE_FILE
from densedepth_tf.data.datasets import NEIGHBOUR_DATASETS
from densedepth_tf.data.sequences.sequence_source import STEREO, FrameOffset
from densedepth_tf.training.data_options import DATA
from densedepth_tf.training.option import option
from densedepth_tf.training.option_values import check_at_least, check_shares
from densedepth_tf.training.options import Optimizer, Schedule, TrainingOptions


@dataclass(frozen=True)
class Monodepth2Options(TrainingOptions):
    """Options of a `SelfSupervisedTraining`; defaults as published (Godard et al. 2019)."""

    model: ClassVar[str] = "monodepth2"
    side_multiple: ClassVar[int] = 32
    model_files: ClassVar[tuple[str, ...]] = (MODEL_FILE, POSE_FILE)

    dataset: str = "sequence"
    image_size: str = option("192x640", "HEIGHTxWIDTH the network sees, multiples of 32", DATA)
    min_depth: float = option(0.1, "smallest depth in the unit of depth", most=1e6, least=1e-6)
    max_depth: float = option(100.0, "largest depth in the unit of depth", most=1e6)
    batch_size: int = 12
    optimizer: Optimizer = "adam"
    learning_rate: float = 1e-4
    epsilon: float = 1e-8
    epsilon_place: Literal["before", "after"] = "after"
    schedule: Schedule = "step"

    encoder: str = option("resnet18", "e.g. resnet50")
    encoder_weights: str = option(
        "imagenet", "imagenet (downloaded), none, or a file of the encoder's weights", reads=True
    )
    freeze_encoder: int = option(
        0, "the encoder stays as it was for so many epochs, then learns as well", fixed=False
    )
    supervision: Literal["mono", "stereo", "mono+stereo"] = option(
        "mono", "what a frame is explained by: its neighbours in time, its stereo partner"
    )
    frame_step: int = option(1, "neighbours are so many frames before and after")
    initial_depth: float | None = option(
        None, "what the untrained network sees, in units; default: 0.2, as published"
    )
    pose_encoder: Literal["separate", "shared"] = option(
        "separate", "shared: the pose network looks at the depth encoder's features"
    )
    mask: Literal["auto", "predictive", "none"] = option(
        "auto", "auto: leave out pixels that do not move with the camera"
    )
    reprojection: Literal["minimum", "average"] = option(
        "minimum", "how the errors of several neighbours become one", fixed=False
    )
    full_resolution: bool = option(
        True, "compare the coarse scales at full size; no: each at its own", fixed=False
    )
    ssim_weight: float = option(0.85, "share of SSIM in the photometric error", fixed=False)
    smoothness_weight: float = option(1e-3, "weight of edge-aware smoothness", fixed=False)
    color_jitter: float = option(
        0.5, "probability of changed brightness, contrast, saturation and hue", fixed=False
    )
    static_shift: float = option(
        5e-4, "leave out frames that move by less of the longer side, 0 = none", fixed=False
    )

    @override
    def check(self) -> None:
        super().check()
        check_shares(self, "ssim_weight", "color_jitter")
        check_at_least(self, 0, "smoothness_weight", "static_shift", "freeze_encoder")
        check_at_least(self, 1, "frame_step")
        if self.pose_encoder == "shared" and self.supervision == "stereo":
            raise ValueError(
                "`pose_encoder='shared'` needs neighbours in time. Received: supervision='stereo'"
            )

    @override
    def datasets(self) -> Iterable[str]:
        return NEIGHBOUR_DATASETS

    @property
    def frame_offsets(self) -> tuple[FrameOffset, ...]:
        """The neighbours of a frame that its supervision asks for."""
        in_time = () if self.supervision == "stereo" else (-self.frame_step, self.frame_step)
        return in_time if self.supervision == "mono" else (*in_time, STEREO)

    @property
    @override
    def run_name(self) -> str:
        return f"{self.model}-{self.encoder}-{self.dataset}"

    @property
    @override
    def first_weights(self) -> str | None:
        return self.encoder_weights

    @override
    def depth_in_words(self) -> str:
        if self.supervision == "mono":
            return (
                "Relative depth: learned from one moving camera, it has no unit. `predict.py "
                "--calibrate` gives it one."
            )
        return "Metres, whose scale comes from the distance of the two cameras of a stereo pair."
