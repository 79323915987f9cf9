import numpy as np
import pytest

from densedepth_tf.geometry.back_projection import project
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_from_fov
from densedepth_tf.geometry.point_cloud import MAX_POINTS, to_point_cloud

SIZE = (30, 40)
CAMERA = intrinsics_from_fov(60, SIZE)


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)


def test_every_point_lies_where_its_pixel_is_and_has_its_colour(image):
    depth = np.fromfunction(lambda row, column: 2 + column / 100, SIZE, dtype=np.float32)
    cloud = to_point_cloud(depth[..., None], CAMERA, image)
    assert len(cloud) == depth.size
    assert cloud.points.dtype == np.float32 and cloud.colors.dtype == np.uint8
    columns, rows = project(cloud.points, CAMERA).round().astype(int).T
    np.testing.assert_array_equal(cloud.colors, image[rows, columns])
    np.testing.assert_allclose(cloud.points[:, 2], depth[rows, columns])


def test_missing_depth_and_flying_pixels_are_left_out(image):
    depth = np.full(SIZE, 2.0)
    depth[:, 20:] = 6.0
    depth[:5], depth[5, 0], depth[6, 0], depth[7, 0] = 0, np.nan, np.inf, -1
    complete = to_point_cloud(depth, CAMERA, image, edge_filter=None)
    assert len(complete) == 25 * 40 - 3
    assert len(to_point_cloud(depth, CAMERA, image, edge_filter=90)) == len(complete)
    assert len(to_point_cloud(depth, CAMERA, image)) == len(complete) - 2 * 25
    assert len(to_point_cloud(np.zeros(SIZE), CAMERA)) == 0


def test_stride_takes_every_so_many_pixels_after_edges_were_found(image):
    depth = np.full(SIZE, 2.0)
    depth[:, 21:] = 6.0  # columns 20 and 21 are marked
    cloud = to_point_cloud(depth, CAMERA, image, stride=4)
    assert len(cloud) == 8 * (10 - 1)
    np.testing.assert_array_equal(cloud.colors[:9], np.delete(image[0, ::4], 5, axis=0))


def test_large_pictures_are_thinned_to_a_million_points():
    size = (1100, 1000)
    cloud = to_point_cloud(np.ones(size), intrinsics_from_fov(60, size))
    assert len(cloud) == 550 * 500 <= MAX_POINTS
    assert len(to_point_cloud(np.ones(size), intrinsics_from_fov(60, size), stride=1)) == 1_100_000


def test_colours_without_and_with_floats(image):
    depth = np.ones(SIZE)
    assert (to_point_cloud(depth, CAMERA).colors == 128).all()
    cloud = to_point_cloud(depth, CAMERA, image / np.float32(255))
    np.testing.assert_array_equal(cloud.colors, image.reshape(-1, 3))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image": np.zeros((3, 3, 3), np.uint8)}, r"\(30, 40, 3\)\. Received: \(3, 3, 3\)"),
        ({"image": np.zeros((*SIZE, 3), np.int32)}, "int32"),
        ({"stride": 0}, "stride=0"),
        ({"stride": 1.5}, r"stride=1\.5"),
        ({"edge_filter": -1}, "edge filter"),
        ({"intrinsics": np.eye(4)}, "Intrinsics"),
        ({"depth": np.ones((2, 2, 2))}, "depth map"),
    ],
)
def test_bad_arguments_are_named(change, words):
    with pytest.raises(ValueError, match=words):
        to_point_cloud(**({"depth": np.ones(SIZE), "intrinsics": CAMERA} | change))
