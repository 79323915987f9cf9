import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from densedepth_tf.geometry.cameras.intrinsics import intrinsics_from_fov
from densedepth_tf.geometry.flying_pixels import flying_pixels

SIZE = (24, 32)
CAMERA = intrinsics_from_fov(60, SIZE)


def rays(size, camera):
    rows, columns = np.indices(size)
    x = (columns - camera[0, 2]) / camera[0, 0]
    y = (rows - camera[1, 2]) / camera[1, 1]
    return np.stack([x, y, np.ones(size)], -1)


@given(
    tilt=st.floats(-80, 80),
    turn=st.floats(-80, 80),
    distance=st.floats(0.2, 20),
    scale=st.integers(1, 4),
)
def test_planes_keep_every_pixel_at_every_resolution(tilt, turn, distance, scale):
    normal = np.array([math.tan(math.radians(turn)), math.tan(math.radians(tilt)), 1.0])
    size = (SIZE[0] * scale, SIZE[1] * scale)
    camera = intrinsics_from_fov(60, size)
    facing = rays(size, camera) @ normal
    assume(facing.min() > 0)  # all of the plane lies before the camera
    # The slope across a pixel is |n_x| / (n . ray); a plane is kept where it stays below the limit.
    assume(np.abs(normal[:2]).max() / facing.min() < 0.95 * math.tan(math.radians(85)))
    assert not flying_pixels(distance / facing, camera).any()


@given(near=st.floats(0.3, 5), factor=st.floats(1.8, 20), column=st.integers(1, 31))
def test_both_sides_of_a_jump_are_marked_and_nothing_else(near, factor, column):
    depth = np.full(SIZE, near)
    depth[:, column:] *= factor
    expected = np.zeros(SIZE, bool)
    expected[:, column - 1 : column + 1] = True
    np.testing.assert_array_equal(flying_pixels(depth, CAMERA), expected)
    np.testing.assert_array_equal(
        flying_pixels(depth.T, intrinsics_from_fov(60, SIZE[::-1])), expected.T
    )


def test_a_smooth_ramp_between_two_walls_is_marked_at_any_size():
    for scale in (1, 4, 16):
        width = 32 * scale
        ramp = np.interp(np.arange(width), [15 * scale, 16 * scale], [1, 2])
        camera = intrinsics_from_fov(60, (3, width))
        flying = flying_pixels(np.tile(ramp, (3, 1)), camera)
        assert flying[:, 15 * scale : 16 * scale].all()
        assert not flying[:, : 15 * scale - 1].any() and not flying[:, 16 * scale + 1 :].any()


def test_missing_depth_marks_nothing():
    depth = np.ones(SIZE)
    depth[5:9, 5:9] = 0
    depth[12, 12], depth[13, 3] = np.nan, np.inf
    assert not flying_pixels(depth, CAMERA).any()


def test_ninety_degrees_keep_everything_and_others_are_refused():
    noise = np.random.default_rng(0).uniform(0.1, 10, SIZE)
    assert flying_pixels(noise, CAMERA).mean() > 0.9
    assert not flying_pixels(noise, CAMERA, 90).any()
    for angle in (0, -5, 91, np.nan):
        with pytest.raises(ValueError, match="edge filter"):
            flying_pixels(noise, CAMERA, angle)
