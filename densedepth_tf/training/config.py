"""Everything a training run can be told, its defaults and its checks."""

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from densedepth_tf.data.datasets import DATASETS, NEIGHBOUR_DATASETS
from densedepth_tf.data.holdout import check_holdout
from densedepth_tf.files.depth.depth_scale import SMALLEST_SCALE
from densedepth_tf.training.defaults import DEFAULTS
from densedepth_tf.training.densedepth.distillation_options import DistillationOptions
from densedepth_tf.training.eigen.eigen_options import EigenOptions
from densedepth_tf.training.monodepth2.monodepth2_options import Monodepth2Options
from densedepth_tf.training.option import MODELS, applies, flag, height_width, option
from densedepth_tf.training.option_values import check_choice, check_values

WITH_ENCODER = ("densedepth", "monodepth2")
SUPERVISED = ("densedepth", "eigen")


@dataclass(frozen=True)
class TrainingConfig(DistillationOptions, EigenOptions, Monodepth2Options):
    """Options of `train.py`; every field is a flag and a key of the YAML file.

    Options that are None take what the model was published with (`DEFAULTS`).

    Raises:
        ValueError: If values are out of range, exclude each other or do not apply to the model;
            the message names the flag.
    """

    model: str = option("densedepth", "model", f"the system to train: {', '.join(MODELS)}")
    encoder: str | None = option(
        None, "model", "e.g. densenet121; default: densenet169, resnet18", *WITH_ENCODER
    )
    variant: str = option("repo", "model", "decoder of the official training code: repo; of the "
                          "paper and its weights: official", "densedepth")  # fmt: skip
    encoder_weights: str = option(
        "imagenet",
        "model",
        "imagenet (downloaded), none, or a file of the encoder's weights",
        *WITH_ENCODER,
    )
    start_from: str | None = option(
        None,
        "model",
        "a preset or checkpoint of the same network to go on from",
        "densedepth",
    )
    decoder_filters: list[int] | None = option(  # noqa: RUF009
        None, "model", "five widths of the decoder, e.g. [256,160,96,48,32]", "densedepth"
    )
    min_depth: float = option(0.1, "model", "smallest depth in metres (monodepth2: in its unit)")
    max_depth: float | None = option(None, "model", "largest depth; default: 10, monodepth2: 100")

    dataset: str | None = option(
        None, "data", f"what to train on: {', '.join(DATASETS)}; default: rooms, sequence"
    )
    data_dir: str | None = option(None, "data", "folder or file of the data set; see docs/data.md")
    depth_scale: float | None = option(
        None, "data", "metres per unit of the depth files; default: by bit depth", *SUPERVISED
    )
    holdout_every: int = option(0, "data", "k: every k-th training row is kept for validation")
    holdout_block: int = option(
        1, "data", "n: blocks of n consecutive rows are kept together, as scenes are neighbours"
    )
    validation_split: Literal["validation", "test"] = option(
        "validation", "data", "split that chooses the best checkpoint"
    )
    num_images: int | None = option(None, "data", "at most so many training images")
    num_validation_images: int | None = option(None, "data", "at most so many for validation")
    image_size: str | None = option(
        None,
        "data",
        "HEIGHTxWIDTH the network sees, multiples of 32 (eigen: any from 55x55); "
        "default: 480x640, 192x640, 228x304",
    )
    cache: bool = option(False, "data", "keep decoded samples in memory")
    strict: bool = option(False, "data", "stop at the first unreadable sample, do not skip it")

    flip: float = option(0.5, "augmentation", "probability of a horizontal flip")
    channel_swap: float | None = option(
        None,
        "augmentation",
        "probability of a channel permutation; default: 0.25 (official code: 0.5), eigen: 0",
    )
    scale_crop: float | None = option(
        None, "augmentation", "largest zoom of a random crop, 1 = none; default: 1, eigen: 1.5"
    )
    color: float | None = option(
        None, "augmentation", "half-width of random channel factors; default: 0, eigen: 0.2"
    )
    rotation: float | None = option(
        None, "augmentation", "largest rotation in degrees either way; default: 0, eigen: 5"
    )
    jitter: float = option(
        0.0, "augmentation", "probability of changed brightness, contrast, saturation and hue",
        *SUPERVISED,
    )  # fmt: skip

    epochs: int = option(20, "optimisation", "passes over the training images")
    batch_size: int | None = option(
        None, "optimisation", "images in a step, over all devices; default: 8, 12, 32"
    )
    steps_per_epoch: int | None = option(
        None, "optimisation", "steps of an epoch; default: one pass over the images"
    )
    optimizer: Literal["amsgrad", "adam", "adamw", "sgd"] | None = option(
        None,
        "optimisation",
        "adamw: decoupled weight decay; sgd: momentum 0.9, in eigen a rate "
        "per layer; default: amsgrad, adam, sgd, as published",
    )
    learning_rate: float | None = option(
        None, "optimisation", "the (largest) learning rate; default: 1e-4, eigen: 1e-3"
    )
    weight_decay: float = option(1e-4, "optimisation", "of adamw")
    epsilon: float | None = option(
        None, "optimisation", "of adam, amsgrad and adamw; default: 1e-7, monodepth2: 1e-8"
    )
    epsilon_place: Literal["before", "after"] | None = option(
        None, "optimisation", "epsilon is added before bias correction, as in Keras, or after, as "
        "in PyTorch; default: before, monodepth2: after, as published",
    )  # fmt: skip
    schedule: Literal["plateau", "step", "cosine", "constant"] | None = option(
        None, "optimisation", "plateau: x0.7 after 5 epochs without gain; step: /10 after 3/4 of "
        "the epochs; default: plateau, step, constant, as published",
    )  # fmt: skip
    warmup_epochs: float = option(1.0, "optimisation", "epochs of rising rate, for cosine")
    clip_norm: float | None = option(None, "optimisation", "largest global norm of gradients")
    gradient_accumulation: int = option(1, "optimisation", "steps whose gradients are averaged")
    ema: float = option(0.0, "optimisation", "momentum of averaged weights, 0 = off, e.g. 0.999")
    batch_norm_momentum: float | None = option(
        None,
        "optimisation",
        "of the moving statistics; default: the encoder's, less in runs too short for it",
        "densedepth",
    )
    early_stopping: int = option(0, "optimisation", "epochs without gain before stopping, 0 = off")
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = option(
        "float32", "optimisation", "of the network; output and loss stay float32"
    )
    strategy: Literal["none", "mirrored"] = option(
        "none", "optimisation", "mirrored: one replica on every GPU of this machine"
    )
    seed: int = option(0, "optimisation", "of weights, order and augmentation")

    workdir: str = option("", "run", "folder of the run; default: runs/<model>-<encoder>-<data>")
    keep: Literal["best", "last"] = option(
        "best", "run", "best: model.keras is of the epoch of smallest validation loss; last: of "
        "the last one, for when too few rows are held out to choose by"
    )  # fmt: skip
    keep_backup: bool = option(
        False, "run", "keep the state of a finished run as well, for going on with more --epochs"
    )
    overwrite: bool = option(False, "run", "discard an earlier run in this folder")

    def __post_init__(self):
        check_choice("model", self.model, MODELS)
        self._refuse_unused()
        for name, default in DEFAULTS[self.model].items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)
        check_values(self)
        super().__post_init__()
        sequences = self.model == "monodepth2"
        check_choice("dataset", self.dataset, NEIGHBOUR_DATASETS if sequences else DATASETS)
        self.check_distillation()
        if self.start_from and self.encoder_weights not in ("imagenet", "none"):
            raise ValueError(
                "--start-from brings the encoder's weights along: pass it or --encoder-weights, "
                f"not both. Received: '{self.start_from}' and '{self.encoder_weights}'"
            )
        if self.model == "eigen":
            self.check_eigen(self.epochs)
        for name in (
            "epochs", "batch_size", "gradient_accumulation", "steps_per_epoch",
            "num_images", "num_validation_images",
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{flag(name)} is at least 1. Received: {value}")
        for name in ("early_stopping", "warmup_epochs", "weight_decay"):
            if getattr(self, name) < 0:
                raise ValueError(f"{flag(name)} is at least 0. Received: {getattr(self, name)}")
        check_holdout(self.holdout_every, self.holdout_block)
        self._check_lists()
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"--seed is in 0..2**32-1. Received: {self.seed}")
        if self.cache and self.dataset == "tfrecord":
            raise ValueError(
                "--cache does not apply to --dataset tfrecord, whose records are read as a stream. "
                "Received: True"
            )
        if self.warmup_epochs > self.epochs:
            raise ValueError(
                f"--warmup-epochs is at most --epochs ({self.epochs}), or the rate would never "
                f"have risen. Received: {self.warmup_epochs}"
            )
        if not 0 < self.min_depth < self.max_depth:
            raise ValueError(
                "--min-depth is above 0 and below --max-depth. "
                f"Received: {self.min_depth} and {self.max_depth}"
            )
        if self.depth_scale is not None and self.depth_scale < SMALLEST_SCALE:
            raise ValueError(
                f"--depth-scale is positive metres per unit. Received: {self.depth_scale}"
            )
        if not self.learning_rate > 0:
            raise ValueError(f"--learning-rate is above 0. Received: {self.learning_rate}")
        if not self.epsilon > 0:
            raise ValueError(f"--epsilon is above 0. Received: {self.epsilon}")
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
        if self.model != "eigen" and (height % 32 or width % 32):
            raise ValueError(
                "--image-size is HEIGHTxWIDTH in multiples of 32, e.g. 480x640. "
                f"Received: {self.image_size}"
            )

    def _check_lists(self) -> None:
        """A list of frames for one split alone would share frames with the other split."""
        training, validation = self.split_file, self.validation_split_file
        if validation and not training:
            raise ValueError(
                "--validation-split-file needs --split-file: without, its frames are trained on "
                f"too. Received: '{validation}'"
            )
        if training and not validation and self.validation_split == "validation":
            raise ValueError(
                "--split-file lists the training frames: pass --validation-split-file as well, or "
                f"--validation-split test. Received: '{training}'"
            )

    def _refuse_unused(self) -> None:
        for each in dataclasses.fields(self):
            if not applies(each, self.model) and getattr(self, each.name) != each.default:
                raise ValueError(
                    f"{flag(each.name)} does not apply to --model {self.model}. "
                    f"Received: {getattr(self, each.name)}"
                )

    @property
    def names_range(self) -> bool:
        """Whether the range of depth is another one than the model was published with."""
        known = {field.name: field.default for field in dataclasses.fields(self)}
        published = known["min_depth"], DEFAULTS[self.model]["max_depth"]
        return (self.min_depth, self.max_depth) != published

    @property
    def image_height_width(self) -> tuple[int, int]:
        """`image_size` as two integers."""
        return height_width("image_size", self.image_size)

    @property
    def run_folder(self) -> Path:
        """Where the run lives."""
        parts = (self.model, self.encoder, self.dataset)
        return Path(self.workdir or os.path.join("runs", "-".join(filter(None, parts))))

    def to_dict(self) -> dict[str, Any]:
        """All options as plain values, for the run's `config.yaml`."""
        return dataclasses.asdict(self)
