"""Colour jitter: brightness, contrast, saturation and hue, in a random order."""

import tensorflow as tf

# Half-widths of the random factors, and of the turn of the hue (Godard et al. 2019, section 5).
BRIGHTNESS = CONTRAST = SATURATION = 0.2
HUE = 0.1
_LUMA = (0.299, 0.587, 0.114)


def random_color_jitter(images: tf.Tensor, seed: tf.Tensor, probability: float) -> tf.Tensor:
    """Changes the colours of all frames of a sample in the same way.

    Args:
        images: float32 tensor `(F, H, W, 3)` in [0, 1].
        seed: int tensor `(2,)`.
        probability: Of changing them at all.

    Returns:
        float32 tensor of the same shape, in [0, 1].
    """
    seeds = tf.unstack(tf.random.split(seed, 6))
    jitter = tf.random.stateless_uniform([], seeds[0]) < probability
    return tf.cond(jitter, lambda: _jitter(images, seeds[1:]), lambda: images)


def _jitter(images: tf.Tensor, seeds: list[tf.Tensor]) -> tf.Tensor:
    factors = [
        tf.random.stateless_uniform([], seed, 1 - width, 1 + width)
        for seed, width in zip(seeds, (BRIGHTNESS, CONTRAST, SATURATION), strict=False)
    ]
    turn = tf.random.stateless_uniform([], seeds[3], -HUE, HUE)
    steps = (
        lambda x: x * factors[0],
        lambda x: _blend(x, tf.reduce_mean(_grey(x), axis=(1, 2, 3), keepdims=True), factors[1]),
        lambda x: _blend(x, _grey(x), factors[2]),
        lambda x: tf.image.adjust_hue(x, turn),
    )
    order = tf.random.experimental.stateless_shuffle(tf.range(len(steps)), seeds[4])
    shape = images.shape
    for place in range(len(steps)):
        branches = [lambda x=images, step=step: _clip(step(x)) for step in steps]
        images = tf.ensure_shape(tf.switch_case(order[place], branches), shape)
    return images


def _blend(images: tf.Tensor, other: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    return other + weight * (images - other)


def _grey(images: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(images * tf.constant(_LUMA), axis=-1, keepdims=True)


def _clip(images: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(images, 0.0, 1.0)
