"""The scale-invariant loss: the paper's equations, missing depth, laws."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf import EigenLoss
from densedepth_tf.models.eigen.log_depth_codec import LogDepthCodec

CODEC = LogDepthCodec(0.1, 10.0)
seeds = st.integers(0, 2**32 - 1)


def random_depths(seed, shape=(2, 4, 5, 1)):
    """Truth and prediction in metres."""
    return np.random.default_rng(seed).uniform(0.2, 9, (2, *shape)).astype(np.float32)


def loss_and_gradient(truth, output, scale_invariance=0.5):
    output = tf.Variable(output)
    with tf.GradientTape() as tape:
        loss = EigenLoss(scale_invariance)(CODEC.to_target(truth), output)
    return float(loss), tape.gradient(loss, output).numpy()


def logarithms(image, prediction):
    """log y* and log y of the valid pixels of an image, float64."""
    valid = image > 0
    return np.log(np.float64(image[valid])), np.log(np.float64(prediction[valid]))


def equation_1(image, prediction):
    truth, guess = logarithms(image, prediction)
    alpha = np.mean(truth - guess)
    return np.mean((guess - truth + alpha) ** 2)


def equation_2(image, prediction):
    """All pairs of pixels should be as far apart as they truly are."""
    truth, guess = logarithms(image, prediction)
    pairs = (guess[:, None] - guess[None]) - (truth[:, None] - truth[None])
    return np.sum(pairs**2) / (2 * truth.size**2)


def equation_3(image, prediction):
    """Errors of one sign are better than errors of both."""
    truth, guess = logarithms(image, prediction)
    d = guess - truth
    return np.mean(d**2) - np.sum(d[:, None] * d[None]) / d.size**2


@pytest.mark.parametrize("equation", [equation_1, equation_2, equation_3])
@settings(max_examples=10, deadline=None)
@given(seed=seeds, share=st.floats(0, 0.8))
def test_with_lambda_1_it_is_each_of_the_papers_three_forms(equation, seed, share):
    truth, prediction = random_depths(seed)
    truth[np.random.default_rng(seed + 1).random(truth.shape) < share] = 0
    truth[:, 0, 0] = 1.0  # Log depth 0, and not missing.
    each = EigenLoss(1.0).call(CODEC.to_target(truth), CODEC.to_target(prediction))
    expected = [equation(*pair) for pair in zip(truth, prediction, strict=True)]
    np.testing.assert_allclose(each, expected, rtol=1e-4, atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(seed=seeds, scale_invariance=st.floats(0, 1))
def test_equation_4_and_its_gradient(seed, scale_invariance):
    truth, prediction = random_depths(seed)
    loss, gradient = loss_and_gradient(truth, CODEC.to_target(prediction), scale_invariance)
    d = np.log(np.float64(prediction)) - np.log(np.float64(truth))
    mean = d.mean(axis=(1, 2, 3), keepdims=True)
    expected = (d**2).mean(axis=(1, 2, 3)) - scale_invariance * mean[:, 0, 0, 0] ** 2
    assert loss == pytest.approx(expected.mean(), rel=1e-4)
    slope = 2 * (d - scale_invariance * mean) / d.size
    np.testing.assert_allclose(gradient, slope, atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(seed=seeds, factor=st.floats(0.8, 1.1))
def test_a_common_factor_costs_nothing_with_lambda_1(seed, factor):
    truth, prediction = random_depths(seed)
    first, second = (
        loss_and_gradient(truth, np.log(prediction * np.float32(k)), 1.0)[0] for k in (1, factor)
    )
    assert first == pytest.approx(second, rel=1e-4)


@settings(max_examples=10, deadline=None)
@given(seed=seeds, share=st.floats(0.05, 0.95), missing=st.sampled_from([0, np.nan, np.inf]))
def test_missing_pixels_change_nothing(seed, share, missing):
    truth, prediction = random_depths(seed)
    holes = np.random.default_rng(seed + 1).random(truth.shape) < share
    truth[holes] = missing
    loss, gradient = loss_and_gradient(truth, CODEC.to_target(prediction))
    wild = np.where(holes, np.float32(1e30), CODEC.to_target(prediction))

    assert np.isfinite(loss) and np.isfinite(gradient).all()
    assert not gradient[holes].any()
    again, gradient_of_wild = loss_and_gradient(truth, wild)
    assert again == loss
    np.testing.assert_array_equal(gradient_of_wild, gradient)


def test_images_and_batches_without_depth_are_zero_loss_and_zero_gradient():
    truth, prediction = random_depths(5)
    alone = float(EigenLoss().call(CODEC.to_target(truth[:1]), prediction[:1])[0])
    truth[1] = 0
    loss, gradient = loss_and_gradient(truth, prediction)
    assert loss == pytest.approx(alone / 2, rel=1e-6)
    assert not gradient[1].any() and np.isfinite(gradient).all()
    loss, gradient = loss_and_gradient(np.zeros_like(truth), prediction)
    assert loss == 0 and not gradient.any()


def test_a_prediction_that_is_not_a_number_shows():
    truth, prediction = random_depths(6)
    prediction[0, 0, 0] = np.nan
    assert np.isnan(loss_and_gradient(truth, prediction)[0])


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_lambda_outside_0_to_1_is_refused(value):
    with pytest.raises(ValueError, match=r"lambda in \[0, 1\].*Received"):
        EigenLoss(value)


def test_serialises():
    loss = EigenLoss(0.3)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert copy.get_config() == loss.get_config()
