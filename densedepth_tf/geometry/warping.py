"""Differentiable warping: an image as another camera would have taken it."""

from keras import ops

from densedepth_tf.geometry.projection import reproject
from densedepth_tf.geometry.tensor import Tensor


def warp(source: Tensor, depth: Tensor, motion: Tensor, intrinsics: Tensor) -> Tensor:
    """Rebuilds the target's image from the source's (Zhou et al. 2017, section 3.2).

    Without motion the result is the source, bit for bit. Slopes in depth and motion are finite
    everywhere and 0 where the point is seen outside the source.

    Args:
        source: Tensor `(N, H, W, C)`, the source camera's image.
        depth: Tensor `(N, H, W, 1)`, depth of the target camera's pixels.
        motion: Tensor `(N, 4, 4)`, takes points of the target camera to the source camera.
        intrinsics: Tensor `(N, 3, 3)` in pixels, of both cameras.

    Returns:
        float32 tensor `(N, H, W, C)`.
    """
    return sample_bilinear(source, reproject(depth, motion, intrinsics))


def sample_bilinear(images: Tensor, positions: Tensor) -> Tensor:
    """Reads images between their pixels; outside, the nearest pixel of the border goes on.

    A position is in pixels with the top left pixel's centre at (0, 0) and the bottom right one's
    at (W - 1, H - 1): the "corner-aligned" convention. float32 whatever the dtype policy.

    Args:
        images: Tensor `(N, H, W, C)`; integers are read as floats of the same value.
        positions: Tensor `(N, h, w, 2)`, u right and v down.

    Returns:
        float32 tensor `(N, h, w, C)`, NaN where a position is.
    """
    images = ops.cast(images, "float32")
    positions = ops.cast(positions, "float32")
    height, width, channels = images.shape[1:]
    u = ops.clip(positions[..., 0], 0.0, width - 1.0)
    v = ops.clip(positions[..., 1], 0.0, height - 1.0)
    left, top = ops.floor(u), ops.floor(v)
    across, down = (u - left)[..., None], (v - top)[..., None]
    left, top = _whole(left), _whole(top)
    right, bottom = ops.minimum(left + 1, width - 1), ops.minimum(top + 1, height - 1)
    pixels = ops.reshape(images, (-1, channels))
    first = ops.arange(ops.shape(images)[0], dtype="int32") * (height * width)

    def look_up(row: Tensor, column: Tensor) -> Tensor:
        return ops.take(pixels, first[:, None, None] + row * width + column, axis=0)

    upper = (1 - across) * look_up(top, left) + across * look_up(top, right)
    lower = (1 - across) * look_up(bottom, left) + across * look_up(bottom, right)
    return (1 - down) * upper + down * lower


def _whole(values: Tensor) -> Tensor:
    """Whole floats as int32; NaN, which must not become an address, as 0."""
    return ops.cast(ops.where(ops.isnan(values), 0.0, values), "int32")
