"""JSON that may come from anybody: numbers are finite, and nesting ends in an error of its own."""

import json
from typing import Any, NoReturn


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - whatever stands there
    """Plain values of a JSON text.

    Raises:
        ValueError: If it is no JSON, is nested too deeply, or has NaN or infinity in it.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it has {constant} in it")
