import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.geometry.back_projection import back_project, project
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix, rescale_intrinsics

SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40))
CAMERAS = st.builds(
    intrinsics_matrix, *[st.floats(10, 2000)] * 2, *[st.floats(-20, 60, width=32)] * 2
)


@given(size=SIZES, camera=CAMERAS, seed=st.integers(0, 99))
def test_projecting_what_was_back_projected_gives_the_pixels(size, camera, seed):
    depth = np.random.default_rng(seed).uniform(0.1, 80, size).astype(np.float32)
    points = back_project(depth[..., None], camera)
    assert points.shape == (*size, 3) and points.dtype == np.float32
    np.testing.assert_array_equal(points[..., 2], depth)
    pixels = project(points, camera)
    rows, columns = np.indices(size)
    np.testing.assert_allclose(pixels[..., 0], columns, atol=2e-4)
    np.testing.assert_allclose(pixels[..., 1], rows, atol=2e-4)


@given(camera=CAMERAS, factor=st.integers(1, 4))
def test_a_resized_camera_sees_the_same_points(camera, factor):
    # A pixel's centre in the small picture is the middle of its block in the large one.
    size = (6, 8)
    large = (size[0] * factor, size[1] * factor)
    points = back_project(np.full(large, 3.0), rescale_intrinsics(camera, size, large))
    blocks = points.reshape(size[0], factor, size[1], factor, 3).mean((1, 3))
    np.testing.assert_allclose(
        blocks, back_project(np.full(size, 3.0), camera), atol=1e-3, rtol=1e-4
    )


def test_axes():
    # Right of the centre is +x, below it +y, one focal length sideways is one depth.
    points = back_project(np.full((3, 3), 2.0), intrinsics_matrix(1, 1, 1, 1))
    assert points[1, 2].tolist() == [2, 0, 2] and points[2, 1].tolist() == [0, 2, 2]


def test_points_behind_the_camera_are_not_seen():
    assert np.isnan(project([[0.0, 0, -1], [0, 0, 0]], np.eye(3))).all()


@pytest.mark.parametrize(
    "matrix",
    [
        np.eye(2),
        np.zeros((3, 3)),
        -np.eye(3),
        np.full((3, 3), np.nan),
        np.array([[5, 1, 2], [0, 5, 2], [0, 0, 1]]),
        np.array([[5, 0, 0], [0, 5, 0], [2, 2, 1]]),
    ],
)
def test_matrices_that_are_no_camera(matrix):
    with pytest.raises(ValueError, match=r"Intrinsics are .*Received"):
        back_project(np.ones((2, 2)), matrix)


def test_depth_that_is_no_map():
    with pytest.raises(ValueError, match="shape"):
        back_project(np.ones((2, 2, 2)), np.eye(3))
