"""Run by `test_jax_backend.py` in a process of its own: what the JAX backend computes.

Usage: `KERAS_BACKEND=jax python jax_backend_run.py OUTPUT.npz`. TensorFlow cannot be imported.
"""

import gc
import sys
from pathlib import Path

import numpy as np

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]


class _NoTensorFlow:
    """An import finder that hides an installed TensorFlow."""

    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            raise ModuleNotFoundError("No module named 'tensorflow'", name=name)


def main(output: str) -> None:
    gc.disable()  # There is little to collect in so short a process, and much to look through.
    sys.meta_path.insert(0, _NoTensorFlow())
    import jax
    import keras
    from conftest import assign_golden_weights
    from monodepth2_golden import golden_depth_network, golden_pose_network
    from tiny_encoder import TINY

    from densedepth_tf import DenseDepth, DenseDepthLoss
    from densedepth_tf.models.encoders import ENCODERS

    results = {"backend": keras.backend.backend()}
    # All weights are set below, and JAX compiles what draws them for every shape.
    keras.initializers.VarianceScaling.__call__ = lambda _, shape, dtype=None: np.zeros(
        shape, dtype or "float32"
    )

    forward = np.load(TESTS / "golden" / "densedepth_forward.npz")
    model = DenseDepth("densenet121", "repo", encoder_weights=None)
    assign_golden_weights(model)
    results["forward"] = model.predict_on_batch(forward["input"])

    arrays = np.load(TESTS / "golden" / "densedepth_loss.npz")
    loss = jax.jit(jax.value_and_grad(lambda y_pred, y_true: DenseDepthLoss()(y_true, y_pred)))
    results["loss"], results["gradient"] = loss(arrays["y_pred"], arrays["y_true"])
    holes = np.where(arrays["y_true"] > np.median(arrays["y_true"]), 0, arrays["y_true"])
    results["loss_with_holes"], results["gradient_with_holes"] = loss(arrays["y_pred"], holes)

    frames = np.load(TESTS / "golden" / "monodepth2.npz")
    disparities = golden_depth_network().multi_scale.predict_on_batch(frames["frame_0"])
    for scale, disparity in enumerate(disparities):
        results[f"disparity_{scale}"] = disparity
    motion = golden_pose_network().predict_on_batch([frames["frame_0"], frames["frame_1"]])
    results["axis_angle"], results["translation"] = motion

    small = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16, image_size=(64, 96))
    assign_golden_weights(small)
    results["depth"] = small.predict_depth(np.load(output)["images"])
    # Compiling the slopes of a real encoder takes most of a minute.
    ENCODERS["tiny"] = TINY
    tiny = DenseDepth("tiny", encoder_weights=None, decoder_filters=16)
    assign_golden_weights(tiny)
    tiny.compile(keras.optimizers.Adam(1e-4, amsgrad=True), DenseDepthLoss())
    rng = np.random.default_rng(0)
    images, targets = rng.random((2, 32, 32, 3)), rng.uniform(1, 100, (2, 16, 16, 1))
    history = tiny.fit(images, targets, batch_size=2, epochs=2, verbose=0).history
    results["training_losses"] = history["loss"]
    np.savez(output, **results)


if __name__ == "__main__":
    main(sys.argv[1])
