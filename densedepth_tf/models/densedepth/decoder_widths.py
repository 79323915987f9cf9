"""The decoder's widths as a file's tensors have them."""

from collections.abc import Mapping
from typing import Any

import numpy as np


def decoder_widths(tensors: Mapping[str, np.ndarray]) -> list[int]:
    """Widths of `conv2` and of the four up-blocks.

    Args:
        tensors: A DenseDepth's weights by `layer/variable`.

    Raises:
        KeyError: If a layer is missing.
    """
    layers = ["conv2", *(f"up{level}_convA" for level in range(1, 5))]
    return [int(tensors[f"{layer}/kernel"].shape[-1]) for layer in layers]


def check_decoder_widths(config: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> None:
    """Checks a file's arguments of `DenseDepth` by its weights, before memory is taken for them.

    Args:
        config: The arguments.
        tensors: The weights by `layer/variable`.

    Raises:
        KeyError: If a layer is missing.
        TypeError: If `decoder_filters` is neither a number nor a list.
        ValueError: If the decoder would have other widths than the weights.
    """
    widths, wanted = decoder_widths(tensors), config.get("decoder_filters")
    if isinstance(wanted, int):  # As `DenseDepth` halves it.
        wanted = [wanted // 2**level for level in range(5)]
    if wanted is not None and list(wanted) != widths:
        raise ValueError(f"its decoder_filters are not its weights' {widths}")
