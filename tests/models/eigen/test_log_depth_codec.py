"""Metres to log depth and back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.models.eigen.log_depth_codec import LogDepthCodec

CODEC = LogDepthCodec(0.1, 10.0)


@given(st.lists(st.floats(0.1, 10.0), min_size=1, max_size=20))
def test_round_trip_within_the_range(depths):
    depth = np.array(depths, np.float32)
    np.testing.assert_allclose(CODEC.to_depth(CODEC.to_target(depth)), depth, rtol=1e-5)


def test_known_values_and_missing_depth():
    depth = np.array([0.0, np.nan, 0.05, 0.1, 1.0, 10.0, 50.0], np.float32)
    log_ten = math.log(10)
    expected = [0, 0, 1, 1, 1 + log_ten, 1 + 2 * log_ten, 1 + 2 * log_ten]
    np.testing.assert_allclose(CODEC.to_target(depth), expected, rtol=1e-6)
    assert CODEC.middle == pytest.approx(1 + log_ten)


@given(st.floats(0.01, 100.0))
def test_no_depth_has_the_target_that_says_missing(depth):
    assert np.array(CODEC.to_target(np.float32(depth))) >= 1


@given(st.floats(0.1, 5.0), st.floats(1.0, 2.0))
def test_differences_of_targets_are_logarithms_of_ratios(depth, ratio):
    pair = CODEC.to_target(np.array([depth, depth * ratio], np.float32))
    assert float(pair[1] - pair[0]) == pytest.approx(math.log(ratio), abs=2e-6)


def test_outputs_beyond_the_range_are_clipped():
    output = np.array([-1e30, 0.0, 1.0, 1000.0, np.inf], np.float32)
    depth = np.array(CODEC.to_depth(output))
    np.testing.assert_array_equal(depth, np.float32([0.1, 0.1, 0.1, 10, 10]))
