"""What a study compares: one YAML file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from densedepth_tf.files.yaml_file import read_yaml
from densedepth_tf.training.families import read_options
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.supervised_options import SupervisedOptions

KEYS = ("title", "protocol", "split", "common", "systems")
EQUAL = (
    *("dataset", "data_dir", "holdout_every", "holdout_block", "num_images", "epochs"),
    *("num_validation_images", "split_file", "validation_split_file", "every", "seed"),
)
# What else is in a study's folder.
RESERVED = ("", ".", "..", "comparison")


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
    systems: dict[str, TrainingOptions]

    @property
    def data(self) -> dict[str, Any]:
        """What all systems are measured on, as arguments of `open_source`."""
        configs = self.systems.values()
        config = next(iter(configs))
        supervised = (each for each in configs if isinstance(each, SupervisedOptions))
        scales = (each.depth_scale for each in supervised)
        return {
            "dataset": config.dataset,
            "data_dir": config.data_dir,
            "split": self.split,
            "holdout_every": config.holdout_every,
            "holdout_block": config.holdout_block,
            "num_images": config.num_validation_images,
            "depth_scale": next(scales, None),
            "seed": config.seed,
            "sequence_options": config.sequence_options(self.split),
        }


def read_study(
    path: Path,
    workdir: Path,
    data_dir: str | None = None,
    epochs: int | None = None,
) -> StudyConfig:
    """Reads a study's YAML file.

    It has a `title`, a `protocol`, a `split`, options of `train.py` that are `common` to all
    systems, and `systems`: each one's name and the options that are its own.

    Args:
        path: The file.
        workdir: Every system is trained in a folder of its own in here.
        data_dir: Where the data is, instead of what the file says.
        epochs: Instead of what the file says.

    Raises:
        ValueError: If the file, or an option in it, is wrong; the message names it.
        OSError: If the file cannot be read.
    """
    try:
        values = read_yaml(path)
    except ValueError as error:
        raise ValueError(f"`path` is no YAML file ({error}). Received: '{path}'") from error
    if not isinstance(values, dict) or values.keys() != set(KEYS):
        raise ValueError(f"A study is a YAML file with {', '.join(KEYS)}. Received: '{path}'")
    for key in ("title", "protocol", "split"):
        if not isinstance(values[key], str):
            raise ValueError(f"`{key}` is a word. Received: {values[key]!r} in '{path}'")
    common, systems = values["common"] or {}, values["systems"]
    if not isinstance(systems, dict) or not isinstance(common, dict) or not systems:
        raise ValueError(f"`common` has options, `systems` names with options. Received: '{path}'")
    overrides = {"data_dir": data_dir, "epochs": epochs}
    overrides = {name: value for name, value in overrides.items() if value is not None}
    configs: dict[str, TrainingOptions] = {}
    for name, own in systems.items():
        if not isinstance(name, str) or not isinstance(own, dict | None):
            raise ValueError(f"`systems` has names with options. Received: {name!r} in '{path}'")
        folder = folder_name(name)
        if folder in RESERVED:
            raise ValueError(f"A system needs another name in '{path}'. Received: {name!r}")
        options = {**common, **(own or {}), **overrides, "workdir": str(workdir / folder)}
        configs[name] = _config(options, name, path)
    folders = [config.workdir for config in configs.values()]
    if len(set(folders)) < len(folders):
        raise ValueError(f"Names of systems are too much alike in '{path}'. Received: {[*configs]}")
    _check_equal(configs, path)
    return StudyConfig(values["title"], values["protocol"], values["split"], configs)


def _check_equal(configs: dict[str, TrainingOptions], path: Path) -> None:
    """Refuses systems that do not learn from the same data for as long."""
    first = next(iter(configs.values()))
    for name, config in configs.items():
        for key in EQUAL:
            if getattr(config, key) != getattr(first, key):
                raise ValueError(
                    f"Systems of a study have the same {key}: put it under `common` in '{path}'. "
                    f"Received: {getattr(config, key)!r} for '{name}'"
                )


def folder_name(system: str) -> str:
    """The folder of a system in the study's."""
    return re.sub(r"[^\w.-]+", "_", system.lower()).strip("_")


def _config(options: Mapping[str, Any], name: str, path: Path) -> TrainingOptions:
    try:
        return read_options(options)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"System '{name}' in '{path}': {error}") from error
