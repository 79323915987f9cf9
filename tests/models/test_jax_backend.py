"""The network, its loss and a training step on Keras' JAX backend, without TensorFlow."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from densedepth_tf import DenseDepth, DenseDepthLoss

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        importlib.util.find_spec("jax") is None, reason="needs jax (pip install densedepth-tf[jax])"
    ),
]
# Sides that the working size shrinks and stretches: the way there antialiases.
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 110, 130, 3), np.uint8)


@pytest.fixture(scope="module")
def on_jax(tmp_path_factory):
    """Everything `jax_backend_run.py` computed."""
    path = tmp_path_factory.mktemp("jax") / "results.npz"
    np.savez(path, images=IMAGES)
    # Compiling is nearly all of the time; an accelerator's precision would need other tolerances.
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_backend_optimization_level=0",
    }
    script = Path(__file__).with_name("jax_backend_run.py")
    done = subprocess.run(
        [sys.executable, script, path], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    results = np.load(path, allow_pickle=False)
    assert results["backend"] == "jax"
    return results


def test_forward_equals_the_official_network(on_jax, golden):
    expected = golden("densedepth_forward")["densenet121/repo"]
    assert np.abs(on_jax["forward"] - expected).max() <= 1e-4 * expected.std()


def test_loss_equals_the_official_loss_and_its_gradient(on_jax, golden):
    arrays = golden("densedepth_loss")
    assert float(on_jax["loss"]) == pytest.approx(float(arrays["total"]), rel=1e-5)
    # JAX takes 1 for the slope of |x| at 0, TensorFlow 0: the arrays have 1 % of exact ties.
    close = np.abs(on_jax["gradient"] - arrays["grad"]) <= 1e-5 * np.abs(arrays["grad"]).max()
    assert close.mean() > 0.98


def test_loss_with_missing_depth_equals_tensorflows(on_jax, golden):
    arrays = golden("densedepth_loss")
    holes = np.where(arrays["y_true"] > np.median(arrays["y_true"]), 0, arrays["y_true"])

    expected = float(DenseDepthLoss()(holes, arrays["y_pred"]))
    assert float(on_jax["loss_with_holes"]) == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(on_jax["gradient_with_holes"]).all()
    assert not on_jax["gradient_with_holes"][holes == 0].any()


def test_predict_depth_equals_tensorflows(on_jax, golden_weights):
    model = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16, image_size=(64, 96))
    golden_weights(model)
    expected = model.predict_depth(IMAGES)

    assert on_jax["depth"].shape == expected.shape == (2, 110, 130, 1)
    assert on_jax["depth"].dtype == np.float32
    np.testing.assert_allclose(on_jax["depth"], expected, rtol=1e-3)


def test_monodepth2_equals_the_official_networks(on_jax, golden):
    arrays = golden("monodepth2")
    for scale in range(4):
        difference = on_jax[f"disparity_{scale}"] - arrays[f"disp_{scale}"]
        assert np.abs(difference).max() <= 1e-4
    np.testing.assert_allclose(on_jax["axis_angle"], arrays["axisangle_1"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(on_jax["translation"], arrays["translation_1"], rtol=0, atol=1e-6)


def test_training_steps_lower_a_finite_loss(on_jax):
    first, second = on_jax["training_losses"]
    assert np.isfinite(first) and second < first
