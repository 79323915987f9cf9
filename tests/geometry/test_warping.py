import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix
from densedepth_tf.geometry.rigid_motion import rigid_motion
from densedepth_tf.geometry.warping import sample_bilinear, warp

SIZES = st.tuples(st.integers(1, 14), st.integers(1, 14))


def photographs(seed, size, count=2):
    return np.random.default_rng(seed).random((count, *size, 3), np.float32)


def camera(size, count=2):
    return np.stack([intrinsics_matrix(0.6 * size[1], 1.9 * size[0], 7.3, 4.1)] * count)


@settings(max_examples=25, deadline=None)
@given(size=SIZES, seed=st.integers(0, 99), dtype=st.sampled_from(["uint8", "float32"]))
def test_without_motion_the_image_comes_back_bit_for_bit(size, seed, dtype):
    source = photographs(seed, size)
    source = (255 * source).astype(dtype) if dtype == "uint8" else source
    depth = np.random.default_rng(seed).uniform(0.1, 100, (2, *size, 1))
    motion = rigid_motion(np.zeros((2, 3)), np.zeros((2, 3)))
    result = warp(source, depth, motion, camera(size))
    assert result.dtype == "float32"
    np.testing.assert_array_equal(result, source.astype(np.float32))


@settings(max_examples=25, deadline=None)
@given(size=SIZES, seed=st.integers(0, 99))
def test_samples_equal_scipys(size, seed):
    images = photographs(seed, size)
    positions = np.random.default_rng(seed).uniform(-5, 18, (2, 6, 7, 2)).astype(np.float32)
    found = sample_bilinear(images, positions).numpy()
    for i, channel in np.ndindex(2, 3):
        expected = map_coordinates(
            images[i, ..., channel], np.moveaxis(positions[i], -1, 0)[::-1], order=1, mode="nearest"
        )
        np.testing.assert_allclose(found[i, ..., channel], expected, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(disparity=st.integers(-9, 9), depth=st.sampled_from([0.5, 1.0, 4.0]), seed=st.integers(0, 9))
def test_a_wall_shifts_by_its_disparity(disparity, depth, seed):
    """A camera that moves right by b sees a wall at distance z shifted left by fx b / z."""
    source = photographs(seed, (4, 12), 1)
    focal = 32.0
    motion = rigid_motion(np.zeros((1, 3)), [[-disparity * depth / focal, 0, 0]])
    wall = np.full((1, 4, 12, 1), depth)
    result = warp(source, wall, motion, intrinsics_matrix(focal, 20, 5, 2)[None])
    columns = np.clip(np.arange(12) - disparity, 0, 11)
    np.testing.assert_allclose(result, source[:, :, columns], atol=1e-5)


def test_halfway_is_the_mean_and_the_border_goes_on():
    image = np.float32([[1, 3], [5, 11]])[None, ..., None]
    positions = np.float32([[[0.5, 0], [0, 0.5], [0.5, 0.5], [-7, -7], [1.5, 0], [9, 9]]])[None]
    assert sample_bilinear(image, positions).numpy().ravel().tolist() == [2, 3, 5, 1, 3, 11]


@pytest.mark.parametrize(
    ("angles", "translation"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((0, 0, 0), (0, 0, -2)),  # onto the source's own plane
        ((0, np.pi, 0), (0, 0, 0)),  # everything behind it
        ((0, np.pi / 2, 0), (1, -1, 0.3)),
        ((0, 0, 0), (1e6, 0, -1e6)),
    ],
)
def test_slopes_are_finite_everywhere(angles, translation):
    source = photographs(0, (6, 8), 1)
    depth = np.random.default_rng(1).uniform(0.1, 100, (1, 6, 8, 1))
    depth[0, :3] = 2
    variables = [
        tf.Variable(value, dtype="float32") for value in (depth, [angles], [translation], source)
    ]
    with tf.GradientTape() as tape:
        motion = rigid_motion(variables[1], variables[2])
        result = warp(variables[3], variables[0], motion, camera((6, 8), 1))
        loss = tf.reduce_mean(result**2)
    assert np.isfinite(result).all()
    for gradient in tape.gradient(loss, variables):
        assert np.isfinite(tf.convert_to_tensor(gradient)).all()


def test_slopes_are_those_of_finite_differences():
    source = np.sin(np.indices((9, 11)).sum(0) / 3.0).astype(np.float32)[None, ..., None]
    positions = np.random.default_rng(0).uniform(1.1, 7.9, (1, 5, 5, 2)).astype(np.float32)
    positions += np.where(np.abs(positions - np.round(positions)) < 0.02, 0.05, 0)
    positions = tf.Variable(positions)
    with tf.GradientTape() as tape:
        result = tf.reduce_sum(sample_bilinear(source, positions))
    step = np.zeros(positions.shape, np.float32)
    step[..., 0] = 0.01
    difference = sample_bilinear(source, positions + step) - sample_bilinear(
        source, positions - step
    )
    np.testing.assert_allclose(
        tape.gradient(result, positions)[..., 0], difference[..., 0] / 0.02, atol=1e-3
    )


def test_a_position_that_is_not_a_number_shows_and_breaks_nothing():
    positions = np.zeros((2, 1, 2, 2), np.float32)
    positions[0, 0, 0] = np.nan
    result = sample_bilinear(photographs(2, (3, 4)), positions).numpy()
    assert np.isnan(result[0, 0, 0]).all() and np.isnan(result).sum() == 3


def test_the_number_of_images_may_be_unknown():
    signature = [tf.TensorSpec((None, 3, 4, 3)), tf.TensorSpec((None, 5, 6, 2))]
    function = tf.function(sample_bilinear, input_signature=signature)
    images = photographs(3, (3, 4))
    positions = np.random.default_rng(3).uniform(0, 3, (2, 5, 6, 2)).astype(np.float32)
    np.testing.assert_array_equal(function(images, positions), sample_bilinear(images, positions))


def test_equals_the_official_warp(golden):
    arrays = golden("monodepth2")
    intrinsics = np.stack([intrinsics_matrix(0.58 * 160, 1.92 * 96, 80, 48)] * 2)
    for offset in ("-1", "1"):
        frame, motion = arrays[f"frame_{offset}"], arrays[f"T_{offset}"]
        result = warp(frame, arrays["depth_scale0"], motion, intrinsics)
        np.testing.assert_allclose(result, arrays[f"warped_{offset}_scale0"], atol=1e-4)
