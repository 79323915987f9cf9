"""What an exporter wrote about an artefact, read from files that anybody may have changed."""

import json
import os
import sys
from typing import Any, TypeGuard

from densedepth_tf.geometry.cameras.lens import is_focal_length

LARGEST_METADATA = 2**20  # bytes; what is written is some thousand
LARGEST_SIDE = 2**15  # pixels


def parse_metadata(text: str | bytes, path: str | os.PathLike) -> dict[str, Any]:
    """What the exporter wrote, from JSON.

    Raises:
        ValueError: If it is no JSON object, or says something impossible of depth or images.
    """
    if len(text) > LARGEST_METADATA:
        raise _damaged(path, f"it has {len(text)} bytes")
    try:
        metadata = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(metadata, dict):
        raise _damaged(path, f"it holds a {type(metadata).__name__}")
    check_metadata(metadata, path)
    return metadata


def check_metadata(metadata: dict[str, Any], path: str | os.PathLike) -> None:
    """Checks type and range of what this package goes by.

    Args:
        metadata: `min_depth` and `max_depth`, metres; `image_size`, (height, width) in pixels;
            `network_size`, likewise; `focal_length`, in image widths; `precision` and
            `resampling`; each may be missing or None.
        path: The artefact, for the message.

    Raises:
        ValueError: If the range, a size, the focal length or a word is not valid.
    """
    low, high = metadata.get("min_depth"), metadata.get("max_depth")
    is_range = _is_number(low) and _is_number(high) and 0 < low < high <= sys.float_info.max
    if not is_range and (low, high) != (None, None):
        raise _damaged(path, f"its range of depth is {low!r} to {high!r}")
    for name in ("image_size", "network_size"):
        size = metadata.get(name)
        if size is not None and not _is_size(size):
            raise _damaged(path, f"its {name.replace('_', ' ')} is {size!r}")
    focal_length = metadata.get("focal_length")
    if focal_length is not None and not is_focal_length(focal_length):
        raise _damaged(path, f"its focal length is {focal_length!r}")
    for name in ("precision", "resampling"):
        word = metadata.get(name)
        if word is not None and not isinstance(word, str):
            raise _damaged(path, f"its {name} is {word!r}")


def _is_size(size: object) -> bool:
    if not isinstance(size, (list, tuple)) or len(size) != 2:
        return False
    return all(type(side) is int and 0 < side <= LARGEST_SIDE for side in size)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _damaged(path: str | os.PathLike, reason: str) -> ValueError:
    reason = " ".join(reason.split())[:200]
    return ValueError(f"The metadata of '{path}' is damaged: {reason}")
