"""The DenseDepth loss: parity, missing depth, laws."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf import DenseDepthLoss


def loss_and_gradient(y_true, y_pred, **options):
    y_pred = tf.Variable(y_pred)
    with tf.GradientTape() as tape:
        loss = DenseDepthLoss(**options)(y_true, y_pred)
    return float(loss), tape.gradient(loss, y_pred).numpy()


def random_maps(seed, shape=(2, 20, 24, 1)):
    rng = np.random.default_rng(seed)
    return (
        rng.uniform(1, 100, shape).astype(np.float32),
        rng.uniform(1, 100, shape).astype(np.float32),
    )


def test_equals_the_official_loss_and_its_gradient(golden):
    arrays = golden("densedepth_loss")
    loss, gradient = loss_and_gradient(arrays["y_true"], arrays["y_pred"])

    assert loss == pytest.approx(float(arrays["total"]), rel=1e-6)
    assert np.abs(gradient - arrays["grad"]).max() <= 1e-5 * np.abs(arrays["grad"]).max()
    np.testing.assert_allclose(
        DenseDepthLoss().call(arrays["y_true"], arrays["y_pred"]), arrays["per_sample"], rtol=1e-6
    )
    l1, edges, dissimilarity = DenseDepthLoss().terms(arrays["y_true"], arrays["y_pred"])
    assert float(l1) == pytest.approx(float(arrays["l1"]), rel=1e-6)
    assert float(edges) == pytest.approx(float(arrays["edges"]), rel=1e-6)
    np.testing.assert_allclose(dissimilarity, (1 - arrays["ssim"]) / 2, atol=1e-6)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), share=st.floats(0.05, 0.95), missing=st.sampled_from([0, np.nan]))
def test_missing_pixels_change_nothing(seed, share, missing):
    """Whatever is predicted where depth is missing, the loss stays and no gradient arrives."""
    y_true, y_pred = random_maps(seed)
    holes = np.random.default_rng(seed + 1).random(y_true.shape) < share
    y_true[holes] = missing
    loss, gradient = loss_and_gradient(y_true, y_pred)
    other = np.where(holes, 1e4, y_pred).astype(np.float32)

    assert np.isfinite(gradient).all() and np.isfinite(loss)
    assert not gradient[holes].any()
    assert loss_and_gradient(y_true, other)[0] == pytest.approx(loss, rel=1e-6)


def test_a_perfect_prediction_costs_nothing_with_or_without_holes():
    y_true, _ = random_maps(3)
    assert loss_and_gradient(y_true, y_true)[0] == pytest.approx(0, abs=1e-6)
    y_true[:, 5:9, 2:20] = 0
    assert loss_and_gradient(y_true, y_true)[0] == pytest.approx(0, abs=1e-6)


def test_holes_do_not_dilute_the_error():
    """A constant offset costs the same L1 per valid pixel, however many are missing."""
    y_true, _ = random_maps(4)
    l1 = float(DenseDepthLoss().terms(y_true, y_true + 2)[0])
    y_true[:, :10] = 0
    assert float(DenseDepthLoss().terms(y_true, y_true + 2)[0]) == pytest.approx(l1, rel=1e-5)


def gradients_of(y_true, error):
    return float(DenseDepthLoss().terms(y_true, y_true + error)[1])


def test_gradients_are_means_over_pairs_of_known_neighbours():
    """A slope costs the same wherever it can be seen, and single points show none."""
    y_true, _ = random_maps(9, (2, 40, 48, 1))
    slope = np.broadcast_to(np.arange(48, dtype=np.float32)[:, None], y_true.shape)
    whole = gradients_of(y_true, slope)
    assert whole == pytest.approx(47 / 48, rel=1e-5)
    blocks = y_true.copy()
    blocks[:, :, ::4] = 0  # two of four steps along the rows remain
    assert gradients_of(blocks, slope) == pytest.approx(whole, rel=1e-5)
    rows = np.arange(40)[:, None, None] % 16 == 0
    assert gradients_of(np.where(rows, y_true, 0), slope) == pytest.approx(whole, rel=1e-5)
    points = np.zeros_like(y_true)
    points[:, ::3, ::3] = y_true[:, ::3, ::3]
    assert gradients_of(points, slope) == 0


def test_ssim_looks_only_where_nearly_all_is_known():
    """What is beyond a hole's border costs what it does without the hole."""
    y_true, y_pred = random_maps(10, (1, 40, 48, 1))
    cut = float(DenseDepthLoss().terms(y_true[:, :, :24], y_pred[:, :, :24])[2][0])
    y_true[:, :, 24:] = 0
    assert float(DenseDepthLoss().terms(y_true, y_pred)[2][0]) == pytest.approx(cut, rel=0.02)
    sparse = np.where(np.random.default_rng(0).random(y_true.shape) < 0.04, y_true, 0)
    assert float(DenseDepthLoss().terms(sparse, y_pred)[2][0]) == 0


@pytest.mark.parametrize("share", [0.04, 0.01])
def test_single_points_teach(share):
    """Following the gradient makes the prediction right where depth is known."""
    y_true, y_pred = random_maps(11)
    known = np.random.default_rng(1).random(y_true.shape) < share
    y_true = np.where(known, y_true, 0).astype(np.float32)
    loss, gradient = loss_and_gradient(y_true, y_pred)
    assert loss > 0 and np.isfinite(gradient).all() and gradient[known].all()
    assert loss_and_gradient(y_true, y_pred - 100 * gradient)[0] < loss


def test_everything_missing_is_zero_loss_and_zero_gradient():
    y_true, y_pred = random_maps(5)
    loss, gradient = loss_and_gradient(np.zeros_like(y_true), y_pred)
    assert loss == 0
    assert not gradient.any()


def test_a_prediction_that_is_not_a_number_shows():
    y_true, y_pred = random_maps(6)
    y_pred[0, 0, 0] = np.nan
    assert np.isnan(loss_and_gradient(y_true, y_pred)[0])


def test_maps_smaller_than_the_window_are_refused():
    y_true, y_pred = random_maps(7, (1, 10, 24, 1))
    with pytest.raises(ValueError, match="at least 11x11"):
        DenseDepthLoss()(y_true, y_pred)


def test_serialises():
    loss = DenseDepthLoss(min_depth=1.0, max_depth=80.0, l1_weight=0.2)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert copy.get_config() == loss.get_config()
    y_true, y_pred = random_maps(8)
    assert float(copy(y_true, y_pred)) == float(loss(y_true, y_pred))
