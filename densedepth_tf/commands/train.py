"""`train.py`: YAML configuration first, flags override it."""

import argparse
import itertools
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from jsonargparse import (  # type: ignore[attr-defined]  # Public by its documentation.
    ActionConfigFile,
    ArgumentParser,
)

from densedepth_tf.commands.arguments.gpu_arguments import add_gpu_arguments
from densedepth_tf.commands.arguments.training_arguments import (
    add_training_arguments,
    flag,
    gather_lists,
    named_model,
)
from densedepth_tf.commands.shell.command_edge import (
    DEBUG,
    DEBUG_HELP,
    command_edge,
    fail,
    show_tracebacks,
)
from densedepth_tf.commands.shell.command_line import run, what_is_wrong
from densedepth_tf.commands.shell.common_flags import add_common_flags, with_suggestion
from densedepth_tf.commands.shell.flag_names import flags_of, naming
from densedepth_tf.commands.shell.named_config import find_config, named_configs
from densedepth_tf.commands.shell.program import shown_program
from densedepth_tf.files.told_as import told_as
from densedepth_tf.files.yaml_file import read_yaml
from densedepth_tf.process.log_level import set_log_level
from densedepth_tf.process.wording import did_you_mean
from densedepth_tf.training.families import DEFAULT_FAMILY, option_names, read_options

PROGRAM = "train.py"
RESUME_WITH = "--resume-with"


class _Parser(ArgumentParser):
    """Reports wrong flags and wrong YAML keys in one line."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        message = re.sub(r'Parser key "(\w+)"', lambda key: flag(key[1]), message)
        message = with_suggestion(message, self._option_string_actions)
        fail(PROGRAM, f"{message} (see `{PROGRAM} --help`)")


class _ConfigFile(ActionConfigFile):
    """Reads options from a YAML file; a wrong file is reported by its name."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        try:
            path = find_config(str(values))
            with told_as(path, str(values)):
                _check_config_file(path)
        except (ImportError, OSError, ValueError) as error:
            fail(PROGRAM, str(error))
        super().__call__(parser, namespace, str(path), option_string)


class _Debug(argparse.Action):
    """`--debug` is no option of a training: the parser only knows that there is such a flag."""

    def __init__(self, option_strings: list[str], dest: str, **kwargs: Any):
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=kwargs["help"])
        self.default = argparse.SUPPRESS

    def __call__(self, *_: Any) -> None:
        pass


class _ResumeWith(argparse.Action):
    """Taken out of the arguments by `_take_changes` before they are parsed; here for the help."""

    def __init__(self, option_strings: list[str], dest: str, **kwargs: Any):
        super().__init__(option_strings, dest, **{**kwargs, "default": argparse.SUPPRESS})

    def __call__(self, *_: Any) -> None:
        pass


def _take_changes(arguments: list[str]) -> tuple[list[str], list[str]]:
    """`--resume-with a=1 b=2` as `--a=1 --b=2` at the end, where they win; and their names."""
    kept: list[str] = []
    changes: list[str] = []
    remaining = list(arguments)
    while remaining:
        argument = remaining.pop(0)
        name, equals, value = argument.partition("=")
        if name != RESUME_WITH:
            kept.append(argument)
            continue
        given = [value] if equals else []
        while remaining and not remaining[0].startswith("-"):
            given.append(remaining.pop(0))
        if not given or not all(re.fullmatch(r"[a-z][\w-]*=.+", each) for each in given):
            fail(
                PROGRAM,
                f"{RESUME_WITH} takes OPTION=VALUE, e.g. batch_size=2. "
                f"Received: '{' '.join(given)}'",
            )
        changes += given
    pairs = [each.split("=", maxsplit=1) for each in changes]
    names = [name.replace("-", "_") for name, _ in pairs]
    flags = [f"{flag(name)}={value}" for name, (_, value) in zip(names, pairs, strict=True)]
    return kept + flags, names


def _check_config_file(path: Path) -> None:
    try:
        options = read_yaml(path)
    except OSError as error:
        raise ValueError(f"Cannot read --config: {error.strerror}. Received: '{path}'") from error
    except ValueError as error:
        raise ValueError(f"--config is no YAML file ({error}). Received: '{path}'") from error
    if not isinstance(options, dict):
        raise ValueError(f"--config is a YAML file of `option: value`. Received: '{path}'")
    known = {"model", *option_names()}
    unknown = [str(name) for name in options if name not in known]
    if unknown:
        raise ValueError(
            f"--config has unknown options: {', '.join(unknown)} (see `{PROGRAM} --help`)."
            f"{did_you_mean(unknown[0], known)} "
            f"Received: '{path}'"
        )


def build_parser(model: str = DEFAULT_FAMILY) -> ArgumentParser:
    """One flag for every option of every family.

    Args:
        model: The family whose defaults hold.
    """
    parser = _Parser(
        prog=shown_program(PROGRAM),
        allow_abbrev=False,
        description="Train a depth model. Run the same command again to resume an interrupted run.",
    )
    parser.add_argument(
        "--config",
        action=_ConfigFile,
        help="YAML file, or the name of one that comes with the package "
        f"({', '.join(named_configs())}); flags override it",
    )
    parser.add_argument(
        RESUME_WITH,
        action=_ResumeWith,
        nargs="+",
        metavar="OPTION=VALUE",
        help="go on with the run in --workdir under other options, e.g. batch_size=2 "
        "learning_rate=1e-5 data_dir=/new",
    )
    add_common_flags(parser)
    add_gpu_arguments(parser)
    parser.add_argument(DEBUG, action=_Debug, help=DEBUG_HELP)
    add_training_arguments(parser, model)
    return parser


def _config_first(arguments: list[str]) -> list[str]:
    """Brings `--config FILE` to the front: later options win, and flags are to override files."""
    config: list[str] = []
    flags: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--config":
            config += [argument, *itertools.islice(remaining, 1)]
        else:
            (config if argument.startswith("--config=") else flags).append(argument)
    return config + flags


def _refuse_useless(arguments: list[str]) -> None:
    before = ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        has_value = argument.startswith("--") and equals
        if wrong := what_is_wrong(value if has_value else argument):
            fail(PROGRAM, f"argument {name if has_value else before}: {wrong}")
        before = name


@command_edge(PROGRAM)
def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses and trains; exit code 0, or 2 with one line."""
    # Lists first: a change comes in place of what was given, not beside it.
    arguments = gather_lists(sys.argv[1:] if arguments is None else arguments)
    arguments, changes = _take_changes(arguments)
    arguments = _config_first(arguments)
    show_tracebacks(arguments)
    set_log_level(None)
    _refuse_useless(arguments)
    parser = build_parser(named_model(arguments))
    values = parser.parse_args(arguments).as_dict()
    values.pop("config", None)

    with naming(flags_of(parser)):
        try:
            config = read_options(values)
        except ValueError as error:
            fail(PROGRAM, str(error))

    def body() -> int:
        from densedepth_tf.training.train import train

        train(config, changes)
        return 0

    run(parser, body, tensorflow=True)
