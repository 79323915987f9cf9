"""Numbers that are none: NaN and infinity, in a model's weights and in the depth that it gives."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np


class NotFiniteError(ValueError):
    """A model's depth is NaN or infinite in some pixels."""


def check_finite_weights(tensors: Iterable[tuple[str, Any]], path: str | os.PathLike) -> None:
    """Checks that all weights of a checkpoint are numbers.

    A single NaN spreads over the whole depth map, where clipping to the model's range makes the
    nearest or the farthest depth of it.

    Args:
        tensors: Names and arrays. Integers are passed over, and so are single numbers of no
            dimension, which are no weights: graphs have infinite limits, and NaN to answer with.
        path: The checkpoint, for the message.

    Raises:
        ValueError: If one is not; it is named.
    """
    for name, tensor in tensors:
        values = np.asarray(tensor)
        # Types of 8 and 16 bits that NumPy lacks are told by their names alone.
        is_real = values.dtype.kind == "f" or values.dtype.name.startswith(("bfloat", "float"))
        if not is_real or not values.ndim:
            continue
        finite = np.isfinite(values)
        if not finite.all():
            raise ValueError(
                f"Weight {name} is not finite: {values.size - np.count_nonzero(finite)} of "
                f"{values.size} values are NaN or infinite. Its training failed or the file is "
                f"damaged; choose another checkpoint. Received: '{path}'"
            )


def check_finite_depth(depth: np.ndarray, model: str | os.PathLike) -> None:
    """Checks that a model's depth is a prediction in every pixel.

    Args:
        depth: float32 metres, any shape.
        model: Its name or file, for the message.

    Raises:
        NotFiniteError: If it is not.
    """
    finite = np.isfinite(depth)
    if not finite.all():
        raise NotFiniteError(
            f"The model's depth is NaN or infinite in {depth.size - np.count_nonzero(finite)} of "
            f"{depth.size} pixels. Received: '{model}'"
        )
