"""Everything a training run can be told, its defaults and its checks."""

import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from densedepth_tf.data.sources import DATASETS

MODELS = ("densedepth",)
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


def _option(default: Any, group: str, help: str) -> Any:
    return field(default=default, metadata={"group": group, "help": help})


@dataclass(frozen=True)
class TrainingConfig:
    """Options of `train.py`; every field is a flag and a key of the YAML file.

    Raises:
        ValueError: If values are out of range or exclude each other; the message names the flag.
    """

    model: str = _option("densedepth", "model", f"the system to train: {', '.join(MODELS)}")
    encoder: str = _option("densenet169", "model", "name of the encoder, e.g. densenet121")
    variant: str = _option("repo", "model", "decoder of the official training code: repo; of the "
                           "paper and its weights: official")  # fmt: skip
    encoder_weights: str = _option(
        "imagenet", "model", "imagenet (downloaded), none, or a keras.applications weights file"
    )
    decoder_filters: list[int] | None = _option(  # noqa: RUF009
        None, "model", "five widths of the decoder, e.g. [256,160,96,48,32]; default: the variant's"
    )
    min_depth: float = _option(0.1, "model", "smallest depth in metres")
    max_depth: float = _option(10.0, "model", "largest depth in metres")

    dataset: str = _option("rooms", "data", f"what to train on: {', '.join(DATASETS)}")
    data_dir: str | None = _option(None, "data", "folder or file of the data set; see docs/data.md")
    depth_scale: float | None = _option(
        None, "data", "metres per unit of the depth files; default: by bit depth"
    )
    holdout_every: int = _option(0, "data", "k: every k-th training row is kept for validation")
    validation_split: Literal["validation", "test"] = _option(
        "validation", "data", "split that chooses the best checkpoint"
    )
    num_images: int | None = _option(None, "data", "at most so many training images")
    num_validation_images: int | None = _option(None, "data", "at most so many for validation")
    image_size: str = _option("480x640", "data", "HEIGHTxWIDTH the network sees, multiples of 32")
    cache: bool = _option(False, "data", "keep decoded samples in memory")
    strict: bool = _option(False, "data", "stop at the first unreadable sample, do not skip it")

    flip: float = _option(0.5, "augmentation", "probability of a horizontal flip")
    channel_swap: float = _option(
        0.25, "augmentation", "probability of a channel permutation (official code: 0.5)"
    )
    scale_crop: float = _option(1.0, "augmentation", "largest zoom of a random crop, 1 = none")
    color: float = _option(0.0, "augmentation", "half-width of random channel factors, 0 = none")

    epochs: int = _option(20, "optimisation", "passes over the training images")
    batch_size: int = _option(8, "optimisation", "images in a step, over all devices")
    steps_per_epoch: int | None = _option(
        None, "optimisation", "steps of an epoch; default: one pass over the images"
    )
    optimizer: Literal["adam", "adamw"] = _option(
        "adam", "optimisation", "adam: with amsgrad, as published; adamw: decoupled weight decay"
    )
    learning_rate: float = _option(1e-4, "optimisation", "the (largest) learning rate")
    weight_decay: float = _option(1e-4, "optimisation", "of adamw")
    schedule: Literal["plateau", "cosine", "constant"] = _option(
        "plateau", "optimisation", "plateau: x0.7 after 5 epochs without gain, as published"
    )
    warmup_epochs: float = _option(1.0, "optimisation", "epochs of rising rate, for cosine")
    clip_norm: float | None = _option(None, "optimisation", "largest global norm of gradients")
    gradient_accumulation: int = _option(1, "optimisation", "steps whose gradients are averaged")
    ema: float = _option(0.0, "optimisation", "momentum of averaged weights, 0 = off, e.g. 0.999")
    batch_norm_momentum: float | None = _option(
        None,
        "optimisation",
        "of the moving statistics; short runs need 0.9. Default: the encoder's",
    )
    early_stopping: int = _option(0, "optimisation", "epochs without gain before stopping, 0 = off")
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = _option(
        "float32", "optimisation", "of the network; output and loss stay float32"
    )
    strategy: Literal["none", "mirrored"] = _option(
        "none", "optimisation", "mirrored: one replica on every GPU of this machine"
    )
    seed: int = _option(0, "optimisation", "of weights, order and augmentation")

    workdir: str = _option("", "run", "folder of the run; default: runs/<model>-<encoder>-<data>")
    overwrite: bool = _option(False, "run", "discard an earlier run in this folder")

    def __post_init__(self):
        self._check_choice("model", MODELS)
        self._check_choice("dataset", DATASETS)
        for name in (
            "epochs", "batch_size", "gradient_accumulation", "steps_per_epoch",
            "num_images", "num_validation_images",
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{_flag(name)} is at least 1. Received: {value}")
        for name in ("holdout_every", "early_stopping", "warmup_epochs", "weight_decay"):
            if getattr(self, name) < 0:
                raise ValueError(f"{_flag(name)} is at least 0. Received: {getattr(self, name)}")
        if self.holdout_every == 1:
            raise ValueError("--holdout-every 1 leaves nothing to train on. Received: 1")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"--seed is in 0..2**32-1. Received: {self.seed}")
        if self.cache and self.dataset == "tfrecord":
            raise ValueError(
                "--cache does not apply to --dataset tfrecord, whose records are read as a stream. "
                "Received: True"
            )
        if not self.learning_rate > 0:
            raise ValueError(f"--learning-rate is above 0. Received: {self.learning_rate}")
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise ValueError(f"--clip-norm is above 0. Received: {self.clip_norm}")
        if self.batch_norm_momentum is not None and not 0 <= self.batch_norm_momentum < 1:
            raise ValueError(
                f"--batch-norm-momentum is in [0, 1). Received: {self.batch_norm_momentum}"
            )
        if not 0 <= self.ema < 1:
            raise ValueError(f"--ema is in [0, 1). Received: {self.ema}")
        if self.strategy == "mirrored" and self.gradient_accumulation > 1:
            raise ValueError(
                "--gradient-accumulation does not work with --strategy mirrored in Keras 3: use "
                f"a smaller --batch-size. Received: {self.gradient_accumulation}"
            )
        height, width = self.image_height_width
        if height % 32 or width % 32:
            raise ValueError(
                "--image-size is HEIGHTxWIDTH in multiples of 32, e.g. 480x640. "
                f"Received: {self.image_size}"
            )

    def _check_choice(self, name: str, choices: tuple[str, ...]) -> None:
        if getattr(self, name) not in choices:
            raise ValueError(
                f"{_flag(name)} is one of {', '.join(choices)}. Received: '{getattr(self, name)}'"
            )

    @property
    def image_height_width(self) -> tuple[int, int]:
        """`image_size` as two integers."""
        height, _, width = self.image_size.lower().partition("x")
        if not (height.isdecimal() and width.isdecimal() and int(height) and int(width)):
            raise ValueError(
                "--image-size is HEIGHTxWIDTH in multiples of 32, e.g. 480x640. "
                f"Received: {self.image_size}"
            )
        return int(height), int(width)

    @property
    def run_folder(self) -> Path:
        """Where the run lives."""
        return Path(
            self.workdir or os.path.join("runs", f"{self.model}-{self.encoder}-{self.dataset}")
        )

    def to_dict(self) -> dict[str, Any]:
        """All options as plain values, for the run's `config.yaml`."""
        return dataclasses.asdict(self)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
