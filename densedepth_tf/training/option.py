"""How an option of `train.py` is declared: default, topic, help, and the models it is for."""

from dataclasses import Field, field
from typing import Any

MOST_DIGITS = 5  # of a side in pixels
MODELS = ("densedepth", "monodepth2", "eigen")


def option(default: Any, group: str, help: str, *models: str) -> Any:
    """A field of `TrainingConfig`.

    Args:
        default: Its default; None where the model decides.
        group: Title of the group in `--help`.
        help: One line.
        *models: The models it applies to; none given means all.
    """
    metadata = {"group": group, "help": help, "models": models or MODELS}
    return field(default=default, metadata=metadata)


def flag(name: str) -> str:
    """The flag of a field, for messages."""
    return "--" + name.replace("_", "-")


def applies(to: Field, model: str) -> bool:
    """Whether a field has a meaning for a model."""
    return model in to.metadata["models"]


def height_width(name: str, text: str) -> tuple[int, int]:
    """Reads the value `HEIGHTxWIDTH` of an option, e.g. `480x640`.

    Raises:
        ValueError: If it is anything else; the message names the option's flag.
    """
    height, _, width = text.lower().partition("x")
    sides = (height, width)
    if not all(side.isdecimal() and len(side) <= MOST_DIGITS and int(side) for side in sides):
        raise ValueError(f"{flag(name)} is HEIGHTxWIDTH, e.g. 480x640. Received: {text}")
    return int(height), int(width)
