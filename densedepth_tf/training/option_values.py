"""What the values of a training's options may be by their declared types, wherever they come from.

The command line gets types right by itself, a YAML file or Python need not; neither knows how
large a number may be.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from densedepth_tf.files.web_address import check_no_web_address
from densedepth_tf.process.wording import did_you_mean
from densedepth_tf.training.option import declared, metadata_of


def check_values(options: object) -> None:
    """Checks every field of a data class of options against its type; numbers are finite.

    Raises:
        ValueError: If one is of another kind, none of the choices, or beyond all use; the message
            names the option.
    """
    for name, field in declared(type(options)).items():
        value, kinds = getattr(options, name), (field.type, *get_args(field.type))
        limits = metadata_of(type(options), name)
        if value is None and type(None) in kinds:
            continue
        choices = [choice for kind in kinds for choice in get_args(kind) if type(choice) is str]
        if choices:
            check_choice(name, value, choices)
        elif bool in kinds and not isinstance(value, bool):
            raise _wrong(name, "true or false", value)
        elif list[str] in kinds:
            _check_names(name, value)
        elif str in kinds:
            if not isinstance(value, str):
                raise _wrong(name, "a word", value)
            check_no_web_address(value, name)
        elif list[int] in kinds:
            if not isinstance(value, list | tuple) or any(type(one) is not int for one in value):
                raise _wrong(name, "a list of whole numbers", value)
            for one in value:
                _check_number(name, one, limits)
        elif dict[str, float] in kinds:
            if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
                raise _wrong(name, "numbers by name", value)
            for one in value.values():
                _check_kind(name, one, (float,))
                _check_number(name, one, limits)
        elif float in kinds or int in kinds:
            _check_kind(name, value, kinds)
            _check_number(name, value, limits)


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Raises ValueError for what is none of the choices of an option."""
    if not isinstance(value, str) or value not in choices:
        known = list(choices)
        meant = did_you_mean(str(value), known)
        raise ValueError(f"`{name}` is one of {', '.join(known)}.{meant} Received: '{value}'")


def check_at_least(options: object, least: float, *names: str) -> None:
    """Raises ValueError for the first of the named options that is less; None is not looked at."""
    for name in names:
        value = getattr(options, name)
        if value is not None and not value >= least:
            raise ValueError(f"`{name}` is at least {least:g}. Received: {value}")


def check_shares(options: object, *names: str) -> None:
    """Raises ValueError for the first of the named options that is not in [0, 1]."""
    for name in names:
        value = getattr(options, name)
        if not 0 <= value <= 1:
            raise ValueError(f"`{name}` is in [0, 1]. Received: {value}")


def _check_names(name: str, value: object) -> None:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names:
        raise _wrong(name, "a name or a list of names", value)
    if not all(isinstance(one, str) and one.strip() for one in names):
        raise _wrong(name, "a name or a list of names", value)
    for one in names:
        check_no_web_address(one, name)


def _check_kind(name: str, value: object, kinds: tuple[Any, ...]) -> None:
    number = int | float if float in kinds else int
    if isinstance(value, bool) or not isinstance(value, number):
        raise _wrong(name, "a number" if float in kinds else "a whole number", value)


def _check_number(name: str, value: float, limits: Mapping[str, Any]) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(name, "a finite number", value)
    if abs(value) > limits["most"]:
        raise _wrong(name, f"at most {limits['most']:g}", value)
    if 0 < value < limits["least"]:
        raise _wrong(name, f"at least {limits['least']:g}", value)


def _wrong(name: str, what: str, value: object) -> ValueError:
    return ValueError(f"`{name}` is {what}. Received: {value!r}")
