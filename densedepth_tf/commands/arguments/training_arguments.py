"""The flags of a training: one for every option of every model family."""

import argparse
import json
from typing import Any

from jsonargparse import ActionYesNo, ArgumentParser

from densedepth_tf.commands.shell.flag_names import with_flags
from densedepth_tf.commands.shell.named_config import find_config
from densedepth_tf.files.yaml_file import read_yaml
from densedepth_tf.training.families import (
    DEFAULT_FAMILY,
    FAMILIES,
    MAY_BE_NULL,
    families_with,
    option_names,
)
from densedepth_tf.training.option import declared, metadata_of, takes_several

TOPICS = ("model", "data", "consecutive frames", "augmentation", "optimisation", "run")


def flag(name: str) -> str:
    """The flag of an option."""
    return "--" + name.replace("_", "-")


def add_training_arguments(parser: ArgumentParser, model: str) -> None:
    """Adds a flag for every option that any family knows.

    What several families know is grouped by topic, what one knows alone under its title.

    Args:
        parser: The parser.
        model: The family whose defaults hold.
    """
    known = {name: families_with(name) for name in option_names()}
    alone = {name: next(iter(some)) for name, some in known.items() if len(some) == 1}
    groups: dict[str, Any] = {topic: parser.add_argument_group(topic) for topic in TOPICS}
    for name, family in FAMILIES.items():
        if name in alone.values():
            title = f"{family.title} (--model {name})"
            groups[name] = parser.add_argument_group(title)
    groups["model"].add_argument(
        "--model", type=str, default=model, help=f"the system to train: {', '.join(FAMILIES)}"
    )
    for name, some in known.items():
        options = some.get(model) or next(iter(some.values()))
        metadata = metadata_of(options, name)
        group = groups.get(alone.get(name, "")) or groups[metadata["topic"]]
        kind: Any = declared(options)[name].type
        settings: dict[str, Any] = {"type": kind | None if name in MAY_BE_NULL else kind}
        if kind is bool:
            settings = {"action": ActionYesNo(no_prefix="no-")}
        # Not the flag of another family: it is refused where it is given, whatever its value.
        default = declared(options)[name].default if model in some else argparse.SUPPRESS
        group.add_argument(flag(name), default=default, help=_help(name, model), **settings)


def gather_lists(arguments: list[str]) -> list[str]:
    """`--teacher A B`, or `--teacher A --teacher B`, as one flag with a list.

    Args:
        arguments: A command line. Flags of options that name one thing are left as they are.

    Returns:
        The same with every list as one argument, at the place of the first of its flags.
    """
    several = {
        flag(name)
        for name in option_names()
        if takes_several(next(iter(families_with(name).values())), name)
    }
    kept: list[str] = []
    given: dict[str, list[str]] = {}
    remaining = list(arguments)
    while remaining:
        argument = remaining.pop(0)
        name, equals, value = argument.partition("=")
        if name not in several:
            kept.append(argument)
            continue
        if name not in given:
            kept.append(name)
        values = given.setdefault(name, [])
        if equals:
            values.append(value)
        while remaining and not remaining[0].startswith("-"):
            values.append(remaining.pop(0))
    return [_with_values(argument, given.get(argument)) for argument in kept]


def _with_values(argument: str, values: list[str] | None) -> str:
    if not values:  # Another argument, or a flag without its value, which the parser refuses.
        return argument
    return f"{argument}={values[0] if len(values) == 1 else json.dumps(values)}"


def named_model(arguments: list[str]) -> str:
    """The family that a command line, or the file it names, is about; not checked any further."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--model")
    parser.add_argument("--config", action="append", default=[])
    try:
        given, _ = parser.parse_known_args(arguments)
    except argparse.ArgumentError:
        return DEFAULT_FAMILY
    models = [given.model, *map(_model_of_file, reversed(given.config))]
    return next((model for model in models if model in FAMILIES), DEFAULT_FAMILY)


def _model_of_file(path: str) -> str:
    try:
        options = read_yaml(find_config(path))
    except (ImportError, OSError, ValueError):
        return ""  # Told where the file is read.
    return str(options.get("model", "")) if isinstance(options, dict) else ""


def _help(name: str, model: str) -> str:
    """What an option means, and the defaults of the families that have another one."""
    some = families_with(name)
    metadata = metadata_of(some.get(model) or next(iter(some.values())), name)
    choices = f": {', '.join(metadata['choices'])}" if metadata["choices"] else ""
    text = with_flags(metadata["help"], {other: flag(other) for other in option_names()}) + choices
    if 1 < len(some) < len(FAMILIES):
        text += f" ({', '.join(some)})"
    defaults = {known: declared(options)[name].default for known, options in some.items()}
    shown = defaults.pop(model, None)
    others = {known: value for known, value in defaults.items() if value not in (None, shown)}
    if not others:
        return text
    if len(some) == 1:
        return f"{text}; default: {next(iter(others.values()))}"
    return f"{text}; " + ", ".join(f"{known}: {value}" for known, value in others.items())
