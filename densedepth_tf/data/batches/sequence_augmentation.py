"""Augmentations of a frame with its neighbours: geometry and images change together."""

from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from densedepth_tf.data.batches.augmentation import Augmentation, random_channel_swap, random_color
from densedepth_tf.data.batches.color_jitter import JitterSeeds, random_color_jitter
from densedepth_tf.data.batches.sequence_camera import random_camera


class _Seeds(NamedTuple):
    """One stream of random numbers for each kind of change; their order decides what is drawn."""

    flip: tf.Tensor
    colors: tf.Tensor
    camera: tf.Tensor

    @classmethod
    def of(cls, seed: tf.Tensor) -> "_Seeds":
        return cls(*tf.unstack(tf.random.split(seed, len(cls._fields))))


@dataclass(frozen=True)
class SequenceAugmentation:
    """Which augmentations a training on sequences uses; the defaults are Monodepth2's.

    Colours change in what the networks see only, in all frames alike (Godard et al. 2019,
    section 5). Rolling and cropping change the camera matrix; depth stays what it is.

    Args:
        flip: Probability of a horizontal flip.
        color_jitter: Probability of changed brightness, contrast, saturation and hue.
        channel_swap: Probability of a random permutation of the colour channels.
        scale_crop: Largest zoom of a random crop, 1 = none.
        color: Half-width of the random factor of each channel, 0 = none.
        rotation: Largest random roll of the camera in degrees either way, 0 = none.

    Raises:
        ValueError: If one is out of its range.
    """

    flip: float = 0.5
    color_jitter: float = 0.5
    channel_swap: float = 0.0
    scale_crop: float = 1.0
    color: float = 0.0
    rotation: float = 0.0

    def __post_init__(self) -> None:
        # The same ranges as for single images.
        Augmentation(self.flip, self.channel_swap, self.scale_crop, self.color, self.rotation)
        if not 0 <= self.color_jitter <= 1:
            raise ValueError(
                f"`color_jitter` is a probability in 0..1. Received: {self.color_jitter}"
            )

    def before_resizing(
        self, images: tf.Tensor, intrinsics: tf.Tensor, transform: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Roll and crop, on the uint8 frames as they were read; see `random_camera`."""
        camera = _Seeds.of(seed).camera
        return random_camera(images, intrinsics, transform, camera, self.rotation, self.scale_crop)

    def after_resizing(
        self, images: tf.Tensor, intrinsics: tf.Tensor, transform: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Flip and colours, on frames of the networks' size.

        Args:
            images: float32 tensor `(1 + F, H, W, 3)` in [0, 1].
            intrinsics: float32 tensor `(3, 3)` in pixels of the images.
            transform: float32 tensor `(4, 4)` to the stereo partner.
            seed: int tensor `(2,)`.

        Returns:
            Images as the loss sees them and as the networks do, intrinsics, stereo transform.
        """
        seeds = _Seeds.of(seed)
        if self.flip:
            flip = tf.random.stateless_uniform([], seeds.flip) < self.flip
            images, intrinsics, transform = tf.cond(
                flip,
                lambda: mirror(images, intrinsics, transform),
                lambda: (images, intrinsics, transform),
            )
        seen = images
        if self.color_jitter:
            seen = random_color_jitter(seen, seeds.colors, self.color_jitter)
        # The jitter draws from the parts of the colours' seed before these two.
        first = len(JitterSeeds._fields)
        swap_seed, factor_seed = tf.unstack(tf.random.split(seeds.colors, first + 2))[first:]
        if self.channel_swap:
            seen = random_channel_swap(seen, swap_seed, self.channel_swap)
        if self.color:
            seen = random_color(seen, factor_seed, self.color)
        return images, seen, intrinsics, transform


NO_SEQUENCE_AUGMENTATION = SequenceAugmentation(flip=0.0, color_jitter=0.0)


def mirror(
    images: tf.Tensor, intrinsics: tf.Tensor, transform: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The world behind a mirror: images, camera and motion with left and right exchanged."""
    width = tf.cast(tf.shape(images)[-2], tf.float32)
    sign = tf.constant([-1.0, 1.0, 1.0, 1.0])
    centre = tf.stack([[0.0, 0.0, width - 1 - 2 * intrinsics[0, 2]], [0.0] * 3, [0.0] * 3])
    mirrored = transform * sign[:, None] * sign[None, :]
    return tf.reverse(images, axis=[-2]), intrinsics + centre, mirrored
