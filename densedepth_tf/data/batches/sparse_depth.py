"""Depth of single points, as of LiDAR: told from dense maps with holes, and kept point by point."""

import numpy as np

from densedepth_tf.geometry.region import WHOLE_IMAGE, Region


def or_points(resized: np.ndarray, depth: np.ndarray, region: Region = WHOLE_IMAGE) -> np.ndarray:
    """A resized map, unless resizing lost most of what was known: then the points themselves.

    A map is sparse where fewer than half of its pixels are known and averaging it with the rule
    for dense maps with holes leaves less than half of the target pixels in which depth is known.

    Args:
        resized: float32 (h, w, 1) metres, 0 = missing, resized by the rule for dense maps.
        depth: What it was made of, (H, W, 1).
        region: The part of `depth` that it shows.

    Returns:
        float32 (h, w, 1).
    """
    if 2 * np.count_nonzero(depth > 0) >= depth.size:
        return resized
    points = place_points(depth, resized.shape[:2], region)
    is_sparse = 2 * np.count_nonzero(resized) < np.count_nonzero(points)
    return points if is_sparse else resized


def place_points(
    depth: np.ndarray, size: tuple[int, int], region: Region = WHOLE_IMAGE
) -> np.ndarray:
    """Puts every known depth into the pixel of another size that it lies in, unchanged.

    Of several in one pixel, the one nearest to its middle stays: no depth is made of two surfaces.

    Args:
        depth: (H, W, 1) metres; 0, negative and NaN are missing.
        size: `(height, width)` of the result.
        region: The part of `depth` to show.

    Returns:
        float32 (height, width, 1), 0 = missing.
    """
    rows, columns = np.nonzero(depth[..., 0] > 0)
    values = depth[rows, columns, 0]
    down = _place(rows, depth.shape[0], region.top, region.bottom, size[0])
    across = _place(columns, depth.shape[1], region.left, region.right, size[1])
    inside = (down >= 0) & (down < size[0]) & (across >= 0) & (across < size[1])
    down, across, values = down[inside], across[inside], values[inside]
    offsets = np.maximum(np.abs(down % 1 - 0.5), np.abs(across % 1 - 0.5))
    nearest_last = np.argsort(-offsets, kind="stable")
    down, across = (down[nearest_last].astype(int), across[nearest_last].astype(int))
    placed = np.zeros((*size, 1), np.float32)
    # Where several go to one place, NumPy leaves the last.
    placed[down, across, 0] = values[nearest_last]
    return placed


def _place(pixels: np.ndarray, side: int, start: float, end: float, new_side: int) -> np.ndarray:
    """Where the middles of pixels lie in the new pixels of a part of a side, from 0."""
    return (pixels + 0.5 - start * side) * new_side / ((end - start) * side)
