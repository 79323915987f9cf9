"""Pixels with depth -> points in space, and back (pinhole camera, conventions of `intrinsics`)."""

import numpy as np

from densedepth_tf.geometry.cameras.intrinsics import check_intrinsics


def back_project(depth: np.ndarray, intrinsics: np.ndarray) -> np.ndarray:
    """The point in space that every pixel sees.

    Args:
        depth: Metres along the optical axis, (H, W) or (H, W, 1).
        intrinsics: (3, 3), in pixels of this depth map.

    Returns:
        float32 (H, W, 3), metres in camera coordinates: x right, y down, z forward. Pixels of
        depth 0 give the origin.

    Raises:
        ValueError: If the depth is not a map or the intrinsics are not valid.
    """
    depth = np.asarray(depth, np.float32)
    depth = depth[..., 0] if depth.ndim == 3 and depth.shape[-1] == 1 else depth
    if depth.ndim != 2:
        raise ValueError(f"A depth map is (H, W) or (H, W, 1). Received: shape {depth.shape}")
    (fx, _, cx), (_, fy, cy), _ = check_intrinsics(intrinsics)
    height, width = depth.shape
    across = ((np.arange(width) - cx) / fx).astype(np.float32)
    down = ((np.arange(height) - cy) / fy).astype(np.float32)
    return np.stack([depth * across, depth * down[:, None], depth], axis=-1)


def project(points: np.ndarray, intrinsics: np.ndarray) -> np.ndarray:
    """Where points in space are seen.

    Args:
        points: (..., 3), metres in camera coordinates.
        intrinsics: (3, 3), in pixels.

    Returns:
        float64 (..., 2): u right, v down, in pixels; NaN for points that are not before the
        camera.

    Raises:
        ValueError: If the intrinsics are not valid.
    """
    (fx, _, cx), (_, fy, cy), _ = check_intrinsics(intrinsics)
    x, y, z = np.moveaxis(np.asarray(points, np.float64), -1, 0)
    z = np.where(z > 0, z, np.nan)
    return np.stack([fx * x / z + cx, fy * y / z + cy], axis=-1)
