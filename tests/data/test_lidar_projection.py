from pathlib import Path

import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.data.kitti.calibration import read_raw_calibration
from densedepth_tf.data.kitti.lidar_projection import project_lidar, read_velodyne
from densedepth_tf.files.bad_sample import BadSampleError

GOLDEN = Path(__file__).parents[1] / "golden" / "kitti_projection"


@pytest.mark.parametrize(
    ("key", "camera", "distance"),
    [("cam2", 2, "camera"), ("cam3", 3, "camera"), ("cam2_velodyne_forward", 2, "velodyne")],
)
def test_depth_maps_equal_the_official_ones(key, camera, distance):
    calibration = read_raw_calibration(GOLDEN)
    points = read_velodyne(GOLDEN / "velodyne.bin")
    with np.load(GOLDEN / "depth_maps.npz", allow_pickle=False) as arrays:
        size = tuple(arrays["shape"].tolist())
        expected = np.zeros(size)
        expected[tuple(arrays[f"{key}_yx"].T)] = arrays[f"{key}_depth"]
    depth = project_lidar(points, calibration, camera, size, distance)
    assert depth.shape == (*size, 1) and depth.dtype == np.float32
    close = np.isclose(depth[..., 0], expected, rtol=1e-5, atol=0)
    seen = (expected > 0) | (depth[..., 0] > 0)
    assert close[seen].mean() >= 0.999


@pytest.fixture
def calibration(tmp_path):
    kitti.write_calibration(tmp_path)
    return read_raw_calibration(tmp_path)


SIZE = (kitti.HEIGHT, kitti.WIDTH)


def test_the_closest_point_wins_and_what_is_behind_is_left_out(calibration):
    points = np.array([[20.27, 0, 0, 0], [10.27, 0, 0, 0], [30.27, 0, 0, 0], [-5, 0, 0, 0]])
    depth = project_lidar(points, calibration, 2, SIZE)
    # The files' projection counts pixels from 1.
    assert np.argwhere(depth[..., 0] > 0).tolist() == [[23, 79]]
    assert depth.max() == pytest.approx(10)
    ahead = project_lidar(points, calibration, 2, SIZE, "velodyne")
    assert ahead.max() == pytest.approx(10.27)


def test_resized_images_get_the_same_depth(calibration):
    points = np.frombuffer(kitti.scan(), "<f4").reshape(-1, 4)
    small = project_lidar(points, calibration, 2, (24, 80))
    assert small.shape == (24, 80, 1)
    np.testing.assert_allclose(small[small > 0], 10, rtol=1e-6)
    with pytest.raises(ValueError, match="48x160 and the image is 48x48"):
        project_lidar(points, calibration, 2, (48, 48))


def test_damaged_scans_are_named(tmp_path):
    for content in (b"", b"x" * 20):
        (tmp_path / "cut.bin").write_bytes(content)
        with pytest.raises(BadSampleError, match=r"cut\.bin' is not a whole scan"):
            read_velodyne(tmp_path / "cut.bin")
    with pytest.raises(BadSampleError, match=r"none\.bin"):
        read_velodyne(tmp_path / "none.bin")


def test_a_missing_scanner_or_camera_is_named(tmp_path, calibration):
    (tmp_path / "calib_velo_to_cam.txt").unlink()
    without = read_raw_calibration(tmp_path)
    with pytest.raises(ValueError, match=r"no calib_velo_to_cam\.txt"):
        project_lidar(np.ones((1, 4)), without, 2, SIZE)
    with pytest.raises(ValueError, match="no projection matrix of camera 7"):
        project_lidar(np.ones((1, 4)), calibration, 7, SIZE)
    with pytest.raises(ValueError, match="Received: 'sideways'"):
        project_lidar(np.ones((1, 4)), calibration, 2, SIZE, "sideways")
