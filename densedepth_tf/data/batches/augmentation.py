"""Augmentations: each maps a sample to a sample whose depth still agrees with its image.

All work on one sample with unknown sizes inside `tf.data`, and draw from a two-number seed, so
that the same seed gives the same image whatever the number of threads.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import tensorflow as tf

from densedepth_tf.data.batches.color_jitter import random_color_jitter
from densedepth_tf.data.batches.turned_views import rotate, turn_camera


class _Seeds(NamedTuple):
    """One stream of random numbers for each augmentation, so that none changes another's.

    Their order decides what a sample's seed draws: a new one comes last.
    """

    scale_crop: tf.Tensor
    flip: tf.Tensor
    channel_swap: tf.Tensor
    color: tf.Tensor
    rotation: tf.Tensor
    jitter: tf.Tensor
    camera_turn: tf.Tensor

    @classmethod
    def of(cls, seed: tf.Tensor) -> "_Seeds":
        return cls(*_split(seed, len(cls._fields)))


@dataclass(frozen=True)
class Augmentation:
    """Which augmentations a training uses; the defaults are DenseDepth's (section 4.2).

    Args:
        flip: Probability of a horizontal flip.
        channel_swap: Probability of a random permutation of the colour channels (0.25 in the
            paper, 0.5 in the official code).
        scale_crop: Largest zoom s of a random crop, 1 = none (Eigen et al. 2014 use 1.5). The
            crop is enlarged by s, so the scene is s times closer: depth is divided by s.
        color: Half-width of the random factor of each channel, 0 = none (Eigen et al.: 0.2).
        jitter: Probability of a change of brightness, contrast, saturation and hue.
        rotation: Largest random rotation in degrees either way, 0 = none (Eigen et al.: 5).
        camera_turn: Largest angle in degrees by which the camera looks further up or down, and
            aside, 0 = none (Zhao et al. 2021).
        focal_length: In image widths, for `camera_turn`.

    Raises:
        ValueError: If a probability is outside [0, 1], the zoom below 1, `color` not in [0, 1), an
            angle not in 0..45, or `camera_turn` without a focal length.
    """

    flip: float = 0.5
    channel_swap: float = 0.25
    scale_crop: float = 1.0
    color: float = 0.0
    rotation: float = 0.0
    jitter: float = 0.0
    camera_turn: float = 0.0
    focal_length: float | None = None

    def __post_init__(self) -> None:
        for field in ("flip", "channel_swap", "jitter"):
            if not 0 <= getattr(self, field) <= 1:
                raise ValueError(
                    f"`{field}` is a probability in 0..1. Received: {getattr(self, field)}"
                )
        if not self.scale_crop >= 1:
            raise ValueError(f"`scale_crop` is a zoom of at least 1. Received: {self.scale_crop}")
        if not 0 <= self.color < 1:
            raise ValueError(f"`color` is in [0, 1). Received: {self.color}")
        for field in ("rotation", "camera_turn"):
            if not 0 <= getattr(self, field) <= 45:
                raise ValueError(f"`{field}` is in 0..45 degrees. Received: {getattr(self, field)}")
        if self.camera_turn and self.focal_length is None:
            raise ValueError(
                "`camera_turn` needs `focal_length`, of the camera in image widths (NYU's 0.8107). "
                f"Received: {self.camera_turn}"
            )

    @property
    def moves_pixels(self) -> bool:
        """Whether it does more before resizing than to mirror and to permute channels."""
        return self.rotation > 0 or self.camera_turn > 0 or self.scale_crop > 1

    @property
    def keeps_bytes(self) -> bool:
        """Whether images of the network's size leave it in whole grey levels."""
        return not self.color and not self.jitter and self.scale_crop == 1

    def draw_flip_and_order(self, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What `before_resizing` would draw from this seed: a flip, and an order of channels.

        Returns:
            Scalar bool tensor, int32 tensor `(3,)`: which channel comes first, second and third.
        """
        seeds = _Seeds.of(seed)
        flip = _draw(seeds.flip, self.flip) if self.flip else tf.constant(False)
        swap = self.channel_swap
        order = _draw_order(seeds.channel_swap, swap) if swap else tf.range(3)
        return flip, order

    def before_resizing(
        self, image: tf.Tensor, depth: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Rotation, turn, crop, flip and channel permutation, on the uint8 image as it was read.

        Args:
            image: uint8 tensor `(H, W, 3)`.
            depth: float32 tensor `(H, W, 1)`, metres, 0 = missing.
            seed: int tensor `(2,)`.
        """
        seeds = _Seeds.of(seed)
        if self.rotation:
            image, depth = random_rotation(image, depth, seeds.rotation, self.rotation)
        if self.camera_turn and self.focal_length is not None:
            image, depth = random_camera_turn(
                image, depth, seeds.camera_turn, self.camera_turn, self.focal_length
            )
        if self.scale_crop > 1:
            image, depth = random_scale_crop(image, depth, seeds.scale_crop, self.scale_crop)
        if self.flip:
            image, depth = random_flip(image, depth, seeds.flip, self.flip)
        if self.channel_swap:
            image = random_channel_swap(image, seeds.channel_swap, self.channel_swap)
        return image, depth

    def after_resizing(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Colour, on the float32 image in [0, 1] of the network's size."""
        seeds = _Seeds.of(seed)
        if self.color:
            image = random_color(image, seeds.color, self.color)
        if self.jitter:
            image = random_color_jitter(image[None], seeds.jitter, self.jitter)[0]
        return image


NO_AUGMENTATION = Augmentation(flip=0.0, channel_swap=0.0)


def flip_and_reorder(
    image: np.ndarray, depth: np.ndarray, flip: bool, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A drawn flip and order of channels on arrays, several times faster than on tensors.

    Args:
        image: uint8 (H, W, 3).
        depth: float32 (h, w, 1).
        flip: Mirror both left to right.
        order: Which channel comes first, second and third.
    """
    if flip:
        image, depth = cv2.flip(image, 1), cv2.flip(depth, 1)[..., np.newaxis]
    if tuple(order) != (0, 1, 2):
        source, image = image, np.empty_like(image)
        cv2.mixChannels([source], [image], [order[0], 0, order[1], 1, order[2], 2])
    return image, depth


def random_flip(
    image: tf.Tensor, depth: tf.Tensor, seed: tf.Tensor, probability: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Mirrors image and depth left to right, both or neither."""
    flip = _draw(seed, probability)
    return (
        tf.cond(flip, lambda: tf.reverse(image, [1]), lambda: image),
        tf.cond(flip, lambda: tf.reverse(depth, [1]), lambda: depth),
    )


def random_channel_swap(image: tf.Tensor, seed: tf.Tensor, probability: float) -> tf.Tensor:
    """Permutes the colour channels; every one of the six orders is as likely."""
    order = _draw_order(seed, probability)
    changes = tf.reduce_any(order != tf.range(3))
    return tf.cond(changes, lambda: tf.gather(image, order, axis=-1), lambda: image)


def random_scale_crop(
    image: tf.Tensor, depth: tf.Tensor, seed: tf.Tensor, max_scale: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Cuts a window s times smaller than the image and divides depth by s, s in [1, max_scale].

    Enlarged back to the full size the window looks s times closer (Eigen et al. 2014, 3.4). The
    division uses the scale that whole pixels allow.
    """
    seeds = _split(seed, 3)
    size = tf.shape(image)[:2]
    scale = 1 + _uniform(seeds[0]) * (max_scale - 1)
    window = tf.maximum(tf.cast(tf.round(tf.cast(size, tf.float32) / scale), tf.int32), 1)
    room = tf.cast(size - window + 1, tf.float32)
    top = tf.cast(_uniform(seeds[1]) * room[0], tf.int32)
    left = tf.cast(_uniform(seeds[2]) * room[1], tf.int32)
    image = image[top : top + window[0], left : left + window[1]]
    depth = depth[top : top + window[0], left : left + window[1]]
    actual = tf.sqrt(tf.reduce_prod(tf.cast(size, tf.float32) / tf.cast(window, tf.float32)))
    return image, depth / actual


def random_rotation(
    image: tf.Tensor, depth: tf.Tensor, seed: tf.Tensor, max_degrees: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Rotates image and depth by an angle in [-max_degrees, max_degrees], see `rotate`."""
    turn = 2 * _uniform(seed) - 1
    return rotate(image, depth, turn * (max_degrees * math.pi / 180))


def random_camera_turn(
    image: tf.Tensor,
    depth: tf.Tensor,
    seed: tf.Tensor,
    max_degrees: float,
    focal_length: float,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Turns the camera up or down and aside, each at most by `max_degrees`, see `turn_camera`."""
    angles = (2 * tf.random.stateless_uniform([2], seed) - 1) * (max_degrees * math.pi / 180)
    return turn_camera(image, depth, angles, focal_length)


def random_color(image: tf.Tensor, seed: tf.Tensor, strength: float) -> tf.Tensor:
    """Multiplies each channel of a [0, 1] image by a factor in [1 - strength, 1 + strength]."""
    factors = tf.random.stateless_uniform([3], seed, 1 - strength, 1 + strength)
    return tf.clip_by_value(image * factors, 0.0, 1.0)


def _split(seed: tf.Tensor, number: int) -> list[tf.Tensor]:
    return tf.unstack(tf.random.split(seed, number))


def _draw(seed: tf.Tensor, probability: float) -> tf.Tensor:
    return _uniform(seed) < probability


def _draw_order(seed: tf.Tensor, probability: float) -> tf.Tensor:
    """The order of the colour channels: 0, 1, 2 unless they are swapped."""
    seeds = _split(seed, 2)
    order = tf.random.experimental.stateless_shuffle(tf.range(3), seeds[0])
    return tf.where(_draw(seeds[1], probability), order, tf.range(3))


def _uniform(seed: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_uniform([], seed)
