"""What the values of a training's options may be by their declared types, wherever they come from.

The command line gets types right by itself, a YAML file or Python need not; neither knows how
large a number may be.
"""

import dataclasses
import math
from typing import Any, get_args

from densedepth_tf.files.depth.depth_scale import LARGEST_SCALE
from densedepth_tf.training.option import flag

MOST = 10**9
# Options for which fewer are too many already.
LIMITS = {
    "batch_size": 65_536,
    "epochs": 10**6,
    "gradient_accumulation": 10**6,
    "seed": 2**32 - 1,
    "decoder_filters": 65_536,
    "dense_units": 65_536,
    "output_rows": 65_536,
    "min_depth": 1e6,
    "max_depth": 1e6,
    "depth_scale": LARGEST_SCALE,
    "learning_rate": 1e30,
    "scale_crop": 100,
}
# Options of which less is nothing in float32.
LEAST = {"min_depth": 1e-6, "learning_rate": 1e-12, "epsilon": 1e-30}


def check_values(options: Any) -> None:
    """Checks every field of a data class of options against its type; numbers are finite.

    Raises:
        ValueError: If one is of another kind, none of the choices, or beyond all use; the message
            names the flag.
    """
    for each in dataclasses.fields(options):
        value, kinds = getattr(options, each.name), (each.type, *get_args(each.type))
        if value is None and type(None) in kinds:
            continue
        choices = [choice for kind in kinds for choice in get_args(kind) if type(choice) is str]
        if choices:
            check_choice(each.name, value, choices)
        elif bool in kinds and not isinstance(value, bool):
            raise _wrong(each.name, "true or false", value)
        elif str in kinds and not isinstance(value, str):
            raise _wrong(each.name, "a word", value)
        elif list[int] in kinds:
            if not isinstance(value, list | tuple) or any(type(one) is not int for one in value):
                raise _wrong(each.name, "a list of whole numbers", value)
            for one in value:
                _check_number(each.name, one)
        elif float in kinds or int in kinds:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise _wrong(each.name, _kind(kinds), value)
            if float not in kinds and not isinstance(value, int):
                raise _wrong(each.name, _kind(kinds), value)
            _check_number(each.name, value)


def check_choice(name: str, value: Any, choices: Any) -> None:
    """Raises ValueError for what is none of the choices of an option."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{flag(name)} is one of {', '.join(choices)}. Received: '{value}'")


def _kind(kinds: tuple[Any, ...]) -> str:
    return "a number" if float in kinds else "a whole number"


def _check_number(name: str, value: float) -> None:
    most = LIMITS.get(name, MOST)
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(name, "a finite number", value)
    if abs(value) > most:
        raise _wrong(name, f"at most {most:g}", value)
    least = LEAST.get(name)
    if least is not None and 0 < value < least:
        raise _wrong(name, f"at least {least:g}", value)


def _wrong(name: str, what: str, value: Any) -> ValueError:
    return ValueError(f"{flag(name)} is {what}. Received: {value!r}")
