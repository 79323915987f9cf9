"""Points of a laser scanner -> a sparse depth map of a camera."""

import os
from typing import Literal

import numpy as np

from densedepth_tf.data.kitti.calibration import KittiCalibration
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.regular_file import read_regular_file

# "camera": metres along the camera's axis. "velodyne": metres ahead of the scanner, which stands
# 0.27 m behind the cameras; what most published figures on KITTI's Eigen split are measured with.
LidarDistance = Literal["camera", "velodyne"]
LIDAR_DISTANCES = ("camera", "velodyne")
_BYTES_PER_POINT = 16


def read_velodyne(path: str | os.PathLike) -> np.ndarray:
    """Reads a scan of KITTI: float32 (N, 4), x forward, y left, z up in metres, and reflectance.

    Raises:
        BadSampleError: If the file is missing, empty or cut off.
    """
    try:
        content = read_regular_file(path)
    except OSError as error:
        raise BadSampleError(f"Cannot read '{path}': {error.strerror or error}.") from error
    if not content or len(content) % _BYTES_PER_POINT:
        raise BadSampleError(
            f"'{path}' is not a whole scan: its {len(content)} bytes are no multiple of the "
            f"{_BYTES_PER_POINT} bytes of a point."
        )
    return np.frombuffer(content, "<f4").reshape(-1, 4)


def project_lidar(
    points: np.ndarray,
    calibration: KittiCalibration,
    camera: int,
    image_size: tuple[int, int],
    distance: LidarDistance = "camera",
) -> np.ndarray:
    """Projects a scan into a camera; of several points in one pixel the closest wins.

    As in KITTI's development kit, points behind the scanner are left out, and pixels count from
    1 in the files' projection: the pixel of a point is round(u) - 1.

    Args:
        points: (N, 3) or (N, 4), metres in the scanner's frame: x forward, y left, z up.
        calibration: Of the recording.
        camera: 0 to 3.
        image_size: (height, width) of the camera's images.
        distance: What is measured; see `LidarDistance`.

    Returns:
        float32 (H, W, 1) metres, 0 = missing.

    Raises:
        ValueError: If the calibration lacks something.
    """
    if distance not in LIDAR_DISTANCES:
        raise ValueError(f"LiDAR distances are camera or velodyne. Received: '{distance}'")
    height, width = image_size
    points = np.asarray(points, np.float64)
    points = points[points[:, 0] >= 0, :3]
    to_pixels = calibration.velodyne_to_pixels(camera, image_size)
    u, v, z = (points @ to_pixels[:, :3].T + to_pixels[:, 3]).T
    seen = z > 0
    u, v, z, forward = u[seen], v[seen], z[seen], points[seen, 0]
    column, row = np.rint(u / z) - 1, np.rint(v / z) - 1
    metres = z if distance == "camera" else forward
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height) & (metres > 0)
    pixel = (row[inside] * width + column[inside]).astype(np.int64)
    nearest = np.full(height * width, np.inf)
    np.minimum.at(nearest, pixel, metres[inside])
    depth = np.where(np.isfinite(nearest), nearest, 0).astype(np.float32)
    return depth.reshape(height, width, 1)
