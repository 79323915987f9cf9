"""Opening many sequences of which some may be no good: the rest goes on."""

import warnings
from collections.abc import Callable, Iterable
from typing import TypeVar

Place = TypeVar("Place")
Opened = TypeVar("Opened")
_MOST_NAMED = 3


def open_usable(
    places: Iterable[Place], open_one: Callable[[Place], Opened], what: str, strict: bool = False
) -> list[Opened]:
    """Opens what can be opened, and warns of the others in one line.

    Args:
        places: What to open.
        open_one: Opens one of them.
        what: What they are, in the plural, for the warning.
        strict: Stop at the first that cannot be opened.

    Raises:
        ValueError, OSError: As `open_one`, if strict or if not one can be opened.
    """
    opened: list[Opened] = []
    errors: list[ValueError | OSError] = []
    for place in places:
        try:
            opened.append(open_one(place))
        except (ValueError, OSError) as error:
            if strict:
                raise
            errors.append(error)
    if errors and not opened:
        raise errors[0]
    if errors:
        more = len(errors) - _MOST_NAMED
        said = [str(error).rstrip(".") for error in errors[:_MOST_NAMED]]
        said += [f"and {more} more"] if more > 0 else []
        count = len(errors) + len(opened)
        warnings.warn(
            f"{len(errors)} of {count} {what} are left out: {'; '.join(said)}.", stacklevel=3
        )
    return opened
