"""What a study compares: one YAML file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from densedepth_tf.training.config import TrainingConfig

KEYS = ("title", "protocol", "split", "common", "systems")


@dataclass(frozen=True)
class StudyConfig:
    """The systems of a study.

    Attributes:
        title: What the report is called.
        protocol: Evaluation protocol of all systems, e.g. "nyu".
        split: Split they are measured on.
        systems: Name in the report to the options of its training.
    """

    title: str
    protocol: str
    split: str
    systems: dict[str, TrainingConfig]

    @property
    def data(self) -> dict[str, Any]:
        """What all systems are measured on, as arguments of `open_source`."""
        config = next(iter(self.systems.values()))
        return {
            "dataset": config.dataset,
            "data_dir": config.data_dir,
            "split": self.split,
            "holdout_every": config.holdout_every,
            "num_images": config.num_validation_images,
            "depth_scale": config.depth_scale,
            "seed": config.seed,
        }


def read_study(
    path: Path,
    workdir: Path,
    data_dir: str | None = None,
    encoder_weights: str | None = None,
    epochs: int | None = None,
) -> StudyConfig:
    """Reads a study's YAML file.

    It has a `title`, a `protocol`, a `split`, options of `train.py` that are `common` to all
    systems, and `systems`: each one's name and the options that are its own.

    Args:
        path: The file.
        workdir: Every system is trained in a folder of its own in here.
        data_dir: Where the data is, instead of what the file says.
        encoder_weights: A file that takes the place of "imagenet", which is downloaded.
        epochs: Instead of what the file says.

    Raises:
        ValueError: If the file, or an option in it, is wrong; the message names it.
        OSError: If the file cannot be read.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"--config is no YAML file ({error}). Received: '{path}'") from error
    if not isinstance(values, dict) or sorted(values) != sorted(KEYS):
        raise ValueError(f"A study is a YAML file with {', '.join(KEYS)}. Received: '{path}'")
    common, systems = values["common"] or {}, values["systems"]
    if not isinstance(systems, dict) or not isinstance(common, dict) or not systems:
        raise ValueError(f"`common` has options, `systems` names with options. Received: '{path}'")
    overrides = {"data_dir": data_dir, "epochs": epochs}
    overrides = {name: value for name, value in overrides.items() if value is not None}
    configs: dict[str, TrainingConfig] = {}
    for name, own in systems.items():
        options = {**common, **(own or {}), **overrides}
        options["workdir"] = str(workdir / folder_name(name))
        config = _config(options, name, path)
        if encoder_weights is not None and options.get("encoder_weights") == "imagenet":
            config = replace(config, encoder_weights=encoder_weights)
        configs[name] = config
    folders = [config.workdir for config in configs.values()]
    if len(set(folders)) < len(folders):
        raise ValueError(f"Names of systems are too much alike in '{path}'. Received: {[*configs]}")
    return StudyConfig(values["title"], values["protocol"], values["split"], configs)


def folder_name(system: str) -> str:
    """The folder of a system in the study's."""
    return re.sub(r"[^\w.-]+", "_", system.lower()).strip("_")


def _config(options: Mapping[str, Any], name: str, path: Path) -> TrainingConfig:
    try:
        return TrainingConfig(**options)
    except (TypeError, ValueError) as error:
        raise ValueError(f"System '{name}' in '{path}': {error}") from error
