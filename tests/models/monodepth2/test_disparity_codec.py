"""Metres to Monodepth2's disparity and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.models.monodepth2.disparity_codec import DisparityCodec

CODEC = DisparityCodec(0.1, 100.0)


@given(st.lists(st.floats(0.1, 50.0), min_size=1, max_size=20))
def test_round_trip_within_the_range(depths):
    depth = np.array(depths, np.float32)
    np.testing.assert_allclose(CODEC.to_depth(CODEC.to_target(depth)), depth, rtol=1e-3)


@given(st.floats(0, 1))
def test_the_published_formula(disparity):
    depth = 1 / (0.01 + (10 - 0.01) * disparity)
    np.testing.assert_allclose(CODEC.to_depth(np.float32(disparity)), depth, rtol=1e-5)


def test_known_values_and_missing_depth():
    depth = np.array([0.0, np.nan, 0.05, 0.1, 100.0, 1e6], np.float32)
    np.testing.assert_allclose(CODEC.to_target(depth), [0, 0, 1, 1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(CODEC.to_depth(np.array([0.0, 1.0])), [100, 0.1], rtol=1e-6)


def test_half_precision_is_decoded_in_float32():
    assert CODEC.to_depth(np.array([0.5], np.float16)).dtype == "float32"
