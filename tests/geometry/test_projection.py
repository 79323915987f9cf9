import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.geometry import back_projection as for_one
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix, rescale_intrinsics
from densedepth_tf.geometry.projection import (
    MIN_DISTANCE,
    back_project,
    coarser_intrinsics,
    move,
    project,
    reproject,
)
from densedepth_tf.geometry.rigid_motion import rigid_motion

SIZES = st.tuples(st.integers(1, 12), st.integers(1, 12))
CAMERAS = st.builds(
    intrinsics_matrix, *[st.floats(10, 800)] * 2, *[st.floats(-20, 60, width=32)] * 2
)


def scene(seed, size):
    rng = np.random.default_rng(seed)
    depth = rng.uniform(0.1, 80, (2, *size, 1)).astype(np.float32)
    return depth, rigid_motion(rng.normal(0, 0.05, (2, 3)), rng.normal(0, 0.1, (2, 3)))


@settings(max_examples=25, deadline=None)
@given(size=SIZES, cameras=st.tuples(CAMERAS, CAMERAS), seed=st.integers(0, 99))
def test_batches_of_tensors_equal_single_arrays(size, cameras, seed):
    depth, _ = scene(seed, size)
    points = back_project(depth, np.stack(cameras))
    pixels = project(points, np.stack(cameras)).numpy()
    for i in range(2):
        expected = for_one.back_project(depth[i], cameras[i])
        np.testing.assert_allclose(points[i], expected, rtol=1e-6, atol=1e-5)
        np.testing.assert_allclose(pixels[i], for_one.project(expected, cameras[i]), atol=3e-4)


@settings(max_examples=25, deadline=None)
@given(size=SIZES, cameras=st.tuples(CAMERAS, CAMERAS), seed=st.integers(0, 99))
def test_reprojection_is_back_projection_motion_and_projection(size, cameras, seed):
    depth, motion = scene(seed, size)
    cameras = np.stack(cameras)
    moved = move(back_project(depth, cameras), motion)
    found = reproject(depth, motion, cameras)
    scale = np.abs(found).max()
    np.testing.assert_allclose(found, project(moved, cameras), atol=1e-3, rtol=2e-4)
    # In one line of NumPy and in float64.
    points = np.concatenate([np.float64(back_project(depth, cameras)), np.ones_like(depth)], -1)
    seen = np.einsum("nij,njk,nhwk->nhwi", cameras, np.float64(motion)[:, :3], points)
    front = seen[..., 2] > 10 * MIN_DISTANCE
    expected = seen[..., :2] / seen[..., 2:]
    np.testing.assert_allclose(found.numpy()[front], expected[front], atol=1e-4 * scale, rtol=2e-4)


@settings(max_examples=25, deadline=None)
@given(size=SIZES, camera=CAMERAS, seed=st.integers(0, 99))
def test_without_motion_every_pixel_stays_exactly_where_it_is(size, camera, seed):
    depth, _ = scene(seed, size)
    found = reproject(depth, np.stack([np.eye(4)] * 2), np.stack([camera] * 2))
    rows, columns = np.indices(size)
    np.testing.assert_array_equal(found, np.stack([np.stack([columns, rows], -1)] * 2))


def test_points_behind_the_camera_are_finite_and_far_outside():
    camera = intrinsics_matrix(100, 100, 5, 5)[None]
    points = tf.Variable([[[[1.0, 1, -2], [1, 1, 0], [0, 0, 0], [1e-3, 0, MIN_DISTANCE]]]])
    with tf.GradientTape() as tape:
        pixels = project(points, camera)
    assert np.isfinite(tape.gradient(pixels, points)).all()
    assert (pixels.numpy()[0, 0, :2] > 1e4).all()
    np.testing.assert_allclose(pixels[0, 0, 2:], [[5, 5], [105, 5]], rtol=1e-6)


@given(camera=CAMERAS, factor=st.sampled_from([1, 2, 4, 8]))
def test_coarser_intrinsics_are_those_of_a_resized_image(camera, factor):
    expected = rescale_intrinsics(camera, (16, 24), (16 // factor, 24 // factor))
    np.testing.assert_allclose(
        coarser_intrinsics(camera[None], factor)[0], expected, rtol=1e-5, atol=1e-5
    )


def test_half_precision_depth_is_computed_in_float32():
    depth, motion = scene(3, (4, 5))
    camera = np.stack([intrinsics_matrix(50, 50, 2, 2)] * 2)
    half = tf.cast(depth, "float16")
    found = reproject(half, motion, camera)
    assert found.dtype == "float32"
    np.testing.assert_array_equal(found, reproject(tf.cast(half, "float32"), motion, camera))
