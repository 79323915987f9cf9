"""Colour jitter: brightness, contrast, saturation and hue, in a random order."""

from typing import NamedTuple

import tensorflow as tf

# Half-widths of the random factors, and of the turn of the hue (Godard et al. 2019, section 5).
BRIGHTNESS = CONTRAST = SATURATION = 0.2
HUE = 0.1
_LUMA = (0.299, 0.587, 0.114)


class JitterSeeds(NamedTuple):
    """One stream of random numbers for everything that is drawn; in this order."""

    happens: tf.Tensor
    brightness: tf.Tensor
    contrast: tf.Tensor
    saturation: tf.Tensor
    hue: tf.Tensor
    order: tf.Tensor


def random_color_jitter(images: tf.Tensor, seed: tf.Tensor, probability: float) -> tf.Tensor:
    """Changes the colours of all frames of a sample in the same way.

    Args:
        images: float32 tensor `(F, H, W, 3)` in [0, 1].
        seed: int tensor `(2,)`.
        probability: Of changing them at all.

    Returns:
        float32 tensor of the same shape, in [0, 1].
    """
    seeds = JitterSeeds(*tf.unstack(tf.random.split(seed, len(JitterSeeds._fields))))
    happens = tf.random.stateless_uniform([], seeds.happens) < probability
    return tf.cond(happens, lambda: _jitter(images, seeds), lambda: images)


def _jitter(images: tf.Tensor, seeds: JitterSeeds) -> tf.Tensor:
    brightness = _around(1, BRIGHTNESS, seeds.brightness)
    contrast = _around(1, CONTRAST, seeds.contrast)
    saturation = _around(1, SATURATION, seeds.saturation)
    hue = _around(0, HUE, seeds.hue)
    steps = (
        lambda x: x * brightness,
        lambda x: _blend(x, tf.reduce_mean(_grey(x), axis=(1, 2, 3), keepdims=True), contrast),
        lambda x: _blend(x, _grey(x), saturation),
        lambda x: tf.image.adjust_hue(x, hue),
    )
    order = tf.random.experimental.stateless_shuffle(tf.range(len(steps)), seeds.order)
    shape = images.shape
    for place in range(len(steps)):
        branches = [lambda x=images, step=step: _clip(step(x)) for step in steps]
        images = tf.ensure_shape(tf.switch_case(order[place], branches), shape)
    return images


def _around(middle: float, width: float, seed: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_uniform([], seed, middle - width, middle + width)


def _blend(images: tf.Tensor, other: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    return other + weight * (images - other)


def _grey(images: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(images * tf.constant(_LUMA), axis=-1, keepdims=True)


def _clip(images: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(images, 0.0, 1.0)
