"""SSIM against TensorFlow's, and the form in `keras.ops` for other backends and XLA."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.models.ssim import ssim_map, ssim_map_in_ops


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 1000),
    size=st.tuples(st.integers(11, 24), st.integers(11, 24)),
    noise=st.sampled_from([0.1, 5.0, 60.0]),
)
def test_both_forms_agree(seed, size, noise):
    rng = np.random.default_rng(seed)
    first = rng.uniform(1, 100, (2, *size, 1)).astype(np.float32)
    second = (first + noise * rng.standard_normal(first.shape)).astype(np.float32)

    similarity = ssim_map_in_ops(tf.constant(first), tf.constant(second), 100.0)
    assert similarity.shape == (2, size[0] - 10, size[1] - 10)
    np.testing.assert_allclose(similarity, ssim_map(first, second, 100.0), atol=2e-5)


def test_both_gradients_agree():
    rng = np.random.default_rng(0)
    first, second = rng.uniform(1, 100, (2, 1, 16, 20, 1)).astype(np.float32)
    gradients = []
    for form in (ssim_map, ssim_map_in_ops):
        variable = tf.Variable(second)
        with tf.GradientTape() as tape:
            mean = tf.reduce_mean(form(tf.constant(first), variable, 100.0))
        gradients.append(tape.gradient(mean, variable).numpy())
    np.testing.assert_allclose(gradients[1], gradients[0], atol=1e-4 * np.abs(gradients[0]).max())


def test_it_is_tensorflows_of_the_map_alone():
    """Two channels for the blur's sake: same values, same gradients."""
    rng = np.random.default_rng(0)
    first, second = rng.uniform(1, 100, (2, 3, 24, 32, 1)).astype(np.float32)

    def of_one_channel(one, other, most):
        return tf.image.ssim(one, other, most, return_index_map=True)

    values, gradients = [], []
    for form in (of_one_channel, ssim_map):
        variable = tf.Variable(second)
        with tf.GradientTape() as tape:
            values.append(form(tf.constant(first), variable, 100.0))
            mean = tf.reduce_mean(values[-1])
        gradients.append(tape.gradient(mean, variable).numpy())
    np.testing.assert_allclose(values[1], values[0], atol=1e-6)
    np.testing.assert_allclose(gradients[1], gradients[0], atol=5e-6 * np.abs(gradients[0]).max())


def test_constant_maps_are_as_similar_as_their_means():
    """Without contrast SSIM is its luminance term, here (2 * 20 * 40 + 1) / (20^2 + 40^2 + 1)."""
    first, second = (np.full((1, 11, 11, 1), value, np.float32) for value in (20, 40))
    similarity = ssim_map_in_ops(tf.constant(first), tf.constant(second), 100.0)
    assert float(similarity[0, 0, 0]) == pytest.approx(1601 / 2001, abs=1e-4)
