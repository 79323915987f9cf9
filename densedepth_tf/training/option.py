"""How an option of a training is declared: its default, what it means, and what it may be."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, get_args

MOST_DIGITS = 5  # of a side in pixels
MOST = 10**9
MODEL = "model"
_METADATA = ("help", "topic", "most", "least", "reads", "choices", "fixed")


def option(
    default: object,
    help: str,
    topic: str = MODEL,
    *,
    most: float = MOST,
    least: float = 0,
    reads: bool = False,
    choices: Iterable[str] = (),
    fixed: bool | None = None,
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
        fixed: A run cannot go on with another value, as its saved weights and the optimizer's state
            depend on it; None: as the class it is inherited from says, else where it is about the
            model.
    """
    values = (help, topic, most, least, reads, choices, fixed)
    return dataclasses.field(default=default, metadata=dict(zip(_METADATA, values, strict=True)))


def declared(options: type) -> dict[str, dataclasses.Field]:
    """The fields of a class of options by name, with the type and default of the class."""
    return {field.name: field for field in dataclasses.fields(options)}


def metadata_of(options: type, name: str) -> Mapping[str, Any]:
    """What `option` was told of a field, here or in the class that this one inherits it from."""
    return _all_metadata(options, name)[0]


def is_fixed(options: type, name: str) -> bool:
    """Whether a run that was begun with these options keeps this one, see `option`."""
    told = [metadata["fixed"] for metadata in _all_metadata(options, name)]
    known = [fixed for fixed in told if fixed is not None]
    return known[0] if known else metadata_of(options, name)["topic"] == MODEL


def _all_metadata(options: type, name: str) -> list[Mapping[str, Any]]:
    """What `option` was told of a field in this class and those above it; last, its defaults."""
    places = (vars(parent).get("__dataclass_fields__", {}) for parent in options.__mro__)
    fields = [place[name] for place in places if name in place]
    return [field.metadata for field in (*fields, option(None, "")) if field.metadata]


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
