"""Colours of depth and of errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.visualization.colorize import (
    colorize,
    colorize_error,
    depth_range,
    relative_error,
)


def test_near_is_warm_far_is_cold_and_missing_is_black():
    red, _, blue = 0, 1, 2
    near, far, missing, not_a_number = colorize(np.array([[1, 9, 0, np.nan]]), 1, 9)[0]
    assert near[red] > near[blue]
    assert far[blue] > far[red]
    assert not missing.any()
    assert not not_a_number.any()


def test_shapes_with_and_without_channel_agree():
    depth = np.random.default_rng(0).uniform(1, 9, (24, 32)).astype(np.float32)
    colors = colorize(depth)
    assert colors.shape == (24, 32, 3)
    assert colors.dtype == np.uint8
    np.testing.assert_array_equal(colors, colorize(depth[..., None]))


def test_range_ignores_missing_depth_and_outliers():
    depth = np.full((100, 100), 2, np.float32)
    depth[:50] = 4
    depth[0, :50] = 1000
    depth[1] = 0
    near, far = depth_range(depth)
    assert (near, far) == (2, 4)


def test_a_given_end_stays_though_all_depth_lies_beyond_it():
    depth = np.linspace(3, 5, 100)
    near, far = depth_range(depth, max_depth=2)
    assert far == 2 and near < 2
    near, far = depth_range(depth, min_depth=8)
    assert near == 8 and far > 8
    farthest = colorize(np.array([[2.0]]), 1, 2)[0, 0]
    np.testing.assert_array_equal(colorize(depth[None], max_depth=2)[0], [farthest] * 100)


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan])
def test_a_constant_map_can_be_coloured(value):
    assert colorize(np.full((4, 5), value)).shape == (4, 5, 3)


def test_depth_outside_the_range_takes_the_end_colours():
    colors = colorize(np.array([[0.5, 1, 9, 90]]), 1, 9)[0]
    np.testing.assert_array_equal(colors[0], colors[1])
    np.testing.assert_array_equal(colors[2], colors[3])


def test_error_is_signed_and_black_without_truth():
    truth = np.array([[2, 2, 2, 0]], np.float32)
    error = relative_error(np.array([[1, 2, 3, 5]]), truth)
    np.testing.assert_allclose(error[0], [-0.5, 0, 0.5, np.nan])
    near, right, far, missing = colorize_error(error)[0].astype(int)
    assert near[2] > near[0]
    assert right.min() > 240
    assert far[0] > far[2]
    assert not missing.any()


def test_wrong_shape_and_colormap_are_refused():
    with pytest.raises(ValueError, match=r"Received: shape \(4, 5, 3\)"):
        colorize(np.ones((4, 5, 3)))
    with pytest.raises(ValueError, match="colormap='no-such'"):
        colorize(np.ones((4, 5)), colormap="no-such")


@given(st.floats(0.1, 50), st.floats(1.01, 10))
def test_same_colours_whatever_the_unit_of_the_range(scale, ratio):
    depth = np.linspace(1, ratio, 12).reshape(3, 4)
    first = colorize(depth, 1, ratio).astype(int)
    second = colorize(depth * scale, scale, ratio * scale).astype(int)
    assert np.abs(first - second).max() <= 8  # neighbouring colours, by rounding
