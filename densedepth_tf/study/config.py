"""What a study compares: one YAML file."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from densedepth_tf.files.bucket import below
from densedepth_tf.files.yaml_file import read_yaml
from densedepth_tf.training.families import read_options
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.supervised_options import SupervisedOptions

KEYS = ("title", "protocol", "split", "common", "systems")
SEEDS = "seeds"
MOST_SEEDS = 1000
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
        runs: Name of a system in the report to the options of its trainings, which differ in
            their seed and folder alone.
    """

    title: str
    protocol: str
    split: str
    runs: dict[str, list[TrainingOptions]]

    @property
    def systems(self) -> dict[str, TrainingOptions]:
        """Name of each system to the options of its first training."""
        return {name: runs[0] for name, runs in self.runs.items()}

    @property
    def seeds(self) -> list[int]:
        """The seeds with which each system is trained."""
        return [run.seed for run in next(iter(self.runs.values()))]

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
    workdir: str | os.PathLike,
    data_dir: str | None = None,
    epochs: int | None = None,
    num_seeds: int | None = None,
) -> StudyConfig:
    """Reads a study's YAML file.

    It has a `title`, a `protocol`, a `split`, options of `train.py` that are `common` to all
    systems, and `systems`: each one's name and the options that are its own. `seeds` may stand
    beside them or among what is common: how many trainings of each system there are, with seeds
    from `seed` upwards, or a list of the seeds. With several, each has a folder of its own,
    `<system>_seed_<seed>`.

    Args:
        path: The file.
        workdir: Every system is trained in a folder of its own in here.
        data_dir: Where the data is, instead of what the file says.
        epochs: Instead of what the file says.
        num_seeds: How many trainings of each system, instead of what the file says.

    Raises:
        ValueError: If the file, or an option in it, is wrong; the message names it.
        OSError: If the file cannot be read.
    """
    try:
        values = read_yaml(path)
    except ValueError as error:
        raise ValueError(f"`path` is no YAML file ({error}). Received: '{path}'") from error
    if not isinstance(values, dict) or values.keys() - {SEEDS} != set(KEYS):
        raise ValueError(f"A study is a YAML file with {', '.join(KEYS)}. Received: '{path}'")
    for key in ("title", "protocol", "split"):
        if not isinstance(values[key], str):
            raise ValueError(f"`{key}` is a word. Received: {values[key]!r} in '{path}'")
    common, systems = values["common"] or {}, values["systems"]
    if not isinstance(systems, dict) or not isinstance(common, dict) or not systems:
        raise ValueError(f"`common` has options, `systems` names with options. Received: '{path}'")
    seeds = _seeds(values.get(SEEDS), common, num_seeds, path)
    common = {key: value for key, value in common.items() if key != SEEDS}
    overrides = {"data_dir": data_dir, "epochs": epochs}
    overrides = {name: value for name, value in overrides.items() if value is not None}
    configs: dict[str, list[TrainingOptions]] = {}
    for name, own in systems.items():
        if not isinstance(name, str) or not isinstance(own, dict | None):
            raise ValueError(f"`systems` has names with options. Received: {name!r} in '{path}'")
        folder = folder_name(name)
        if folder in RESERVED:
            raise ValueError(f"A system needs another name in '{path}'. Received: {name!r}")
        options = {**common, **(own or {}), **overrides}
        configs[name] = [
            _config(
                {**options, "seed": seed, "workdir": os.fspath(below(workdir, each))}, name, path
            )
            for seed, each in _folders(folder, seeds, options.get("seed", 0))
        ]
    folders = [config.workdir for each in configs.values() for config in each]
    if len(set(folders)) < len(folders):
        raise ValueError(f"Names of systems are too much alike in '{path}'. Received: {[*configs]}")
    _check_equal(configs, path)
    return StudyConfig(values["title"], values["protocol"], values["split"], configs)


def _check_equal(configs: dict[str, list[TrainingOptions]], path: Path) -> None:
    """Refuses systems that do not learn from the same data for as long."""
    first = next(iter(configs.values()))[0]
    for name, (config, *_) in configs.items():
        for key in EQUAL:
            if getattr(config, key) != getattr(first, key):
                raise ValueError(
                    f"Systems of a study have the same {key}: put it under `common` in '{path}'. "
                    f"Received: {getattr(config, key)!r} for '{name}'"
                )


def _seeds(
    beside: object, common: Mapping[str, Any], num_seeds: int | None, path: Path
) -> int | list[int]:
    """How many trainings of each system there are, or their seeds."""
    seeds: Any = common.get(SEEDS, 1) if beside is None else beside
    if num_seeds is not None:
        return num_seeds
    if beside is not None and SEEDS in common:
        raise ValueError(f"The seeds stand in '{path}' twice: leave them out of `common`.")
    several: list[Any] = seeds if isinstance(seeds, list) else [seeds]
    whole = all(type(seed) is int and seed >= 0 for seed in several)
    if not whole or not 0 < len(set(several)) == len(several) or seeds == 0:
        raise ValueError(
            "The seeds of a study are how many trainings each system has, e.g. 3, or a list of "
            f"different ones. Received: {seeds!r} in '{path}'"
        )
    if seeds is several and "seed" in common:
        raise ValueError(f"`seed` does nothing beside a list of seeds: remove it from '{path}'.")
    if seeds is not several and seeds > MOST_SEEDS:
        raise ValueError(f"At most {MOST_SEEDS} seeds are of use. Received: {seeds} in '{path}'")
    return several if isinstance(seeds, list) else int(seeds)


def _folders(system: str, seeds: int | list[int], first: object) -> list[tuple[object, str]]:
    """Each seed and the folder of its training."""
    if isinstance(seeds, int):
        if seeds == 1 or type(first) is not int:  # options say what is wrong with it
            return [(first, system)]
        seeds = list(range(first, first + seeds))
    return [(seed, f"{system}_seed_{seed}" if len(seeds) > 1 else system) for seed in seeds]


def folder_name(system: str) -> str:
    """The folder of a system in the study's."""
    return re.sub(r"[^\w.-]+", "_", system.lower()).strip("_")


def _config(options: Mapping[str, Any], name: str, path: Path) -> TrainingOptions:
    try:
        return read_options(options)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"System '{name}' in '{path}': {error}") from error
