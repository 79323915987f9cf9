"""Lanczos' filter out of matrix products, which every exported format can run."""

import numpy as np

from densedepth_tf.geometry.resizing.lanczos import WEIGHT_BITS, lanczos_weights, rows_first
from densedepth_tf.geometry.resizing.lanczos_weights_in_graph import lanczos_weights_in_graph
from densedepth_tf.geometry.tensor import Tensor

# Weights go as multiples of 2^-11 and a rest: products with grey levels and their sums are whole
# numbers below 2^24 then, which float32 holds exactly in whatever order a runtime adds them.
HALF = 2.0 ** (WEIGHT_BITS // 2)


def resize_lanczos_by_matmul(images: Tensor, size: tuple[int, int] | Tensor) -> Tensor:
    """What `resize_lanczos` computes, as TensorFlow operations and with sizes known or unknown.

    Exact where the sizes are known when the graph is built; where they are not, one weight in
    some thousands is off by 2^-22, which may move a grey level in some hundred thousand by one.
    Sums of more than 32 pixels, from shrinking by more than five, are as exact.

    Args:
        images: Tensor `(N, H, W, 3)`, uint8 or float in [0, 1]; N, H and W may be unknown.
        size: `(height, width)` as integers or as an int32 tensor.

    Returns:
        float32 tensor `(N, height, width, 3)`, whole numbers in 0..255.
    """
    import tensorflow as tf

    is_float = images.dtype.is_floating
    x = tf.cast(images, tf.float32)
    if is_float:
        x = tf.round(tf.clip_by_value(x, 0.0, 1.0) * 255.0)
    count, height, width = (_side(images, axis) for axis in range(3))
    new_height, new_width = size[0], size[1]
    known = all(isinstance(side, int) for side in (height, width, new_height, new_width))
    if known:
        turned = rows_first((height, width), (new_height, new_width))
        if turned:
            x = tf.transpose(x, [0, 2, 1, 3])
            height, width, new_height, new_width = width, height, new_width, new_height
    else:  # `rows_first`, of tensors.
        turned = height - new_height > tf.maximum(2 * (width - new_width), 0)
        x = _turned(x, count, height, width, turned)
        height, width = _swapped(turned, height, width)
        new_height, new_width = _swapped(turned, new_height, new_width)
    x = tf.reshape(tf.transpose(x, [0, 1, 3, 2]), [count * height * 3, width])
    # One product of two matrices: batches of small ones are slow in some runtimes.
    x = tf.matmul(x, _halves(width, new_width), transpose_b=True)
    x = _levels(x[:, :new_width], x[:, new_width:])
    x = tf.reshape(x, [count, height, 3 * new_width])
    x = tf.matmul(_halves(height, new_height), x)
    x = _levels(x[:, :new_height], x[:, new_height:])
    x = tf.transpose(tf.reshape(x, [count, new_height, 3, new_width]), [0, 1, 3, 2])
    if not known:
        return _turned(x, count, new_height, new_width, turned)
    return tf.transpose(x, [0, 2, 1, 3]) if turned else x


def _halves(size: int | Tensor, new_size: int | Tensor) -> Tensor:
    """float32 `(2 new_size, size)`: the multiples of 2^-11, then the rests, as whole numbers."""
    import tensorflow as tf

    if isinstance(size, int) and isinstance(new_size, int):
        weights = lanczos_weights(size, new_size)
        high = np.floor_divide(weights + int(HALF) // 2, int(HALF))
        return tf.constant(np.concatenate([high, weights - high * int(HALF)]), tf.float32)
    in_graph = lanczos_weights_in_graph(size, new_size)
    multiples = tf.floor((in_graph + HALF / 2) / HALF)
    return tf.concat([multiples, in_graph - multiples * HALF], axis=0)


def _levels(high: Tensor, low: Tensor) -> Tensor:
    """Sums of both halves to the nearest grey level, without a sum that float32 would round."""
    import tensorflow as tf

    total = high + tf.floor(low / HALF)
    return tf.clip_by_value(tf.floor((total + HALF / 2) / HALF), 0.0, 255.0)


def _turned(images: Tensor, count: Tensor, height: Tensor, width: Tensor, turned: Tensor) -> Tensor:
    """Images with rows and columns exchanged if `turned`, which only the running graph knows.

    A gather: some formats cannot choose between operations, nor the axes of a transposition.
    """
    import tensorflow as tf

    down, across = _swapped(turned, width, tf.ones_like(width))
    new_height, new_width = _swapped(turned, height, width)
    places = tf.range(new_height)[:, None] * down + tf.range(new_width)[None, :] * across
    pixels = tf.reshape(images, [count, height * width, 3])
    pixels = tf.gather(pixels, tf.reshape(places, [-1]), axis=1)
    return tf.reshape(pixels, [count, new_height, new_width, 3])


def _swapped(turned: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    import tensorflow as tf

    return tf.where(turned, second, first), tf.where(turned, first, second)


def _side(images: Tensor, axis: int) -> int | Tensor:
    """A side as an integer where the graph knows it, so that its weights become constants."""
    import tensorflow as tf

    known = images.shape[axis]
    return tf.shape(images)[axis] if known is None else known
