"""Resizing images, and the working size of a network that needs multiples of 32."""

from types import ModuleType

import numpy as np

from densedepth_tf.geometry.tensor import Tensor

STRIDE = 32
LONGEST_SIDE_FACTOR = 4


def resize_bilinear(
    images: Tensor, size: tuple[int, int] | Tensor, antialias: bool = False
) -> Tensor:
    """Resizes with half-pixel centres; the result is float32.

    Args:
        images: Tensor `(N, H, W, C)` or `(H, W, C)`, any numeric dtype; H and W may be unknown.
        size: `(height, width)` as integers or as an int32 tensor.
        antialias: Widen the kernel when shrinking, as a photograph needs it.

    Returns:
        float32 tensor of the new size.
    """
    import tensorflow as tf

    return tf.image.resize(images, size, method="bilinear", antialias=antialias)


def resize_maps(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`resize_bilinear` of arrays with one channel, up to rounding and ten times faster.

    Args:
        maps: float32 (N, h, w, 1).
        size: `(height, width)`.

    Returns:
        float32 (N, height, width, 1).
    """
    import cv2

    height, width = size
    if maps.shape[1:3] == (height, width):
        return maps
    resized = np.empty((len(maps), height, width), np.float32)
    for source, place in zip(maps, resized, strict=True):
        cv2.resize(source[..., 0], (width, height), dst=place, interpolation=cv2.INTER_LINEAR)
    return resized[..., np.newaxis]


def working_size(
    height: int | Tensor,
    width: int | Tensor,
    trained_size: tuple[int, int] | None,
    smallest_side: int = STRIDE,
) -> list[int] | Tensor:
    """Size at which a fully convolutional network should see an image.

    Depth in metres depends on how large things look, so an image is brought to the area the
    network was trained at, its aspect ratio kept as far as multiples of 32 allow. Without a
    trained size the image's own size is rounded to multiples of 32. An image of the trained
    size is left as it is.

    Args:
        height: Rows of the image, an integer or a scalar integer tensor of TensorFlow's.
        width: Columns of the image, likewise.
        trained_size: `(height, width)` of the training images, or None.
        smallest_side: Least height and width, a multiple of 32.

    Returns:
        `[height, width]`, each at least `smallest_side`: integers for integers, else an int32
        tensor.
    """
    if isinstance(height, int) and isinstance(width, int):
        known = np.float32(height), np.float32(width)
        return [int(side) for side in _working_sides(*known, trained_size, smallest_side, np)]
    import tensorflow as tf

    height, width = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    sides = _working_sides(height, width, trained_size, smallest_side, tf)
    return tf.cast(tf.stack(sides), tf.int32)


def _working_sides(
    height: np.float32 | Tensor,
    width: np.float32 | Tensor,
    trained_size: tuple[int, int] | None,
    smallest_side: int,
    math: ModuleType,
) -> list[Tensor]:
    """`working_size` as float32 scalars of NumPy or TensorFlow, the module that `math` is."""
    longest = np.finfo(np.float32).max
    if trained_size is not None:
        # Not a reduction over the shape: OpenVINO 2026.4 folds that to a wrong constant.
        scale = math.sqrt(np.float32(trained_size[0] * trained_size[1]) / (height * width))
        height, width = height * scale, width * scale
        longest = np.float32(LONGEST_SIDE_FACTOR * max(trained_size))
    stride, smallest = np.float32(STRIDE), np.float32(smallest_side)
    sides = [math.maximum(math.minimum(side, longest), smallest) for side in (height, width)]
    return [math.round(side / stride) * stride for side in sides]
