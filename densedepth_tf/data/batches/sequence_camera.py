"""Another camera on the same path: all frames of a sample rolled, or seen through a window."""

import math

import cv2
import tensorflow as tf

from densedepth_tf.data.batches.turned_views import turn


def random_camera(
    images: tf.Tensor,
    intrinsics: tf.Tensor,
    transform: tf.Tensor,
    seed: tf.Tensor,
    degrees: float,
    zoom: float,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Rolls all frames by one random angle and cuts one random window out of all of them.

    Unlike a single image's, depth stays what it is: the camera matrix changes with the images.

    Args:
        images: uint8 tensor `(F, H, W, 3)`.
        intrinsics: float32 tensor `(3, 3)` in pixels of the images.
        transform: float32 tensor `(4, 4)` between two cameras.
        seed: int tensor `(2,)`.
        degrees: Largest angle either way.
        zoom: Largest number of times that a window is smaller than the image.

    Returns:
        Tensors like the first three; images of another size.
    """
    roll_seed, zoom_seed, place_seed = tf.unstack(tf.random.split(seed, 3))
    if degrees:
        angle = (2 * tf.random.stateless_uniform([], roll_seed) - 1) * (degrees * math.pi / 180)
        images, intrinsics, transform = roll(images, intrinsics, transform, angle)
    if zoom > 1:
        factor = 1 + tf.random.stateless_uniform([], zoom_seed) * (zoom - 1)
        place = tf.random.stateless_uniform([2], place_seed)
        images, intrinsics = cut_window(images, intrinsics, factor, place)
    return images, intrinsics, transform


def roll(
    images: tf.Tensor, intrinsics: tf.Tensor, transform: tf.Tensor, angle: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Rolls the camera about its axis; square pixels, angle in radians.

    Of the turned images the largest middle part of their own shape remains that shows nothing
    made up.
    """
    size = tf.cast(tf.shape(images)[1:3], tf.float32)
    cos, sin = tf.cos(angle), tf.sin(angle)
    rotation = tf.stack([[cos, -sin], [sin, cos]])
    middle = (size[::-1] - 1) / 2
    centre = tf.linalg.matvec(rotation, intrinsics[:2, 2] - middle) + middle
    intrinsics = tf.concat([intrinsics[:, :2], tf.concat([centre, [1.0]], 0)[:, None]], axis=1)
    about_axis = tf.pad(rotation - tf.eye(2), [[0, 2], [0, 2]]) + tf.eye(4)
    transform = about_axis @ transform @ tf.transpose(about_axis)
    longer = tf.reduce_max(size) / tf.reduce_min(size)
    factor = cos + longer * tf.abs(sin)
    images, intrinsics = cut_window(
        _turn_frames(images, angle), intrinsics, factor, tf.constant([0.5, 0.5])
    )
    return images, intrinsics, transform


def _turn_frames(images: tf.Tensor, angle: tf.Tensor) -> tf.Tensor:
    """All frames as the channels of one image, turned."""
    frames = images.shape[0]
    height, width = tf.unstack(tf.shape(images)[1:3])
    flat = tf.reshape(tf.transpose(images, (1, 2, 0, 3)), (height, width, 3 * frames))
    turned = tf.reshape(turn(flat, angle, cv2.BORDER_REFLECT), (height, width, frames, 3))
    return tf.transpose(turned, (2, 0, 1, 3))


def cut_window(
    images: tf.Tensor, intrinsics: tf.Tensor, factor: tf.Tensor, place: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Cuts a window `factor` times smaller than the images, at a place in [0, 1) of the room."""
    size = tf.shape(images)[1:3]
    window = tf.maximum(tf.cast(tf.cast(size, tf.float32) / factor, tf.int32), 1)
    corner = tf.cast(place * tf.cast(size - window + 1, tf.float32), tf.int32)
    top, left = tf.unstack(corner)
    images = images[:, top : top + window[0], left : left + window[1]]
    shift = tf.concat([tf.cast(corner[::-1], tf.float32), [0.0]], 0)[:, None]
    return images, tf.concat([intrinsics[:, :2], intrinsics[:, 2:] - shift], axis=1)


def resized_camera(intrinsics: tf.Tensor, size: tf.Tensor, new_size: tf.Tensor) -> tf.Tensor:
    """Intrinsics `(3, 3)` of images of `size` that are brought to `new_size` (height, width)."""
    scale = tf.cast(new_size, tf.float32)[::-1] / tf.cast(size, tf.float32)[::-1]
    focal = intrinsics[:2, :2] * scale[:, None]
    # Pixel centres are at whole numbers before and after.
    centre = (intrinsics[:2, 2] + 0.5) * scale - 0.5
    return tf.concat([tf.concat([focal, centre[:, None]], axis=1), intrinsics[2:]], axis=0)
