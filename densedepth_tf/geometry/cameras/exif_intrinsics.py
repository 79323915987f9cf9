"""Intrinsics from what a camera wrote into its photograph (EXIF 2.32, CIPA DC-008)."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from densedepth_tf.geometry.cameras.intrinsics import (
    horizontal_fov,
    intrinsics_matrix,
    orient_intrinsics,
    same_shape,
)

FOCAL_LENGTH, FOCAL_LENGTH_35MM = 0x920A, 0xA405
DIGITAL_ZOOM = 0xA404
PIXEL_WIDTH, PIXEL_HEIGHT = 0xA002, 0xA003
FOCAL_PLANE_X, FOCAL_PLANE_Y, FOCAL_PLANE_UNIT = 0xA20E, 0xA20F, 0xA210

FILM_DIAGONAL = math.hypot(36.0, 24.0)
MILLIMETRES = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}  # inch, centimetre, millimetre, micrometre
INCH = 2
PLAUSIBLE_FOV = (0.5, 170.0)


def intrinsics_from_exif(
    tags: Mapping[int, Any], stored_size: tuple[int, int], orientation: int = 1
) -> np.ndarray | None:
    """Works out intrinsics from EXIF tags, as far as they tell.

    The equivalent focal length comes first: with f35 in millimetres on film of 36x24 mm, f = f35
    times the image's diagonal in pixels / 43.27, whatever way the image is turned. Without
    it, f = focal length in mm * pixels per mm of the focal plane * digital zoom, scaled if the
    image was resized since. The principal point is the image's centre.

    Args:
        tags: Tag number -> value of the EXIF directory (0x8769).
        stored_size: (height, width) of the image as stored, before any orientation.
        orientation: Tag 0x0112 of the main directory.

    Returns:
        float32 (3, 3) in pixels of the upright image; None if the tags do not tell, contradict
        themselves, or the image has been cropped since.
    """
    height, width = stored_size
    taken = _number(tags, PIXEL_HEIGHT) or height, _number(tags, PIXEL_WIDTH) or width
    if not same_shape(taken, stored_size):
        taken = taken[::-1]  # a program turned the pixels and left these two as they were
    if not same_shape(taken, stored_size):
        return None
    focal = _focal_from_35mm(tags, stored_size) or _focal_from_plane(tags, width / taken[1])
    if focal is None:
        return None
    stored = intrinsics_matrix(*focal, (width - 1) / 2, (height - 1) / 2)
    if not PLAUSIBLE_FOV[0] < horizontal_fov(stored, stored_size) < PLAUSIBLE_FOV[1]:
        return None
    return orient_intrinsics(stored, stored_size, orientation)


def _focal_from_35mm(tags: Mapping[int, Any], size: tuple[int, int]) -> tuple[float, float] | None:
    film = _number(tags, FOCAL_LENGTH_35MM)
    if film is None:
        return None
    focal = film / FILM_DIAGONAL * math.hypot(*size)
    return focal, focal


def _focal_from_plane(tags: Mapping[int, Any], scale: float) -> tuple[float, float] | None:
    length = _number(tags, FOCAL_LENGTH)
    across = _number(tags, FOCAL_PLANE_X)
    unit = MILLIMETRES.get(int(_number(tags, FOCAL_PLANE_UNIT) or INCH))
    if length is None or across is None or unit is None:
        return None
    down = _number(tags, FOCAL_PLANE_Y) or across
    scale *= max(1.0, _number(tags, DIGITAL_ZOOM) or 1.0)
    return length * across / unit * scale, length * down / unit * scale


def _number(tags: Mapping[int, Any], tag: int) -> float | None:
    """A tag as a positive, finite number; cameras write 0 or 0/0 for what they do not know."""
    try:
        value = float(tags[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) and value > 0 else None
