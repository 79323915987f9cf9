"""Flags that every command has, and what is said of words that are nearly right."""

import argparse
import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from typing_extensions import override

from densedepth_tf.process.log_level import (
    DEFAULT_LEVEL,
    LEVEL_VARIABLE,
    LEVELS,
    set_log_level,
    unknown_level,
)
from densedepth_tf.process.wording import did_you_mean
from densedepth_tf.version import __version__

VERSION_TEXT = f"densedepth-tf {__version__}"
_UNKNOWN_FLAG = re.compile(
    r"unrecognized arguments: .*?(--[\w-]+)|Unrecognized arguments: (--[\w-]+)"
)
_WRONG_CHOICE = re.compile(r"invalid choice: '([^']*)'.*choose from (.*?)\)?$")
# How jsonargparse says the same.
_WRONG_LITERAL = re.compile(
    r"^(--[\w-]+):\s.*?(?:Expected a |Subtypes: \[)typing\.Literal\[([^\]]*)\]"
    r"(?:\. |, <class 'NoneType'>\].*?)(?:Given|Got) value: (.*)$",
    re.DOTALL,
)


class ProcessAction(argparse.Action):
    """The action of a flag that is about the process: no option of a command."""

    def __init__(self, option_strings: list[str], dest: str, **kwargs: Any):
        del dest
        kwargs["default"] = argparse.SUPPRESS
        super().__init__(option_strings, argparse.SUPPRESS, **kwargs)


class LogLevel(ProcessAction):
    """Sets the process's log level."""

    @override
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        set_log_level("warning" if self.nargs == 0 else str(values))


def add_common_flags(parser: argparse.ArgumentParser) -> None:
    """Adds `--version`, `--quiet` and `--log-level`."""
    parser.add_argument(
        "--version", action="version", version=VERSION_TEXT, help="print the version and leave"
    )
    parser.add_argument(
        "--quiet",
        action=LogLevel,
        nargs=0,
        help="no progress and no remarks, as --log-level warning; results and errors are told",
    )
    parser.add_argument(
        "--log-level",
        action=LogLevel,
        choices=LEVELS,
        help=f"what is told besides results and errors: warning: warnings only, error: nothing; "
        f"default: {DEFAULT_LEVEL}",
    )


def warn_of_unknown_level() -> None:
    """Warns of a level in the environment that there is not, and that therefore says nothing."""
    level = unknown_level()
    if level is not None:
        warnings.warn(
            f"{LEVEL_VARIABLE} is one of {', '.join(LEVELS)}; without one, {DEFAULT_LEVEL} holds."
            f"{did_you_mean(level, LEVELS)} Received: '{level}'",
            stacklevel=2,
        )


def with_suggestion(message: str, flags: Iterable[str]) -> str:
    """An error of `argparse` with the flag or value that was probably meant.

    Args:
        message: What `argparse` says of a flag or a choice that it does not know.
        flags: The flags there are.
    """
    literal = _WRONG_LITERAL.match(message)
    if literal:
        flag, choices, received = literal.groups()
        message = f"argument {flag}: invalid choice: '{received}' (choose from {choices})"
    unknown, wrong = _UNKNOWN_FLAG.search(message), _WRONG_CHOICE.search(message)
    if unknown:
        # The dashes, which all of them have, would make strangers look alike.
        names = {flag.lstrip("-"): flag for flag in flags if flag.startswith("--")}
        meant = did_you_mean((unknown[1] or unknown[2]).lstrip("-"), names)
        return message + (f".{meant.replace('mean ', 'mean --', 1)}" if meant else "")
    if wrong:
        return message + _question(wrong[1], re.findall(r"[\w.+-]+", wrong[2]))
    return message


def _question(received: str, known: Iterable[str]) -> str:
    meant = did_you_mean(received, known)
    return f".{meant}" if meant else ""
