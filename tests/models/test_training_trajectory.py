"""Five training steps against Keras 2: losses, weights and moving statistics.

`golden/densedepth_training.npz` holds what an independent implementation in tf_keras 2.21 (Keras
2 semantics, on TensorFlow 2.21) gave: DenseNet-121, both variants, the loss without masks, Adam
with amsgrad at 1e-4, `train_on_batch` in float32 on a CPU, weights and batches made from the
seeds below. With both sides in float64, without the SSIM term (`tf.image.ssim` is float32), four
steps' losses agreed to 3e-16 and the trained weights exactly.
"""

import numpy as np
import pytest

from densedepth_tf import DenseDepth, DenseDepthLoss
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.optimizer import build_optimizer

STEPS = 5


def batch(step):
    rng = np.random.default_rng(1000 + step)
    images = rng.random((2, 64, 96, 3), np.float32)
    return images, (1 + 99 * rng.random((2, 32, 48, 1), np.float32) ** 2).astype(np.float32)


def relative_error(value, expected, start):
    """Of a change since `start`, in the Euclidean norm."""
    return np.linalg.norm(value - expected) / np.linalg.norm(expected - start)


@pytest.mark.long
@pytest.mark.parametrize("variant", ["repo", pytest.param("official", marks=pytest.mark.slow)])
def test_five_steps_equal_keras_2(variant, golden, golden_weights):
    arrays = golden("densedepth_training")
    model = DenseDepth("densenet121", variant, encoder_weights=None)
    golden_weights(model)
    head, norm = model.get_layer("conv3").kernel, model.get_layer("bn")
    start = [np.array(x) for x in (head, norm.moving_mean, norm.moving_variance)]
    # Eager: five steps take less time than tracing one.
    model.compile(build_optimizer(DenseDepthOptions(), 100), DenseDepthLoss(), run_eagerly=True)

    losses = np.array([float(model.train_on_batch(*batch(step))) for step in range(STEPS)])

    # Without training the losses would differ by 3e-4 to 1e-2; rounding, which Adam turns into
    # whole steps where a gradient is nearly zero, makes 2e-6.
    np.testing.assert_allclose(losses[0], arrays[f"{variant}/losses"][0], rtol=1e-5)
    np.testing.assert_allclose(losses, arrays[f"{variant}/losses"], rtol=5e-5)
    # Rounding: .004 of the change.
    assert relative_error(np.array(head), arrays[f"{variant}/conv3/kernel"], start[0]) < 0.02
    mean = arrays[f"{variant}/bn/moving_mean"]
    assert relative_error(np.array(norm.moving_mean), mean, start[1]) < 0.01
    # With the biased variance that Keras' own layer averages it would be .018.
    variance = arrays[f"{variant}/bn/moving_variance"]
    assert relative_error(np.array(norm.moving_variance), variance, start[2]) < 0.005
