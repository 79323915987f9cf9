"""An image and its depth as coloured points in space."""

from dataclasses import dataclass

import numpy as np

from densedepth_tf.geometry.back_projection import back_project
from densedepth_tf.geometry.flying_pixels import MAX_SLANT, flying_pixels

MAX_POINTS = 1_000_000
GREY = 128


@dataclass(frozen=True)
class PointCloud:
    """Coloured points in camera coordinates: x right, y down, z forward.

    Attributes:
        points: float32 (N, 3), metres.
        colors: uint8 (N, 3), RGB (sRGB, as in the image).
    """

    points: np.ndarray
    colors: np.ndarray

    def __len__(self) -> int:
        return len(self.points)


def to_point_cloud(
    depth: np.ndarray,
    intrinsics: np.ndarray,
    image: np.ndarray | None = None,
    edge_filter: float | None = MAX_SLANT,
    stride: int | None = None,
) -> PointCloud:
    """Turns a depth map into points, row by row, without missing depth and flying pixels.

    Args:
        depth: Metres, (H, W) or (H, W, 1); 0 or not finite = missing.
        intrinsics: (3, 3), in pixels of this depth map, e.g. from
            `geometry.intrinsics.intrinsics_from_fov`.
        image: The colours, RGB (H, W, 3), uint8 or float in [0, 1]; None paints all points grey.
        edge_filter: Steepest surface kept in degrees, see `geometry.flying_pixels`; None or 90
            keeps everything.
        stride: Take every so many rows and columns; None takes the smallest that leaves at most
            a million points. Edges are found before, at full size.

    Returns:
        The points, possibly none.

    Raises:
        ValueError: If the shapes do not fit together or a number is out of its range.

    Example:
        >>> intrinsics = intrinsics_from_fov(63.0, image.shape[:2])
        >>> cloud = to_point_cloud(model.predict_depth(image), intrinsics, image)
    """
    points = back_project(depth, intrinsics)
    height, width = points.shape[:2]
    depth = points[..., 2]
    keep = np.isfinite(depth) & (depth > 0)
    if edge_filter is not None:
        keep &= ~flying_pixels(depth, intrinsics, edge_filter)
    colors = _colors(image, (height, width))
    check_stride(stride)
    stride = stride or stride_for(height, width)
    every = slice(None, None, int(stride))
    keep = keep[every, every]
    return PointCloud(points[every, every][keep], colors[every, every][keep])


def check_stride(stride: int | None) -> None:
    """Checks a stride: a whole number from 1, or None for an automatic one.

    Raises:
        ValueError: If it is anything else.
    """
    if stride is not None and (stride < 1 or stride != int(stride)):
        raise ValueError(f"A stride is a whole number from 1. Received: stride={stride}")


def stride_for(height: int, width: int) -> int:
    """The smallest stride that leaves at most a million points."""
    stride = 1
    while -(-height // stride) * -(-width // stride) > MAX_POINTS:
        stride += 1
    return stride


def _colors(image: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    if image is None:
        return np.broadcast_to(np.uint8(GREY), (*size, 3))
    image = np.asarray(image)
    if image.shape != (*size, 3):
        raise ValueError(
            f"The image must be RGB of the depth's size, {(*size, 3)}. Received: {image.shape}"
        )
    if image.dtype == np.uint8:
        return image
    if not np.issubdtype(image.dtype, np.floating):
        raise ValueError(
            f"Images are uint8 in 0..255 or float in [0, 1]. Received: dtype {image.dtype}"
        )
    return (np.clip(np.nan_to_num(image), 0, 1) * 255).round().astype(np.uint8)
