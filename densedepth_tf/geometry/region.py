"""The part of an image that a depth map covers, and maps that cover less than all of it."""

from typing import NamedTuple

import numpy as np
from keras import ops

from densedepth_tf.geometry.tensor import Tensor


class Region(NamedTuple):
    """A rectangle as fractions of an image's height and width, between pixel edges.

    Attributes:
        top: Upper edge / height.
        bottom: Lower edge / height.
        left: Left edge / width.
        right: Right edge / width.
    """

    top: float
    bottom: float
    left: float
    right: float


WHOLE_IMAGE = Region(0.0, 1.0, 0.0, 1.0)


def pixels_inside(length: int, start: float, end: float) -> np.ndarray:
    """Which of a row's or column's pixels have their centre between two fractions of it.

    Args:
        length: How many pixels there are.
        start: The first edge / length.
        end: The last edge / length.

    Returns:
        bool `(length,)`.
    """
    centres = (np.arange(length) + 0.5) / length
    inside: np.ndarray = (centres > start) & (centres < end)
    return inside


def spread_over_image(depth: Tensor, size: tuple[int, int] | Tensor, region: Region) -> Tensor:
    """Resizes a map that covers a region of an image to the image.

    Bilinear with half-pixel centres inside; outside, the map's border is repeated. Made of
    gathering and weighted sums alone, which no GPU rounds and every exported format has.

    Args:
        depth: float32 tensor `(N, h, w, C)`; h and w are known.
        size: `(height, width)` of the image as integers or as an int32 tensor.
        region: What the map covers.

    Returns:
        float32 tensor `(N, height, width, C)`.
    """
    depth = _stretch(depth, size[0], region.top, region.bottom, axis=1)
    return _stretch(depth, size[1], region.left, region.right, axis=2)


def _stretch(depth: Tensor, length: int | Tensor, start: float, end: float, axis: int) -> Tensor:
    known = depth.shape[axis]
    centres = ops.cast(ops.arange(length), "float32") + 0.5
    share = (centres / ops.cast(length, "float32") - start) / (end - start)
    place = ops.clip(share * known - 0.5, 0.0, known - 1.0)
    below = ops.cast(ops.floor(place), "int32")
    above = ops.minimum(below + 1, known - 1)
    weight = ops.reshape(place - ops.cast(below, "float32"), (-1, 1) if axis == 2 else (-1, 1, 1))
    nearer = ops.take(depth, below, axis=axis)
    return nearer + weight * (ops.take(depth, above, axis=axis) - nearer)
