"""The layers that Keras lacks: both conventions of up-sampling, every backend, unknown sizes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.models.layers import (
    BilinearUpSampling2D,
    NearestUpSampling2D,
    ReflectionPadding2D,
)

INPUTS = np.random.default_rng(0).random((2, 5, 7, 3), np.float32)


@pytest.mark.parametrize("align_corners", [False, True])
def test_both_computations_agree(align_corners):
    layer = BilinearUpSampling2D(align_corners=align_corners)
    np.testing.assert_allclose(layer(INPUTS), layer._call_static(INPUTS), atol=1e-6)


def test_conventions_on_a_ramp():
    ramp = np.arange(4, dtype=np.float32).reshape(1, 1, 4, 1)
    half_pixel = BilinearUpSampling2D()(ramp)[0, 0, :, 0]
    corners = BilinearUpSampling2D(align_corners=True)(ramp)[0, 0, :, 0]
    np.testing.assert_allclose(half_pixel, [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3], atol=1e-6)
    np.testing.assert_allclose(corners, np.linspace(0, 3, 8), atol=1e-6)


@pytest.mark.parametrize("align_corners", [False, True])
def test_one_model_takes_many_sizes_and_keeps_half_precision(align_corners):
    image = keras.Input((None, None, 3), dtype="float16")
    layer = BilinearUpSampling2D(factor=3, align_corners=align_corners, dtype="float16")
    model = keras.Model(image, layer(image))
    for size in ((4, 6), (5, 3)):
        output = model(tf.zeros((1, *size, 3), tf.float16))
        assert output.shape == (1, size[0] * 3, size[1] * 3, 3)
        assert output.dtype == tf.float16
    assert BilinearUpSampling2D.from_config(layer.get_config()).factor == 3


@pytest.mark.parametrize("padding", [1, 2])
def test_reflection_padding_is_numpys(padding):
    layer = ReflectionPadding2D(padding)
    sides = (padding, padding)
    expected = np.pad(INPUTS, ((0, 0), sides, sides, (0, 0)), mode="reflect")
    np.testing.assert_array_equal(layer(INPUTS), expected)
    assert layer.compute_output_shape((None, None, 7, 3)) == (None, None, 7 + 2 * padding, 3)
    assert ReflectionPadding2D.from_config(layer.get_config()).padding == padding


@pytest.mark.parametrize("factor", [2, 3])
def test_nearest_up_sampling_is_numpys(factor):
    layer = NearestUpSampling2D(factor)
    expected = INPUTS.repeat(factor, axis=1).repeat(factor, axis=2)
    np.testing.assert_array_equal(layer(INPUTS), expected)
    assert layer.compute_output_shape((None, None, 7, 3)) == (None, None, 7 * factor, 3)
    assert NearestUpSampling2D.from_config(layer.get_config()).factor == factor


@pytest.mark.parametrize("layer", [NearestUpSampling2D(), ReflectionPadding2D()])
def test_sizes_known_only_at_run_time(layer):
    graph = tf.function(layer, input_signature=[tf.TensorSpec((None, None, None, 3))])
    for size in ((4, 6), (5, 3)):
        image = INPUTS[:, : size[0], : size[1]]
        np.testing.assert_array_equal(graph(image), layer(image))
    assert graph.get_concrete_function().output_shapes[-1] == 3
