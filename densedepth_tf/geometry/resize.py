"""Resizing images, and the working size of a network that needs multiples of 32."""

from typing import Any

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
        height: Rows of the image, a scalar integer tensor.
        width: Columns of the image, a scalar integer tensor.
        trained_size: `(height, width)` of the training images, or None.

    Returns:
        int32 tensor `[height, width]`, each at least 32.
    """
    import tensorflow as tf

    # Sides are kept apart, and their product is no reduction over the shape: OpenVINO 2026.4
    # folds `reduce_prod` of a dynamic shape to a wrong constant.
    height, width = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    longest = tf.float32.max
    if trained_size is not None:
        scale = tf.sqrt(float(trained_size[0] * trained_size[1]) / (height * width))
        height, width = height * scale, width * scale
        longest = float(LONGEST_SIDE_FACTOR * max(trained_size))
    sides = [tf.maximum(tf.minimum(side, longest), float(STRIDE)) for side in (height, width)]
    return tf.cast(tf.round(tf.stack(sides) / STRIDE), tf.int32) * STRIDE
