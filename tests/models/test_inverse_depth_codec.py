"""Metres to DenseDepth's target and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec

CODEC = InverseDepthCodec(0.1, 10.0)


@given(st.lists(st.floats(0.1, 10.0), min_size=1, max_size=20))
def test_round_trip_within_the_range(depths):
    depth = np.array(depths, np.float32)
    np.testing.assert_allclose(CODEC.to_depth(CODEC.to_target(depth)), depth, rtol=1e-5)


def test_known_values_and_missing_depth():
    depth = np.array([0.0, np.nan, 0.05, 0.1, 1.0, 10.0, 50.0], np.float32)
    np.testing.assert_allclose(CODEC.to_target(depth), [0, 0, 100, 100, 10, 1, 1], rtol=1e-6)


def test_outputs_beyond_the_range_are_clipped():
    output = np.array([1000.0, 1.0, 0.01, 0.0, -1.0], np.float32)
    np.testing.assert_allclose(CODEC.to_depth(output), [0.1, 10, 10, 10, 0.1])


@pytest.mark.parametrize("limits", [(0, 1), (2, 1), (1, 1), (-1, 1)])
def test_impossible_ranges_are_refused(limits):
    with pytest.raises(ValueError, match="0 < min_depth < max_depth"):
        InverseDepthCodec(*limits)
