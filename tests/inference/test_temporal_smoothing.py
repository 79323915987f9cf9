import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from densedepth_tf.inference.video.temporal_smoothing import (
    DEPTH_GATE,
    LARGEST_LAG,
    TemporalSmoother,
)

GREY = np.full((24, 32, 3), 128, np.uint8)


def test_noise_of_a_static_scene_shrinks_as_documented(rng):
    weight = 0.95 * 0.8
    smoother, noisy, smooth = TemporalSmoother(0.8), [], []
    for _ in range(80):
        depth = (3 * (1 + 0.01 * rng.standard_normal((24, 32, 1)))).astype(np.float32)
        picture = GREY + rng.integers(-2, 3, GREY.shape).astype(np.int16)
        noisy.append(depth)
        smooth.append(smoother.smooth(depth, picture.astype(np.uint8)))
    ratio = np.std(smooth[20:], axis=0).mean() / np.std(noisy[20:], axis=0).mean()
    assert ratio == pytest.approx(np.sqrt((1 - weight) / (1 + weight)), abs=0.06)
    np.testing.assert_allclose(np.mean(smooth[20:], axis=0).mean(), 3, rtol=0.003)


def test_a_moving_square_leaves_no_trail():
    smoother = TemporalSmoother(1.0)
    for step in range(12):
        depth = np.full((40, 80, 1), 5.0, np.float32)
        picture = np.full((40, 80, 3), 90, np.uint8)
        inside = np.s_[10:30, 4 * step : 4 * step + 20]
        depth[inside], picture[inside] = 2.0, 200
        smooth = smoother.smooth(depth, picture)
        assert smooth.shape == depth.shape and smooth.dtype == np.float32
        np.testing.assert_allclose(smooth, depth, rtol=1e-4)


def test_a_surface_of_one_colour_that_comes_closer_lags_within_the_bound():
    smoother = TemporalSmoother(1.0)
    for step in range(40):
        depth = np.full((24, 32, 1), 5 - 0.1 * step, np.float32)
        smooth = smoother.smooth(depth, GREY)
        assert abs(smooth - depth).max() <= 0.95 * 0.043 * depth.min() + 1e-5


@given(
    st.lists(arrays(np.float32, (4, 5, 1), elements=st.floats(0, 50, width=32)), max_size=6),
    st.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_the_lag_is_bounded_whatever_happens(depths, strength):
    smoother = TemporalSmoother(strength)
    for depth in depths:
        smooth = smoother.smooth(depth, np.zeros((4, 5, 3), np.uint8))
        bound = 0.95 * strength * DEPTH_GATE * LARGEST_LAG * depth
        assert (abs(smooth - depth) <= bound * 1.001 + 1e-6).all()
        assert (smooth[depth == 0] == 0).all()


def test_no_strength_changes_nothing_and_another_size_starts_anew(rng):
    depth = rng.uniform(1, 5, (24, 32, 1)).astype(np.float32)
    assert TemporalSmoother(0.0).smooth(depth, GREY) is depth
    smoother = TemporalSmoother(0.5)
    smoother.smooth(depth, GREY)
    other = np.ones((6, 8, 1), np.float32)
    np.testing.assert_array_equal(smoother.smooth(other, GREY[:6, :8]), other)
    for strength in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="smoothing="):
            TemporalSmoother(strength)
