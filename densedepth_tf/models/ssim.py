"""Structural similarity per window (Wang et al. 2004): 11x11 gaussian, sigma 1.5."""

import keras
import numpy as np
from keras import ops

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.compiled_by_xla import is_compiled_by_xla

WINDOW = 11
SIGMA = 1.5
K1 = 0.01
K2 = 0.03


def ssim_map(first: Tensor, second: Tensor, max_value: float) -> Tensor:
    """SSIM of every full window; its mean is `tf.image.ssim`, which computes it on TensorFlow.

    Args:
        first: float32 tensor `(N, H, W, 1)`, H and W at least 11.
        second: float32 tensor of the same shape.
        max_value: Dynamic range of the values.

    Returns:
        float32 tensor `(N, H - 10, W - 10)`.

    Raises:
        ValueError: If a map is smaller than the window.
    """
    height, width = first.shape[1:3]
    if (height and height < WINDOW) or (width and width < WINDOW):
        raise ValueError(
            f"SSIM needs maps of at least {WINDOW}x{WINDOW} pixels; use larger images. "
            f"Received: {height}x{width}"
        )
    if keras.backend.backend() != "tensorflow" or is_compiled_by_xla():
        return ssim_map_in_ops(first, second, max_value)
    import tensorflow as tf

    # Of one channel the blur is an ordinary convolution to cuDNN, which may round its inputs to
    # TF32's 10 bits; of two it is TensorFlow's own kernel, in float32. Both hold the same map, and
    # the mean over the channels is the map's own.
    pairs = (tf.repeat(maps, 2, axis=-1) for maps in (first, second))
    return tf.image.ssim(*pairs, max_value, return_index_map=True)


def ssim_map_in_ops(first: Tensor, second: Tensor, max_value: float) -> Tensor:
    """`ssim_map` for other backends than TensorFlow and for XLA, which blurs by convolutions."""
    c1 = (K1 * max_value) ** 2
    c2 = (K2 * max_value) ** 2
    mean_product = _blur(first) * _blur(second) * 2
    mean_squares = _blur(first) ** 2 + _blur(second) ** 2
    product = _blur(first * second) * 2
    squares = _blur(first**2 + second**2)
    luminance = (mean_product + c1) / (mean_squares + c1)
    contrast = (product - mean_product + c2) / (squares - mean_squares + c2)
    return (luminance * contrast)[..., 0]


def _blur(x: Tensor) -> Tensor:
    """Gaussian mean of every full window of a one-channel map.

    Sums of shifted maps, not a convolution: GPUs round a convolution's inputs to 10 bits (TF32),
    and SSIM subtracts nearly equal means of squares.
    """
    offsets = np.arange(WINDOW) - (WINDOW - 1) / 2
    weights = np.exp(-(offsets**2) / (2 * SIGMA**2))
    weights = [float(weight) for weight in weights / weights.sum()]
    rows, columns = (side - WINDOW + 1 for side in ops.shape(x)[1:3])
    x = sum(weight * x[:, i : i + rows] for i, weight in enumerate(weights))
    return sum(weight * x[:, :, i : i + columns] for i, weight in enumerate(weights))
