"""Anti-aliased resizing out of matrix products, which every exported format can run."""

from densedepth_tf.geometry.tensor import Tensor


def resize_by_matmul(images: Tensor, size: tuple[int, int] | Tensor) -> Tensor:
    """What `resize_bilinear(images, size, antialias=True)` computes, to float32's rounding.

    Both round where a pixel lies, so they differ by up to about 1e-7 of the range for every pixel
    of the larger side.

    TensorFlow's own operation for it exists in TensorFlow only. Rows and columns are resized by
    one product each with a matrix of the triangle kernel's weights, built inside the graph, so
    that sizes may be unknown. It costs h H W + h w W multiplications a channel for (H, W) to
    (h, w), more than TensorFlow's own on photographs of many megapixels.

    Args:
        images: Tensor `(N, H, W, 3)`, any numeric dtype; N, H and W may be unknown.
        size: `(height, width)` as integers or as an int32 tensor.

    Returns:
        float32 tensor `(N, height, width, 3)`.
    """
    import tensorflow as tf

    count, height, width = (_side(images, axis) for axis in range(3))
    new_height, new_width = size[0], size[1]
    rows = _triangle_weights(height, new_height)
    columns = _triangle_weights(width, new_width)
    x = tf.reshape(tf.cast(images, tf.float32), [count, height, width * 3])
    x = tf.matmul(rows, x)
    x = tf.transpose(tf.reshape(x, [count * new_height, width, 3]), [0, 2, 1])
    # One product of two matrices: batches of small ones are slow in some runtimes.
    x = tf.matmul(tf.reshape(x, [count * new_height * 3, width]), columns, transpose_b=True)
    x = tf.transpose(tf.reshape(x, [count * new_height, 3, new_width]), [0, 2, 1])
    return tf.reshape(x, [count, new_height, new_width, 3])


def _side(images: Tensor, axis: int) -> int | Tensor:
    """A side as an integer where the graph knows it, so that its weights become constants."""
    import tensorflow as tf

    known = images.shape[axis]
    return tf.shape(images)[axis] if known is None else known


def _triangle_weights(size: int | Tensor, new_size: int | Tensor) -> Tensor:
    """Row-stochastic float32 matrix `(new_size, size)`: a triangle as wide as the new pixels."""
    import tensorflow as tf

    scale = tf.cast(size, tf.float32) / tf.cast(new_size, tf.float32)
    centres = (tf.cast(tf.range(new_size), tf.float32) + 0.5) * scale - 0.5
    distances = tf.abs(tf.cast(tf.range(size), tf.float32)[None, :] - centres[:, None])
    weights = tf.maximum(1.0 - distances / tf.maximum(scale, 1.0), 0.0)
    return weights / tf.reduce_sum(weights, axis=1, keepdims=True)
