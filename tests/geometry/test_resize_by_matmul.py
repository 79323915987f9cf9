"""Resizing by matrix products is TensorFlow's anti-aliased resizing."""

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.geometry.resizing.resize import resize_bilinear
from densedepth_tf.geometry.resizing.resize_by_matmul import resize_by_matmul

SIDE = st.integers(1, 120)


@settings(max_examples=40, deadline=None)
@given(size=st.tuples(SIDE, SIDE), new_size=st.tuples(SIDE, SIDE), seed=st.integers(0, 99))
def test_it_equals_tensorflows(size, new_size, seed):
    images = np.random.default_rng(seed).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    expected = resize_bilinear(images, new_size, antialias=True)
    actual = resize_by_matmul(tf.constant(images), new_size)
    # Both round the places they read, of up to a side's length and whose neighbours may differ by
    # the whole range, to float32.
    rounding = 4 * np.finfo(np.float32).eps * max(*size, *new_size, 32)
    np.testing.assert_allclose(actual, expected, atol=255 * rounding)


def test_sizes_may_be_unknown_when_the_graph_is_built():
    signature = [tf.TensorSpec((None, None, None, 3), tf.uint8), tf.TensorSpec((2,), tf.int32)]
    resize = tf.function(resize_by_matmul, input_signature=signature)
    for size in ((40, 60), (33, 17)):
        images = np.random.default_rng(0).integers(0, 256, (1, *size, 3), dtype=np.uint8)
        expected = resize_bilinear(images, (32, 32), antialias=True)
        np.testing.assert_allclose(resize(images, (32, 32)), expected, atol=255 * 1e-5)
