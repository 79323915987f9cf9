"""The model families that can be trained: one table, and the ways to read it.

A family is a room: its options, its system and whatever only they need. A line here is all that
the rest of the package knows of it.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from densedepth_tf.training.option import declared
from densedepth_tf.training.option_values import check_choice
from densedepth_tf.training.options import TrainingOptions

if TYPE_CHECKING:
    from densedepth_tf.training.system import TrainingSystem


@dataclass(frozen=True)
class Family:
    """What is known of a model family.

    Args:
        options_class: What its training can be told: a class, or `module:class`, which is imported
            when it is asked for.
        system_class: Likewise how it is trained, a `TrainingSystem`; TensorFlow comes with it.
        title: What it is called in `--help` and in model cards.
    """

    options_class: type[TrainingOptions] | str
    system_class: "type[TrainingSystem] | str"
    title: str

    @cached_property
    def options(self) -> type[TrainingOptions]:
        """What its training can be told."""
        return _imported(self.options_class)

    @cached_property
    def system(self) -> "type[TrainingSystem]":
        """How it is trained."""
        return _imported(self.system_class)


Known = TypeVar("Known")


def _imported(named: str | type[Known]) -> type[Known]:
    if not isinstance(named, str):
        return named
    module, _, name = named.partition(":")
    return getattr(importlib.import_module(f"densedepth_tf.training.{module}"), name)


FAMILIES: dict[str, Family] = {
    "densedepth": Family(
        "densedepth.options:DenseDepthOptions",
        "densedepth.system:DenseDepthTraining",
        "DenseDepth (Alhashim & Wonka 2018)",
    ),
    "monodepth2": Family(
        "monodepth2.options:Monodepth2Options",
        "monodepth2.system:SelfSupervisedTraining",
        "Monodepth2 (Godard et al. 2019)",
    ),
    "eigen": Family(
        "eigen.options:EigenOptions",
        "eigen.system:EigenTraining",
        "the coarse and fine network of Eigen et al. 2014",
    ),
}
DEFAULT_FAMILY = "densedepth"
# Options that files may leave open with `null`: the family's default.
MAY_BE_NULL = frozenset(
    (
        *("encoder", "max_depth", "dataset", "image_size", "batch_size", "channel_swap"),
        *("scale_crop", "color", "rotation", "optimizer", "learning_rate", "epsilon"),
        *("epsilon_place", "schedule"),
    )
)


def register_family(
    options: type[TrainingOptions], system: "type[TrainingSystem]", title: str
) -> None:
    """Adds a model family of one's own, so that `train.py --model` and `read_options` know it.

    Args:
        options: A frozen dataclass; its `model` is the family's name.
        system: How it is trained.
        title: What it is called, with its source.

    Raises:
        ValueError: If another family has that name.
    """
    name = options.model
    if name in FAMILIES and FAMILIES[name].options is not options:
        raise ValueError(f"There is a family of this name already. Received: model='{name}'")
    FAMILIES[name] = Family(options, system, title)


def read_options(values: Mapping[str, Any]) -> TrainingOptions:
    """The options of the family that `model` names, from flags, a YAML file or a run folder.

    Options of other families may be there if they say nothing: null, or their default. So older
    run folders have them.

    Args:
        values: Options by name; those that are not there have the family's defaults.

    Raises:
        ValueError: If an option is unknown, does not apply to the model or has a value that cannot
            be used; the message names it.
    """
    model = values.get("model", DEFAULT_FAMILY)
    check_choice("model", model, FAMILIES)
    options = FAMILIES[model].options
    own = declared(options)
    used = {}
    for name, value in values.items():
        if name in own:
            if value is not None or name not in MAY_BE_NULL:
                used[name] = value
        elif name != "model":
            _check_unused(name, value, model)
    return options(**used)


def families_with(name: str) -> dict[str, type[TrainingOptions]]:
    """The families that know an option: their names and their options."""
    options = {model: family.options for model, family in FAMILIES.items()}
    return {model: each for model, each in options.items() if name in declared(each)}


def option_names() -> list[str]:
    """Every option that any family knows."""
    names = (name for family in FAMILIES.values() for name in declared(family.options))
    return list(dict.fromkeys(names))


def _check_unused(name: str, value: object, model: str) -> None:
    elsewhere = families_with(name)
    if not elsewhere:
        raise ValueError(f"There is no such option of a training. Received: {name}={value!r}")
    defaults = [declared(options)[name].default for options in elsewhere.values()]
    if value is not None and any(value != default for default in defaults):
        raise ValueError(f"`{name}` does not apply to `model='{model}'`. Received: {value}")


def open_system(options: TrainingOptions) -> "TrainingSystem":
    """The system that trains with these options, its data opened.

    Raises:
        ValueError: If the options or the data cannot be used.
        OSError: If data cannot be read.
    """
    return FAMILIES[options.model].system(options)
