"""Resizing images, and the working size of a network that needs multiples of 32."""

from typing import Any

import numpy as np

STRIDE = 32
LONGEST_SIDE_FACTOR = 4


def resize_bilinear(images: Any, size: Any, antialias: bool = False) -> Any:
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


def working_size(height: Any, width: Any, trained_size: tuple[int, int] | None) -> Any:
    """Size at which a fully convolutional network should see an image.

    Depth in metres depends on how large things look, so an image is brought to the area the
    network was trained at, its aspect ratio kept as far as multiples of 32 allow. Without a
    trained size the image's own size is rounded to multiples of 32. An image of the trained
    size is left as it is.

    Args:
        height: Rows of the image, an integer or a scalar integer tensor of TensorFlow's.
        width: Columns of the image, likewise.
        trained_size: `(height, width)` of the training images, or None.

    Returns:
        `[height, width]`, each at least 32: integers for integers, else an int32 tensor.
    """
    area, longest = None, np.finfo(np.float32).max
    if trained_size is not None:
        area = np.float32(trained_size[0] * trained_size[1])
        longest = np.float32(LONGEST_SIDE_FACTOR * max(trained_size))
    if isinstance(height, int) and isinstance(width, int):
        size = np.array([height, width], np.float32)
        if area is not None:
            size = size * np.sqrt(area / np.prod(size))
        return [int(side) * STRIDE for side in np.round(np.clip(size, STRIDE, longest) / STRIDE)]
    import tensorflow as tf

    size = tf.cast(tf.stack([height, width]), tf.float32)
    if area is not None:
        size = size * tf.sqrt(area / tf.reduce_prod(size))
    multiples = tf.round(tf.clip_by_value(size, STRIDE, longest) / STRIDE)
    return tf.cast(multiples, tf.int32) * STRIDE
