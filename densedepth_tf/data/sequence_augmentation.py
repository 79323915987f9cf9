"""Augmentations of a frame with its neighbours: geometry and pictures change together."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from densedepth_tf.data.color_jitter import random_color_jitter


@dataclass(frozen=True)
class SequenceAugmentation:
    """Which augmentations a training on sequences uses (Godard et al. 2019, section 5).

    Args:
        flip: Probability of a horizontal flip.
        color_jitter: Probability of changed colours, in what the networks see only.

    Raises:
        ValueError: If one is no probability.
    """

    flip: float = 0.5
    color_jitter: float = 0.5

    def __post_init__(self):
        for name in ("flip", "color_jitter"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"--{name.replace('_', '-')} is a probability in 0..1. "
                    f"Received: {getattr(self, name)}"
                )


NO_SEQUENCE_AUGMENTATION = SequenceAugmentation(flip=0.0, color_jitter=0.0)


def augment_sequence(
    pictures: Any,
    intrinsics: Any,
    stereo_transform: Any,
    seed: Any,
    augmentation: SequenceAugmentation,
) -> tuple[Any, Any, Any, Any]:
    """Flips and jitters one sample.

    Args:
        pictures: float32 tensor `(1 + F, H, W, 3)` in [0, 1].
        intrinsics: float32 tensor `(3, 3)` in pixels of the pictures.
        stereo_transform: float32 tensor `(4, 4)`.
        seed: int tensor `(2,)`.
        augmentation: What to vary.

    Returns:
        Pictures as the loss sees them and as the networks do, intrinsics, stereo transform.
    """
    flip_seed, color_seed = tf.unstack(tf.random.split(seed, 2))
    if augmentation.flip:
        flip = tf.random.stateless_uniform([], flip_seed) < augmentation.flip
        pictures, intrinsics, stereo_transform = tf.cond(
            flip,
            lambda: mirror(pictures, intrinsics, stereo_transform),
            lambda: (pictures, intrinsics, stereo_transform),
        )
    seen = pictures
    if augmentation.color_jitter:
        seen = random_color_jitter(pictures, color_seed, augmentation.color_jitter)
    return pictures, seen, intrinsics, stereo_transform


def mirror(pictures: Any, intrinsics: Any, transform: Any) -> tuple[Any, Any, Any]:
    """The world behind a mirror: pictures, camera and motion with left and right exchanged."""
    width = tf.cast(tf.shape(pictures)[-2], tf.float32)
    sign = tf.constant([-1.0, 1.0, 1.0, 1.0])
    centre = tf.stack([[0.0, 0.0, width - 1 - 2 * intrinsics[0, 2]], [0.0] * 3, [0.0] * 3])
    mirrored = transform * sign[:, None] * sign[None, :]
    return tf.reverse(pictures, axis=[-2]), intrinsics + centre, mirrored
