"""Options of learning from a teacher, and of the loss that goes with it."""

from dataclasses import dataclass

from densedepth_tf.training.option import flag, option


@dataclass(frozen=True)
class DistillationOptions:
    """The part of `TrainingConfig` that is about a teacher; see `Distillation`."""

    teacher: str | None = option(
        None, "teacher", "a checkpoint whose predictions become a part of the target", "densedepth"
    )
    teacher_weight: float = option(
        0.5, "teacher", "its share of the target where depth is known, in 0..1", "densedepth"
    )
    mixup: float = option(
        0.0,
        "teacher",
        "probability of mixing an image with another, whose depth the teacher alone knows",
        "densedepth",
    )
    relative_weight: float = option(
        0.0,
        "optimisation",
        "weight in the loss of the mean relative error of inverse depth",
        "densedepth",
    )

    def check_distillation(self) -> None:
        """Raises ValueError for values out of range, naming the flag."""
        for name in ("teacher_weight", "mixup"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{flag(name)} is in [0, 1]. Received: {getattr(self, name)}")
        if self.mixup and not self.teacher:
            raise ValueError(
                "--mixup needs --teacher: only a teacher knows the depth of mixed images. "
                f"Received: {self.mixup}"
            )
        if not self.relative_weight >= 0:
            raise ValueError(f"--relative-weight is at least 0. Received: {self.relative_weight}")
