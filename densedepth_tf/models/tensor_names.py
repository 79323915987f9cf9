"""Whether the tensors of a file are those of a network, by their names."""

import os
from collections.abc import Mapping
from typing import Any


def check_names(
    variables: Mapping[str, Any], tensors: Mapping[str, Any], path: str | os.PathLike
) -> None:
    """Checks that every variable has its tensor and every tensor its variable.

    Args:
        variables: The network's, by name.
        tensors: The file's, by the same names.
        path: The file, for the message.

    Raises:
        ValueError: If one is missing or left over; the message names up to three of each.
    """
    missing = sorted(variables.keys() - tensors.keys())
    left_over = sorted(tensors.keys() - variables.keys())
    if missing or left_over:
        raise ValueError(
            f"The file's tensors are not the network's: {len(missing)} missing {missing[:3]}, "
            f"{len(left_over)} left over {left_over[:3]}. Received: '{path}'"
        )
