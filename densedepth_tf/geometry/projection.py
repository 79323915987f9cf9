"""Pixels to points and back on batches of tensors, differentiable in depth and motion.

Conventions are those of `intrinsics` and `back_projection`, which do the same for one NumPy map:
intrinsics `(N, 3, 3)` are ((fx, 0, cx), (0, fy, cy), (0, 0, 1)) in pixels, a pixel's centre is at
integers and the top left one's at (0, 0), points are x right, y down, z forward. A motion
`(N, 4, 4)` takes points of the target camera to the source camera (`rigid_motion`). Everything is
float32 whatever the dtype policy, and without matrix products, which GPUs may round to 10 bits
(TF32).
"""

import numpy as np
from keras import ops

from densedepth_tf.geometry.tensor import Tensor

# Nearest distance in front of a camera, in the unit of depth, at which a point is still divided
# by its own: everything nearer, or behind, is projected as if it stood there.
MIN_DISTANCE = 1e-3


def back_project(depth: Tensor, intrinsics: Tensor) -> Tensor:
    """The point in space that every pixel sees.

    Args:
        depth: Tensor `(N, H, W, 1)` along the optical axis, in any unit.
        intrinsics: Tensor `(N, 3, 3)` in pixels of this depth map.

    Returns:
        float32 tensor `(N, H, W, 3)` in the unit of depth.
    """
    depth = ops.cast(depth, "float32")[..., 0]
    across, down = _slopes(intrinsics, *depth.shape[1:])
    return ops.stack([depth * across, depth * down, depth], axis=-1)


def move(points: Tensor, motion: Tensor) -> Tensor:
    """Points as seen from another camera.

    Args:
        points: Tensor `(N, H, W, 3)`.
        motion: Tensor `(N, 4, 4)`.

    Returns:
        float32 tensor `(N, H, W, 3)`.
    """
    points = ops.cast(points, "float32")
    motion = ops.cast(motion, "float32")[:, None, None, :3]
    x, y, z = points[..., :1], points[..., 1:2], points[..., 2:]
    return motion[..., 0] * x + motion[..., 1] * y + motion[..., 2] * z + motion[..., 3]


def project(points: Tensor, intrinsics: Tensor) -> Tensor:
    """Where points in space are seen.

    Args:
        points: Tensor `(N, H, W, 3)` in camera coordinates.
        intrinsics: Tensor `(N, 3, 3)` in pixels.

    Returns:
        float32 tensor `(N, H, W, 2)`, u right and v down in pixels: finite for every finite
        point. Those less than `MIN_DISTANCE` before the camera are seen where they would be at
        that distance, which is far outside the image for all but the few on the axis.
    """
    points = ops.cast(points, "float32")
    intrinsics = ops.cast(intrinsics, "float32")[:, None, None]
    focal = ops.stack([intrinsics[..., 0, 0], intrinsics[..., 1, 1]], axis=-1)
    centre = intrinsics[..., :2, 2]
    return focal * points[..., :2] / ops.maximum(points[..., 2:], MIN_DISTANCE) + centre


def reproject(depth: Tensor, motion: Tensor, intrinsics: Tensor) -> Tensor:
    """Where a source camera sees what every pixel of the target camera sees.

    It is `project(move(back_project(depth)))`, computed as each pixel's place plus how far the
    motion shifts it: without motion the shift is exactly 0, instead of a rounding error that
    would blur the image.

    Args:
        depth: Tensor `(N, H, W, 1)`, depth of the target's pixels.
        motion: Tensor `(N, 4, 4)` from target to source, its translation in the unit of depth.
        intrinsics: Tensor `(N, 3, 3)` in pixels, of both cameras.

    Returns:
        float32 tensor `(N, H, W, 2)`, u right and v down in pixels of the source; see `project`
        for points that are not in front of it.
    """
    # One plane for each coordinate: several times faster than triples, slopes included.
    depth = ops.cast(depth, "float32")[..., 0]
    motion = ops.cast(motion, "float32")[..., None, None]
    height, width = depth.shape[1:]
    across, down = _slopes(intrinsics, height, width)
    x, y, z = (
        depth * (motion[:, i, 0] * across + motion[:, i, 1] * down + motion[:, i, 2])
        + motion[:, i, 3]
        for i in range(3)
    )
    z = ops.maximum(z, MIN_DISTANCE)
    intrinsics = ops.cast(intrinsics, "float32")[..., None, None]
    shift_u = intrinsics[:, 0, 0] * (x - z * across) / z
    shift_v = intrinsics[:, 1, 1] * (y - z * down) / z
    columns, rows = _positions(height, width)
    return ops.stack([columns + shift_u, rows + shift_v], axis=-1)


def coarser_intrinsics(intrinsics: Tensor, factor: int) -> Tensor:
    """Intrinsics of images made smaller by the means of `factor` x `factor` pixels.

    The tensor version of `intrinsics.rescale_intrinsics`.

    Args:
        intrinsics: Tensor `(N, 3, 3)` in pixels.
        factor: How many times smaller both sides get.

    Returns:
        float32 tensor `(N, 3, 3)` in the larger pixels.
    """
    scale = np.array([[1 / factor], [1 / factor], [1]], np.float32)
    shift = np.zeros((3, 3), np.float32)
    shift[:2, 2] = 0.5 / factor - 0.5
    return ops.cast(intrinsics, "float32") * scale + shift


def _slopes(intrinsics: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """The x / z of each column's rays, `(N, 1, W)`, and y / z of each row's, `(N, H, 1)`."""
    intrinsics = ops.cast(intrinsics, "float32")[..., None, None]
    columns, rows = _positions(height, width)
    across = (columns - intrinsics[:, 0, 2]) / intrinsics[:, 0, 0]
    return across, (rows - intrinsics[:, 1, 2]) / intrinsics[:, 1, 1]


def _positions(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The pixels' u, `(W,)`, and v, `(H, 1)`, in float32."""
    return np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
