"""What a camera would have seen from the same place, had it been rolled or turned."""

import math
from collections.abc import Callable

import cv2
import numpy as np
import tensorflow as tf

from densedepth_tf.data.batches.resize_depth import resample_depth
from densedepth_tf.geometry.cameras.lens import intrinsics_from_focal_length


def rotate(image: tf.Tensor, depth: tf.Tensor, angle: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Rolls the camera about its axis: turns image and depth about their middle.

    Depth is measured along the axis and stays what it is. Pixels are square and the principal
    point is the middle, as nearly so with all cameras. Where nothing was seen, in the corners,
    the image goes on mirrored and depth is missing. Both are interpolated bilinearly; a depth is
    missing where most of what it averages is. Of sparse depth, LiDAR's, that would leave next to
    nothing: the nearest pixel is taken.

    Args:
        image: uint8 tensor `(H, W, 3)`.
        depth: float32 tensor `(H, W, 1)`, metres, 0 = missing.
        angle: Radians, scalar; what was right of the middle moves down.

    Returns:
        Tensors like `image` and `depth`.
    """
    return _moved(image, depth, lambda maps, *how: turn(maps, angle, *how))


def turn_camera(
    image: tf.Tensor, depth: tf.Tensor, angles: tf.Tensor, focal_length: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Turns the camera where it stands: what it would have seen, had it looked higher or aside.

    Every pixel of the new view is a ray that the old one knows, so this is exact: a homography,
    and depth along the new axis (Zhao et al. 2021, section 3.2). What the old view did not show
    goes on mirrored, without depth; depth is interpolated as `rotate` does it.

    Args:
        image: uint8 tensor `(H, W, 3)`; square pixels, and the principal point in the middle.
        depth: float32 tensor `(H, W, 1)`, metres, 0 = missing; of the image's size.
        angles: float32 tensor `(2,)`, radians: up, and to the right.
        focal_length: In image widths.

    Returns:
        Tensors like `image` and `depth`.
    """

    def warp(maps: tf.Tensor, border: int, interpolation: int = cv2.INTER_LINEAR) -> tf.Tensor:
        def warp_array(maps: np.ndarray, angles: np.ndarray) -> np.ndarray:
            height, width = maps.shape[:2]
            source = _rays(height, width, focal_length, angles)
            # To homogeneous coordinates in the old view, and these to its pixels.
            camera = intrinsics_from_focal_length(focal_length, (height, width))
            flags = interpolation | cv2.WARP_INVERSE_MAP
            parts = [
                cv2.warpPerspective(
                    part, camera @ source, (width, height), flags=flags, borderMode=border
                )
                for part in cv2.split(maps)
            ]
            return cv2.merge(parts).reshape(maps.shape)

        moved = tf.numpy_function(warp_array, [maps, angles], maps.dtype, stateful=False)
        return tf.ensure_shape(moved, maps.shape)

    def old_depth(depth: np.ndarray, angles: np.ndarray) -> np.ndarray:
        """Along the old axis, of points 1 m away along the new one."""
        height, width = depth.shape[:2]
        x, y = np.arange(width)[None], np.arange(height)[:, None]
        row = _rays(height, width, focal_length, angles)[2]
        return (row[0] * x + row[1] * y + row[2]).astype(np.float32)[..., np.newaxis]

    image, moved = _moved(image, depth, warp)
    along = tf.numpy_function(old_depth, [depth, angles], tf.float32, stateful=False)
    # Behind the old camera nothing was seen.
    moved = tf.where(along > 0, moved / along, 0.0)
    return image, tf.ensure_shape(moved, depth.shape)


def _rays(height: int, width: int, focal_length: float, angles: np.ndarray) -> np.ndarray:
    """Matrix (3, 3) from pixels (x, y, 1) of the new view to rays in the old camera's axes."""
    (sin_up, sin_right), (cos_up, cos_right) = np.sin(angles), np.cos(angles)
    up = np.array([[1, 0, 0], [0, cos_up, -sin_up], [0, sin_up, cos_up]])
    right = np.array([[cos_right, 0, sin_right], [0, 1, 0], [-sin_right, 0, cos_right]])
    camera = intrinsics_from_focal_length(focal_length, (height, width))
    return right @ up @ np.linalg.inv(camera.astype(np.float64))


def _moved(
    image: tf.Tensor, depth: tf.Tensor, warp: Callable[..., tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor]:
    """An image and its depth after `warp(maps, border, interpolation)`."""
    moved = resample_depth(depth, lambda maps: warp(maps, cv2.BORDER_CONSTANT))
    nearest = warp(depth, cv2.BORDER_CONSTANT, cv2.INTER_NEAREST)
    moved = tf.where(_is_sparse(moved, nearest), nearest, moved)
    return warp(image, cv2.BORDER_REFLECT), moved


def _is_sparse(averaged: tf.Tensor, nearest: tf.Tensor) -> tf.Tensor:
    """Whether averaging lost more than a tenth of the known depth, as it does of single points."""
    return 10 * tf.math.count_nonzero(averaged) < 9 * tf.math.count_nonzero(nearest > 0)


def turn(
    maps: tf.Tensor, angle: tf.Tensor, border: int, interpolation: int = cv2.INTER_LINEAR
) -> tf.Tensor:
    """Turns maps `(H, W, C)` about their middle, see `rotate`; by OpenCV, many times faster.

    OpenCV before version 5 rounds the places it reads to 1/32 of a pixel.

    Args:
        maps: Tensor, uint8 or float32.
        angle: Radians, scalar.
        border: What is where nothing was: OpenCV's BORDER_CONSTANT (0) or BORDER_REFLECT.
        interpolation: OpenCV's.
    """

    def turn_array(maps: np.ndarray, angle: np.floating) -> np.ndarray:
        height, width = maps.shape[:2]
        x, y = (width - 1) / 2, (height - 1) / 2
        cos, sin = math.cos(angle), math.sin(angle)
        # Where each output pixel (x', y') comes from.
        source = np.array(
            [[cos, sin, x - cos * x - sin * y], [-sin, cos, y + sin * x - cos * y]], np.float64
        )
        flags = interpolation | cv2.WARP_INVERSE_MAP
        turned = [
            cv2.warpAffine(part, source, (width, height), flags=flags, borderMode=border)
            for part in cv2.split(maps)
        ]
        return cv2.merge(turned).reshape(maps.shape)

    turned = tf.numpy_function(turn_array, [maps, angle], maps.dtype, stateful=False)
    return tf.ensure_shape(turned, maps.shape)
