import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.geometry.rigid_motion import (
    axis_angle,
    inverse_motion,
    motion_parameters,
    rigid_motion,
    rotation_matrix,
)

ANGLES = st.one_of(
    st.floats(0, np.pi - 1e-3), st.sampled_from([0.0, 1e-20, 1e-8, 1e-4, 1e-3, 1.1e-3, 3.141])
)


def axis_angles(seed, angle, count=8):
    axes = np.random.default_rng(seed).normal(size=(count, 3))
    return (angle * axes / np.linalg.norm(axes, axis=1, keepdims=True)).astype(np.float32)


def by_series(vector):
    """exp([w]x), the definition of a rotation by an axis-angle vector, in float64."""
    x, y, z = np.asarray(vector, np.float64)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    power = total = np.eye(3)
    for i in range(1, 40):
        power = power @ cross / i
        total = total + power
    return total


@settings(max_examples=60, deadline=None)
@given(angle=ANGLES, seed=st.integers(0, 999))
def test_rotations_are_the_exponential_of_the_cross_product(angle, seed):
    vectors = axis_angles(seed, angle)
    rotations = rotation_matrix(vectors).numpy()
    np.testing.assert_allclose(rotations, [by_series(v) for v in vectors], atol=5e-7)


@settings(max_examples=60, deadline=None)
@given(angle=ANGLES, seed=st.integers(0, 999))
def test_parameters_come_back_from_the_matrix(angle, seed):
    vectors = axis_angles(seed, angle)
    translations = np.random.default_rng(seed).normal(size=(8, 3)).astype(np.float32)
    found, moved = motion_parameters(rigid_motion(vectors, translations))
    np.testing.assert_allclose(found, vectors, atol=4e-6, rtol=1e-5)
    np.testing.assert_array_equal(moved, translations)


@pytest.mark.parametrize("axis", [*np.eye(3), (0.6, 0, -0.8), (0.6, -0.48, 0.64)])
def test_half_a_turn_gives_one_of_its_two_vectors(axis):
    rotation = 2 * np.outer(axis, axis) - np.eye(3)
    found = axis_angle(rotation.astype(np.float32)).numpy()
    assert abs(found @ axis) == pytest.approx(np.pi, rel=1e-6)
    np.testing.assert_allclose(rotation_matrix(found), rotation, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(angle=ANGLES, seed=st.integers(0, 999))
def test_there_and_back(angle, seed):
    motion = rigid_motion(
        axis_angles(seed, angle), np.random.default_rng(seed).normal(0, 3, (8, 3))
    ).numpy()
    back = inverse_motion(motion).numpy()
    np.testing.assert_allclose(motion @ back, np.tile(np.eye(4), (8, 1, 1)), atol=2e-5)
    np.testing.assert_array_equal(inverse_motion(back)[:, :3, :3], motion[:, :3, :3])


def test_turning_right_is_positive_about_the_axis_that_points_down():
    quarter = rotation_matrix(np.float32([0, np.pi / 2, 0])).numpy()
    np.testing.assert_allclose(quarter @ [0, 0, 1], [1, 0, 0], atol=1e-6)


def test_nothing_is_exactly_the_identity_and_any_leading_axes_will_do():
    motion = rigid_motion(np.zeros((2, 5, 3)), np.zeros((2, 5, 3)))
    assert motion.dtype == "float32"
    np.testing.assert_array_equal(motion, np.tile(np.eye(4), (2, 5, 1, 1)))


@pytest.mark.parametrize("angle", [0, 1e-30, 1e-12, 1e-3, 1, 3.14159])
def test_slopes_are_finite_and_right_at_every_angle(angle):
    vector = tf.Variable(axis_angles(1, angle, 1)[0])
    with tf.GradientTape(persistent=True) as tape:
        rotation = rotation_matrix(vector)
        back = axis_angle(rotation)
    slopes = tape.jacobian(rotation, vector).numpy()
    step = 1e-4 * np.eye(3)
    expected = [
        (by_series(vector.numpy() + s) - by_series(vector.numpy() - s)) / 2e-4 for s in step
    ]
    np.testing.assert_allclose(slopes, np.moveaxis(expected, 0, -1), atol=3e-6)
    there_and_back = tape.jacobian(back, vector).numpy()
    assert np.isfinite(there_and_back).all()
    if angle < 3:
        np.testing.assert_allclose(there_and_back, np.eye(3), atol=1e-4)


def test_equals_the_official_matrices(golden):
    arrays = golden("monodepth2")
    motion = rigid_motion(arrays["pose_test_axisangle"], arrays["pose_test_translation"])
    np.testing.assert_allclose(motion, arrays["pose_test_T"], atol=1e-6)
    np.testing.assert_allclose(inverse_motion(motion), arrays["pose_test_T_inv"], atol=1e-6)
    forward = rigid_motion(arrays["axisangle_1"], arrays["translation_1"])
    np.testing.assert_allclose(forward, arrays["T_1"], atol=1e-6)
    backward = rigid_motion(arrays["axisangle_-1"], arrays["translation_-1"])
    np.testing.assert_allclose(inverse_motion(backward), arrays["T_-1"], atol=1e-6)
