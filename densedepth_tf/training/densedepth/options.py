"""What a training of DenseDepth can be told."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from densedepth_tf.training.data_options import AUGMENTATION, DATA
from densedepth_tf.training.densedepth.picture_frame import FrameName
from densedepth_tf.training.option import option
from densedepth_tf.training.option_values import check_at_least, check_shares
from densedepth_tf.training.options import OPTIMISATION, Optimizer, Schedule
from densedepth_tf.training.supervised_options import SupervisedOptions
from densedepth_tf.training.weighted_names import WeightedName, weighted_names

TEACHER = "teacher"


@dataclass(frozen=True)
class DenseDepthOptions(SupervisedOptions):
    """Options of a `DenseDepthTraining`; defaults as published (Alhashim & Wonka 2018)."""

    model: ClassVar[str] = "densedepth"
    side_multiple: ClassVar[int] = 32

    image_size: str = option("480x640", "HEIGHTxWIDTH the network sees, multiples of 32", DATA)
    max_depth: float = 10.0
    batch_size: int = 8
    channel_swap: float = option(
        0.25, "probability of a channel permutation (official code: 0.5)", AUGMENTATION
    )
    optimizer: Optimizer = "amsgrad"
    learning_rate: float = 1e-4
    schedule: Schedule = "plateau"

    encoder: str = option("densenet169", "e.g. densenet121")
    variant: str = option(
        "repo",
        "decoder of the official training code: repo; of the paper and its weights: official",
    )
    encoder_weights: str = option(
        "imagenet", "imagenet (downloaded), none, or a file of the encoder's weights", reads=True
    )
    start_from: str | None = option(
        None, "a preset or checkpoint of the same network to go on from", reads=True
    )
    decoder_filters: list[int] | None = option(
        None, "five widths of the decoder, e.g. [256,160,96,48,32]", most=65_536
    )
    batch_norm_momentum: float | None = option(
        None,
        "of the moving statistics; default: the encoder's, less in runs too short for it",
        OPTIMISATION,
    )
    freeze_encoder: int = option(
        0, "the encoder stays as it was for so many epochs, then learns as well", OPTIMISATION
    )
    relative_weight: float = option(
        0.0, "weight in the loss of the mean relative error of inverse depth", OPTIMISATION
    )
    loss_terms: dict[str, float] | None = option(
        None, "weights of further terms of the loss by name, e.g. '{relative: 0.5}'", OPTIMISATION
    )
    teacher: str | list[str] | None = option(
        None,
        "a checkpoint whose predictions become a part of the target; or several, each as "
        "CHECKPOINT:WEIGHT, of which the geometric mean is taken",
        TEACHER,
        reads=True,
    )
    teacher_weight: float = option(
        0.5, "its share of the target where depth is known, in 0..1", TEACHER
    )
    teacher_frame: FrameName = option(
        "none",
        "what is painted over the margins of the images that teachers are shown: nyu, the white "
        "frame of NYU's images, for those that know no other",
        TEACHER,
    )
    teach_metres: bool = option(
        False,
        "of further photographs without depth the teacher's metres are learnt, not the shape alone",
        TEACHER,
    )
    pseudo_labels: str | list[str] | None = option(
        None,
        "checkpoints as of `teacher`, whose depth of each further photograph without depth, seen "
        "whole and unchanged, is taken for its truth",
        TEACHER,
        reads=True,
    )
    mixup: float = option(
        0.0,
        "probability of mixing an image with another, whose depth the teacher alone knows",
        TEACHER,
    )

    @override
    def check(self) -> None:
        super().check()
        check_shares(self, "teacher_weight", "mixup")
        weighted_names("teacher", self.teacher)
        if self.mixup and not self.teacher:
            raise ValueError(
                "`mixup` needs `teacher`: only a teacher knows the depth of mixed images. "
                f"Received: {self.mixup}"
            )
        weighted_names("pseudo_labels", self.pseudo_labels)
        if self.pseudo_labels and not self.extra_data:
            raise ValueError(
                "`pseudo_labels` are for photographs without depth: pass them as `extra_data`. "
                f"Received: {self.pseudo_labels}"
            )
        if self.teach_metres and not self.teacher:
            raise ValueError(
                "`teach_metres` needs `teacher`, whose metres of photographs without depth are "
                f"learnt. Received: {self.teach_metres}"
            )
        if not self.relative_weight >= 0:
            raise ValueError(f"`relative_weight` is at least 0. Received: {self.relative_weight}")
        if self.start_from and self.encoder_weights not in ("imagenet", "none"):
            raise ValueError(
                "`start_from` brings the encoder's weights along: pass it or `encoder_weights`, "
                f"not both. Received: '{self.start_from}' and '{self.encoder_weights}'"
            )
        check_at_least(self, 0, "freeze_encoder")
        if self.batch_norm_momentum is not None and not 0 <= self.batch_norm_momentum < 1:
            raise ValueError(
                f"`batch_norm_momentum` is in [0, 1). Received: {self.batch_norm_momentum}"
            )

    @property
    def teachers(self) -> list[WeightedName]:
        """The checkpoints that `teacher` names, and their weights in the mean."""
        return weighted_names("teacher", self.teacher)

    @property
    def labellers(self) -> list[WeightedName]:
        """The checkpoints that `pseudo_labels` names, and their weights in the mean."""
        return weighted_names("pseudo_labels", self.pseudo_labels)

    @property
    @override
    def run_name(self) -> str:
        return f"{self.model}-{self.encoder}-{self.dataset}"

    @property
    @override
    def starting_model(self) -> str | None:
        return self.start_from

    @property
    @override
    def teacher_names(self) -> list[str]:
        return list(dict.fromkeys(name for name, _ in (*self.teachers, *self.labellers)))

    @property
    @override
    def first_weights(self) -> str | None:
        return self.start_from or self.encoder_weights
