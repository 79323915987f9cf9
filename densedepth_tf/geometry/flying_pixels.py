"""Pixels that belong to no surface: the smear between an object and what is behind it."""

import math

import numpy as np

from densedepth_tf.geometry.cameras.intrinsics import check_intrinsics

MAX_SLANT = 85.0


def flying_pixels(
    depth: np.ndarray, intrinsics: np.ndarray, max_slant: float = MAX_SLANT
) -> np.ndarray:
    """Marks the pixels where depth jumps to a neighbour, left, right, above or below.

    At an object's border a predicted depth map runs from the object to the background over some
    pixels, which would hang in the air as points. Two neighbours p and q in a row are marked if

        fx * |depth_p - depth_q| / min(depth_p, depth_q)  >  tan(max_slant)

    (in a column with fy): a step of one pixel sideways is depth / fx metres, so the left side is
    how many metres the depth changes per metre sideways. It is the relative jump of depth in
    units that do not change when the image is resized. A plane whose slope stays below the
    limit keeps all of its pixels: at 85 degrees the limit is 11.4, and a floor 1.4 m below the
    camera reaches it 16 m away.

    Args:
        depth: Metres, (H, W); 0 or not finite = missing, which marks no neighbour.
        intrinsics: (3, 3), in pixels of this depth map.
        max_slant: Degrees between the line of sight's perpendicular and the steepest surface
            kept, above 0; 90 marks nothing.

    Returns:
        bool (H, W), True for flying pixels; False where depth is missing.

    Raises:
        ValueError: If the angle is outside of these, or the intrinsics are not valid.
    """
    check_max_slant(max_slant)
    matrix = check_intrinsics(intrinsics)
    depth = np.asarray(depth, np.float32)
    flying = np.zeros(depth.shape, bool)
    if max_slant == 90:
        return flying
    depth = np.where(np.isfinite(depth) & (depth > 0), depth, np.nan)
    limit = math.tan(math.radians(max_slant))
    # Along rows, then along columns; the views share memory with `flying`.
    for values, marks, focal in (
        (depth, flying, matrix[0, 0]),
        (depth.T, flying.T, matrix[1, 1]),
    ):
        near, far = values[:, :-1], values[:, 1:]
        jump = focal * np.abs(near - far) > limit * np.minimum(near, far)
        marks[:, :-1] |= jump
        marks[:, 1:] |= jump
    return flying


def check_max_slant(max_slant: float) -> None:
    """Checks that the limit of the edge filter is an angle.

    Raises:
        ValueError: If it is not above 0 and at most 90 degrees.
    """
    if not 0 < max_slant <= 90:
        raise ValueError(
            "The edge filter is an angle above 0 and up to 90 degrees (90 keeps everything). "
            f"Received: {max_slant}"
        )
