"""What XLA makes of the layers and the loss: the same figures, in half precision as well.

Compiled for the processor, as a GPU is not at hand: that it compiles, and what it computes.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.models.batch_normalization import BatchNormalization
from densedepth_tf.models.compiled_by_xla import is_compiled_by_xla
from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.models.keras_model.precision import dtype_policy
from densedepth_tf.models.layers import BilinearUpSampling2D
from densedepth_tf.models.ssim import ssim_map

# Of gradients, as a share of their largest: half precision keeps 11 bits, bfloat16 8.
ROUNDING = {"float32": 1e-4, "mixed_float16": 0.01, "mixed_bfloat16": 0.15}


def small_network(precision):
    """An encoder's step and a decoder's, as DenseDepth has them.

    Smooth, or a value that rounds to the other side of 0 would change gradients by far more.
    """
    keras.utils.set_random_seed(0)
    with dtype_policy(precision):
        image = keras.Input((16, 24, 3))
        x = keras.layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(image)
        x = keras.ops.silu(BatchNormalization(momentum=0.9)(x))
        x = BilinearUpSampling2D()(keras.layers.Conv2D(8, 1, use_bias=False)(x))
        x = keras.layers.Concatenate()([x, image])
        x = keras.ops.silu(BatchNormalization(momentum=0.9)(x))
        return keras.Model(image, keras.layers.Conv2D(1, 3, padding="same", dtype="float32")(x))


def gradients(precision, compiled):
    """Loss, gradients of all weights and the moving statistics of a training step."""
    model, loss = small_network(precision), DenseDepthLoss()
    rng = np.random.default_rng(0)
    images = tf.constant(rng.random((2, 16, 24, 3), np.float32))
    targets = tf.constant(rng.uniform(1, 100, (2, 16, 24, 1)).astype(np.float32))
    factor = 2.0**12 if precision == "mixed_float16" else 1.0

    @tf.function(jit_compile=compiled)
    def step():
        with tf.GradientTape() as tape:
            value = loss(targets, model(images, training=True)) * factor
        variables = [variable.value for variable in model.trainable_variables]
        return value, tape.gradient(value, variables)

    value, found = step()
    return [value / factor, *(each / factor for each in found), *model.non_trainable_variables[:4]]


@pytest.mark.long
@pytest.mark.parametrize(
    "precision",
    # The last one is the same graph as the one before, rounded otherwise.
    ["float32", "mixed_float16", pytest.param("mixed_bfloat16", marks=pytest.mark.slow)],
)
def test_a_compiled_step_has_the_gradients_of_one_that_is_not(precision):
    """Normalised maps, up-sampling and SSIM, whose half and whole precision meet in one graph."""
    plain, compiled = gradients(precision, False), gradients(precision, True)
    assert len(plain) == 1 + 8 + 4
    for one, other in zip(compiled, plain, strict=True):
        one, other = np.asarray(one), np.asarray(other)
        assert np.isfinite(one).all()
        np.testing.assert_allclose(one, other, atol=ROUNDING[precision] * np.abs(other).max())


def test_ssim_is_no_convolution_that_may_be_rounded():
    """XLA's may round to TF32; so does TensorFlow's of one channel, but its depthwise never."""
    maps = [tf.zeros((1, 12, 13, 1)), tf.zeros((1, 12, 13, 1))]

    def mean(first, second):
        with tf.GradientTape() as tape:
            tape.watch(second)
            value = tf.reduce_mean(ssim_map(first, second, 100.0))
        return value, tape.gradient(value, second)

    program = tf.function(mean, jit_compile=True).experimental_get_compiler_ir(*maps)
    assert "multiply(" in program(stage="hlo") and "convolution(" not in program(stage="hlo")
    graph = tf.function(mean).get_concrete_function(*maps).graph
    convolutions = [each for each in graph.get_operations() if "Conv2" in each.type]
    blurs = [each for each in convolutions if each.type == "DepthwiseConv2dNative"]
    assert {each.type[:21] for each in convolutions} == {"DepthwiseConv2dNative"}
    assert len(blurs) == 4 and all(each.inputs[0].shape[-1] == 2 for each in blurs)


@pytest.mark.parametrize("align_corners", [False, True])
def test_compiled_up_sampling_is_bilinear(align_corners):
    layer = BilinearUpSampling2D(align_corners=align_corners)
    maps = np.random.default_rng(0).random((2, 3, 5, 4), np.float32)
    compiled = tf.function(layer, jit_compile=True)
    np.testing.assert_allclose(compiled(maps), layer(maps), atol=1e-6)


def test_a_function_within_a_compiled_one_is_compiled():
    for compiled in (True, False):
        inner = tf.function(lambda: tf.constant(is_compiled_by_xla()))
        outer = tf.function(lambda inner=inner: inner(), jit_compile=compiled)
        assert bool(outer()) == compiled
    assert not is_compiled_by_xla()
