"""What every training can be told, whatever it trains."""

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from densedepth_tf.checkpoints import MODEL_FILE
from densedepth_tf.training.data_options import DataOptions
from densedepth_tf.training.option import declared, option
from densedepth_tf.training.option_values import check_at_least, check_values

OPTIMISATION, RUN = "optimisation", "run"
Optimizer = Literal["amsgrad", "adam", "adamw", "sgd"]
Schedule = Literal["plateau", "step", "cosine", "constant"]


@dataclass(frozen=True)
class TrainingOptions(DataOptions):
    """Options of `train.py`; every field is a flag and a key of the YAML file.

    A model family has a subclass with the defaults it was published with, options of its own and
    a `check` that adds theirs.

    Attributes:
        model: The family's name, see `families`.
        side_multiple: What the sides of `image_size` are multiples of.
        model_files: What the run folder calls the models that it keeps.

    Raises:
        ValueError: If values are out of range or exclude each other; the message names the option.
    """

    model: ClassVar[str]
    side_multiple: ClassVar[int] = 1
    model_files: ClassVar[tuple[str, ...]] = (MODEL_FILE,)

    min_depth: float = option(0.1, "smallest depth in metres", most=1e6, least=1e-6)
    max_depth: float = option(10.0, "largest depth in metres", most=1e6)

    epochs: int = option(20, "passes over the training images", OPTIMISATION, most=10**6)
    batch_size: int = option(8, "images in a step, over all devices", OPTIMISATION, most=65_536)
    steps_per_epoch: int | None = option(
        None, "steps of an epoch; default: one pass over the images", OPTIMISATION
    )
    optimizer: Optimizer = option(
        "adam",
        "adamw: decoupled weight decay; sgd: momentum 0.9",
        OPTIMISATION,
        fixed=True,
    )
    learning_rate: float = option(
        1e-4, "the (largest) learning rate", OPTIMISATION, most=1e30, least=1e-12
    )
    weight_decay: float = option(1e-4, "of adamw", OPTIMISATION)
    epsilon: float = option(1e-7, "of adam, amsgrad and adamw", OPTIMISATION, least=1e-30)
    epsilon_place: Literal["before", "after"] = option(
        "before",
        "epsilon is added before bias correction, as in Keras, or after, as in PyTorch",
        OPTIMISATION,
        fixed=True,
    )
    schedule: Schedule = option(
        "constant",
        "plateau: x0.7 after 5 epochs without gain; step: /10 after 3/4 of the epochs",
        OPTIMISATION,
        fixed=True,
    )
    warmup_epochs: float = option(1.0, "epochs of rising rate, for cosine", OPTIMISATION)
    clip_norm: float | None = option(None, "largest global norm of gradients", OPTIMISATION)
    gradient_accumulation: int = option(
        1, "steps whose gradients are averaged", OPTIMISATION, most=10**6, fixed=True
    )
    ema: float = option(
        0.0, "momentum of averaged weights, 0 = off, e.g. 0.999", OPTIMISATION, fixed=True
    )
    early_stopping: int = option(0, "epochs without gain before stopping, 0 = off", OPTIMISATION)
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = option(
        "float32", "of the network; output and loss stay float32", OPTIMISATION, fixed=True
    )
    strategy: Literal["none", "mirrored", "multi-worker"] = option(
        "none",
        "mirrored: one replica on every GPU of this machine; multi-worker: on those of several "
        "hosts, see docs/several_machines.md",
        OPTIMISATION,
        fixed=True,
    )
    sync_batch_norm: bool = option(
        False,
        "batch normalisation sees the images of all replicas together, not each its own",
        OPTIMISATION,
        fixed=True,
    )
    seed: int = option(
        0, "of weights, order and augmentation", OPTIMISATION, most=2**32 - 1, fixed=True
    )
    xla: Literal["auto", "always", "never"] = option(
        "auto", "compile the training step by XLA; auto: on a single GPU", OPTIMISATION
    )

    workdir: str = option(
        "",
        "folder of the run, here or at s3://, gs://; default: runs/<model>-<encoder>-<data>",
        RUN,
        fixed=True,
    )
    keep: Literal["best", "last"] = option(
        "best",
        "best: model.keras is of the epoch of smallest validation loss; last: of the last one, for "
        "when too few rows are held out to choose by",
        RUN,
    )
    keep_backup: bool = option(
        False, "keep the state of a finished run as well, for going on with more `epochs`", RUN
    )
    overwrite: bool = option(False, "discard an earlier run in this folder", RUN)
    workers: str | None = option(
        None, "of multi-worker: host:port of all hosts, the same everywhere; or set TF_CONFIG", RUN
    )
    worker_index: int | None = option(
        None, "of multi-worker: which of `workers` this host is, from 0; the first writes", RUN
    )
    worker_timeout: int = option(
        300, "of multi-worker: seconds that hosts wait for each other at the start", RUN
    )

    def __post_init__(self) -> None:
        check_values(self)
        self.check()

    def check(self) -> None:
        """Raises ValueError for values that cannot be used; the message names the option."""
        super().check()
        check_at_least(self, 1, "epochs", "batch_size", "gradient_accumulation", "steps_per_epoch")
        check_at_least(self, 1, "worker_timeout")
        check_at_least(self, 0, "early_stopping", "warmup_epochs", "weight_decay", "worker_index")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"`seed` is in 0..2**32-1. Received: {self.seed}")
        if self.warmup_epochs > self.epochs:
            raise ValueError(
                f"`warmup_epochs` is at most `epochs` ({self.epochs}), or the rate would never "
                f"have risen. Received: {self.warmup_epochs}"
            )
        if not 0 < self.min_depth < self.max_depth:
            raise ValueError(
                "`min_depth` is above 0 and below `max_depth`. "
                f"Received: {self.min_depth} and {self.max_depth}"
            )
        for name in ("learning_rate", "epsilon", "clip_norm"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"`{name}` is above 0. Received: {value}")
        if not 0 <= self.ema < 1:
            raise ValueError(f"`ema` is in [0, 1). Received: {self.ema}")
        self._check_strategy()
        if any(side % self.side_multiple for side in self.image_height_width):
            raise ValueError(
                f"`image_size` is HEIGHTxWIDTH in multiples of {self.side_multiple}, e.g. 480x640. "
                f"Received: {self.image_size}"
            )

    def _check_strategy(self) -> None:
        for name in ("workers", "worker_index"):
            if getattr(self, name) is not None and self.strategy != "multi-worker":
                raise ValueError(
                    f"`{name}` belongs to `strategy='multi-worker'`. Received: "
                    f"`strategy='{self.strategy}'`"
                )
        if self.strategy != "none" and self.xla == "always":
            raise ValueError(
                f"`xla='always'` is for a single device. Received: `strategy='{self.strategy}'`"
            )
        if self.sync_batch_norm and self.strategy == "none":
            raise ValueError(
                "`sync_batch_norm` is for `strategy='mirrored'` and `strategy='multi-worker'`; one "
                "replica sees the whole batch. Received: `strategy='none'`"
            )

    @property
    def names_range(self) -> bool:
        """Whether the range of depth is another one than the model was published with."""
        published = declared(type(self))
        return any(
            getattr(self, name) != published[name].default for name in ("min_depth", "max_depth")
        )

    @property
    def run_name(self) -> str:
        """What a run is called that is not given a folder."""
        return f"{self.model}-{self.dataset}"

    @property
    def run_folder(self) -> Path:
        """Where the run lives."""
        return Path(self.workdir or os.path.join("runs", self.run_name))

    @property
    def starting_model(self) -> str | None:
        """A trained model that the weights begin as: a preset's name or a path."""
        return None

    @property
    def teacher_names(self) -> list[str]:
        """Models whose predictions are a part of what is learnt: presets' names or paths."""
        return []

    @property
    def first_weights(self) -> str | None:
        """Where weights come from that are not random, a trained model's or an encoder's."""
        return self.starting_model

    @property
    def epochs_before_model(self) -> int:
        """Epochs that trained something else than the model that the run keeps."""
        return 0

    def depth_in_words(self) -> str:
        """What the model's depth is, as sentences of its card."""
        return (
            f"{self.min_depth:g} to {self.max_depth:g} metres; what is nearer or farther is given "
            "as that."
        )

    def to_dict(self) -> dict[str, Any]:
        """All options as plain values, for the run's `config.yaml`."""
        return {"model": self.model, **dataclasses.asdict(self)}
