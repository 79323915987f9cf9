"""How an option of a training is declared: its default, what it means, and what it may be."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, get_args

MOST_DIGITS = 5  # of a side in pixels
MOST = 10**9
_METADATA = ("help", "topic", "most", "least", "reads", "choices")


def option(
    default: object,
    help: str,
    topic: str = "model",
    *,
    most: float = MOST,
    least: float = 0,
    reads: bool = False,
    choices: Iterable[str] = (),
) -> Any:  # noqa: ANN401 - of the type of the option, as `dataclasses.field`
    """A field of a class of options.

    A subclass that gives the field another default repeats the name, the type and the default
    alone; everything else is inherited.

    Args:
        default: Its default; None only where that means something of its own.
        help: One line.
        topic: Title of the group of flags in `--help`; an option of one family alone is shown
            under that family's title.
        most: The largest number of any use.
        least: The smallest number above 0 of any use; what is less is nothing in float32.
        reads: It names a file or folder that is read, which a run must not write to.
        choices: What it may be, if more can be added while the program runs; shown in `--help`.
    """
    values = (help, topic, most, least, reads, choices)
    return dataclasses.field(default=default, metadata=dict(zip(_METADATA, values, strict=True)))


def declared(options: type) -> dict[str, dataclasses.Field]:
    """The fields of a class of options by name, with the type and default of the class."""
    return {field.name: field for field in dataclasses.fields(options)}


def metadata_of(options: type, name: str) -> Mapping[str, Any]:
    """What `option` was told of a field, here or in the class that this one inherits it from."""
    for parent in options.__mro__:
        field = parent.__dict__.get("__dataclass_fields__", {}).get(name)
        if field is not None and field.metadata:
            return field.metadata
    return option(None, "").metadata


def takes_several(options: type, name: str) -> bool:
    """Whether an option names one thing or a list of things, see `weighted_names`."""
    return list[str] in get_args(declared(options)[name].type)


def height_width(name: str, text: str) -> tuple[int, int]:
    """Reads the value `HEIGHTxWIDTH` of an option, e.g. `480x640`.

    Raises:
        ValueError: If it is anything else; the message names the option.
    """
    height, _, width = text.lower().partition("x")
    sides = (height, width)
    if not all(side.isdecimal() and len(side) <= MOST_DIGITS and int(side) for side in sides):
        raise ValueError(f"`{name}` is HEIGHTxWIDTH, e.g. 480x640. Received: {text}")
    return int(height), int(width)
