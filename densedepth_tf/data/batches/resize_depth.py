"""Shrinking a depth map to the target's size without mixing in its holes."""

from collections.abc import Callable

import cv2
import numpy as np
import tensorflow as tf

from densedepth_tf.data.batches.sparse_depth import or_points
from densedepth_tf.geometry.region import WHOLE_IMAGE, Region

# Anti-aliased halving as scikit-image's `resize` does it, the official loader's choice: gaussian
# of this sigma over 5 taps, then the mean of 2x2. tf.image's own area and antialias kernels differ
# by 4-5 % at edges.
HALVING_SIGMA = 0.5
MIN_VALID_SHARE = 0.5


def resize_depth(
    depth: tf.Tensor, size: tuple[int, int], region: Region = WHOLE_IMAGE
) -> tf.Tensor:
    """Resizes metres; a pixel is missing (0) where most of what it averages is missing.

    Of sparse maps, LiDAR's, that would leave nothing: their points are kept one by one, see
    `sparse_depth.or_points`.

    Args:
        depth: float32 tensor `(H, W, 1)`, metres, 0 = missing.
        size: `(height, width)`.
        region: The part of the map to resize; its edges may lie within pixels.

    Returns:
        float32 tensor `(height, width, 1)`: the mean of the valid depths, 0 = missing.
    """
    if region != WHOLE_IMAGE:
        resized = resample_depth(depth, lambda maps: _resize_region(maps, size, region))
        return tf.ensure_shape(_or_points(resized, depth, region), (*size, 1))
    current = tf.shape(depth)[:2]
    return tf.ensure_shape(
        tf.case(
            [
                (tf.reduce_all(current == size), lambda: depth),
                (
                    tf.reduce_all(current == (2 * size[0], 2 * size[1])),
                    lambda: tf.numpy_function(halve_depth, [depth], tf.float32, stateful=False),
                ),
            ],
            default=lambda: _or_points(
                resample_depth(depth, lambda maps: tf.image.resize(maps, size, antialias=True)),
                depth,
                region,
            ),
        ),
        (*size, 1),
    )


def _or_points(resized: tf.Tensor, depth: tf.Tensor, region: Region) -> tf.Tensor:
    """`sparse_depth.or_points` of tensors."""
    return tf.numpy_function(
        lambda resized, depth: or_points(resized, depth, region),
        [resized, depth],
        tf.float32,
        stateful=False,
    )


def resample_depth(depth: tf.Tensor, resample: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    """Averages metres without holes; a pixel is missing (0) where most of what it averages is.

    Args:
        depth: float32 tensor `(H, W, 1)`, metres, 0 = missing.
        resample: Linear, on float32 maps `(H, W, 2)`: to other places or another size.
    """
    valid = depth > 0
    maps = resample(tf.concat([tf.where(valid, depth, 0.0), tf.cast(valid, tf.float32)], axis=-1))
    total, share = maps[..., :1], maps[..., 1:]
    return tf.where(share >= MIN_VALID_SHARE, total / tf.maximum(share, MIN_VALID_SHARE), 0.0)


def _resize_region(maps: tf.Tensor, size: tuple[int, int], region: Region) -> tf.Tensor:
    """What `tf.image.resize(antialias=True)` is made of, told where to begin."""
    sides = tf.cast(tf.shape(maps)[:2], tf.float32)
    start = sides * [region.top, region.left]
    scale = tf.constant(size, tf.float32) / (
        sides * [region.bottom - region.top, region.right - region.left]
    )
    return tf.raw_ops.ScaleAndTranslate(
        images=maps[None],
        size=size,
        scale=scale,
        translation=-start * scale,
        kernel_type="triangle",
        antialias=True,
    )[0]


def halve_depth(depth: np.ndarray) -> np.ndarray:
    """`resize_depth` to half the size, on arrays; many times faster than TensorFlow's filters.

    Args:
        depth: float32 (2 * height, 2 * width, 1), metres, 0 = missing.

    Returns:
        float32 (height, width, 1).
    """
    valid = depth > 0
    if valid.all():
        return _halve(depth[..., 0])[..., np.newaxis]
    share = _halve(valid.astype(np.float32)[..., 0])
    total = _halve(np.where(valid, depth, np.float32(0.0))[..., 0])
    total /= np.maximum(share, np.float32(MIN_VALID_SHARE))
    halved = np.where(share >= MIN_VALID_SHARE, total, np.float32(0.0))[..., np.newaxis]
    return or_points(halved, depth)


def _halve(values: np.ndarray) -> np.ndarray:
    """Gaussian with a mirrored border, then the mean of 2x2: (H, W) to (H/2, W/2)."""
    blurred = cv2.GaussianBlur(values, (5, 5), HALVING_SIGMA, borderType=cv2.BORDER_REFLECT_101)
    height, width = values.shape
    return cv2.resize(blurred, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
