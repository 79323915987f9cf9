"""Options that name one thing or several, each with its weight: `NAME` or `NAME:WEIGHT`."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class WeightedName(NamedTuple):
    """One of several things that an option names.

    Attributes:
        name: What is named: a checkpoint, a data set, a folder.
        weight: How much it counts beside the others; above 0.
    """

    name: str
    weight: float


def weighted_names(option: str, given: str | Sequence[str] | None) -> list[WeightedName]:
    """Reads the value of an option that names things with weights.

    Args:
        option: The option, for the message.
        given: `NAME`, `NAME:WEIGHT` or a list of such; None for nothing. A name without a weight
            has weight 1; what there is a file or folder of is a name as a whole.

    Raises:
        ValueError: If a weight is not above 0 or not finite.
    """
    texts = [given] if isinstance(given, str) else given or []
    return [_weighted_name(option, text) for text in texts]


def _weighted_name(option: str, text: str) -> WeightedName:
    name, _, weight = text.rpartition(":")
    if not name or Path(text).exists():
        return WeightedName(text, 1.0)
    try:
        number = float(weight)
    except ValueError:  # A colon within a name, as in `hf://`.
        return WeightedName(text, 1.0)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(
            f"`{option}` takes NAME:WEIGHT with a finite weight above 0; leave out what is not to "
            f"count. Received: '{text}'"
        )
    return WeightedName(name, number)
