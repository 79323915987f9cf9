"""KITTI's calibration files: cameras, stereo baselines, and where the laser scanner sits.

Geiger, Lenz, Stiller and Urtasun, "Vision meets robotics: the KITTI dataset" (2013), section 4:
`P_rect_i` projects points of the rectified camera 0 into the rectified image i, `R_rect_00`
rectifies camera 0, and `calib_velo_to_cam.txt` takes points from the scanner to camera 0.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from densedepth_tf.data.kitti.sizes import rectified_size, resized_intrinsics
from densedepth_tf.files.text_file import read_text
from densedepth_tf.geometry.cameras.intrinsics_size import intrinsics_fit, size_of_others

CAMERA_FILE, VELODYNE_FILE = "calib_cam_to_cam.txt", "calib_velo_to_cam.txt"


@dataclass(frozen=True)
class KittiCalibration:
    """The rectified cameras of a recording.

    Attributes:
        title: The calibration's folder or file, for messages.
        projections: float64 (3, 4) by camera: rectified camera 0 (metres) to pixels.
        image_size: (height, width) of the rectified images; None if the files do not tell.
        velodyne_to_camera: float64 (4, 4), scanner to rectified camera 0, metres; None if unknown.
    """

    title: str
    projections: dict[int, np.ndarray]
    image_size: tuple[int, int] | None = None
    velodyne_to_camera: np.ndarray | None = None

    def intrinsics(self, camera: int, image_size: tuple[int, int]) -> np.ndarray:
        """The float32 (3, 3) matrix of a camera, in pixels of images of (height, width).

        Raises:
            ValueError: If there is no such camera, or its images have another shape.
        """
        matrix = self._projection(camera)[:, :3].astype(np.float32)
        if self.image_size is None:
            return self._checked(matrix, image_size)
        if self.image_size == tuple(image_size):
            return matrix
        return resized_intrinsics(matrix, self.image_size, image_size)

    def stereo_transform(self, camera: int, partner: int) -> np.ndarray:
        """The float32 (4, 4) that takes points from one rectified camera to another, metres.

        Rectified cameras share their orientation, so it is a translation: with P_i = K [I | t_i],
        it is t_partner - t_camera.

        Raises:
            ValueError: If there is no such camera.
        """
        transform = np.eye(4, dtype=np.float32)
        transform[:3, 3] = self._offset(partner) - self._offset(camera)
        return transform

    def velodyne_to_pixels(self, camera: int, image_size: tuple[int, int]) -> np.ndarray:
        """The float64 (3, 4) that projects points of the scanner into images of (height, width).

        Raises:
            ValueError: If the camera or the scanner's place is not known.
        """
        if self.velodyne_to_camera is None:
            raise ValueError(f"'{self.title}' has no {VELODYNE_FILE}: LiDAR cannot be projected.")
        projection = self._projection(camera)
        if self.image_size not in (None, tuple(image_size)):
            resized = self.intrinsics(camera, image_size).astype(np.float64)
            projection = resized @ np.linalg.inv(projection[:, :3]) @ projection
        return projection @ self.velodyne_to_camera

    def _checked(self, matrix: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
        """Refuses what cannot be a camera of these images, as nobody says which ones it took."""
        height, width = image_size
        centre = f"{matrix[0, 2]:g},{matrix[1, 2]:g}"
        if not intrinsics_fit(matrix, image_size):
            raise ValueError(
                f"The camera of '{self.title}' does not fit frames of {height}x{width}: its "
                f"principal point is {centre}. Were they resized or cropped?"
            )
        other = size_of_others(matrix, image_size)
        if other is not None:
            raise ValueError(
                f"The camera of '{self.title}' belongs to images of about {other[0]}x{other[1]}, "
                f"by its principal point {centre}; these are {height}x{width}. Write the "
                "calibration of these images, or use the original ones"
            )
        return matrix

    def _projection(self, camera: int) -> np.ndarray:
        if camera not in self.projections:
            raise ValueError(
                f"'{self.title}' has no projection matrix of camera {camera}, only of "
                f"{', '.join(map(str, self.projections)) or 'none'}."
            )
        return self.projections[camera]

    def _offset(self, camera: int) -> np.ndarray:
        projection = self._projection(camera)
        return np.linalg.solve(projection[:, :3], projection[:, 3])


def read_raw_calibration(folder: str | os.PathLike) -> KittiCalibration:
    """Reads the calibration of a day of KITTI raw, the files `calib_*.txt` in its folder.

    The scanner's file may be missing; what needs it then says so.

    Raises:
        ValueError: If a file lacks a matrix, or a matrix is none; the message names the file.
        OSError: If the cameras' file cannot be read.
    """
    folder = Path(folder)
    path = folder / CAMERA_FILE
    if not path.is_file():
        raise ValueError(
            f"'{folder}' has no {CAMERA_FILE}: the drives of that day cannot be used. It comes "
            "with KITTI's '[calibration]' download."
        )
    rows = read_calibration_rows(path)
    projections = {
        camera: _matrix(rows, f"P_rect_{camera:02}", (3, 4), path)
        for camera in range(4)
        if f"P_rect_{camera:02}" in rows
    }
    if not projections:
        raise ValueError(f"'{path}' has no projection matrix (P_rect_02).")
    size = next((rows[key] for key in sorted(rows) if key.startswith("S_rect_")), None)
    to_camera = None
    velodyne_path = folder / VELODYNE_FILE
    if velodyne_path.is_file():
        velodyne = read_calibration_rows(velodyne_path)
        rigid, rectify = np.eye(4), np.eye(4)
        rigid[:3, :3] = _matrix(velodyne, "R", (3, 3), velodyne_path)
        rigid[:3, 3] = _matrix(velodyne, "T", (3,), velodyne_path)
        rectify[:3, :3] = _matrix(rows, "R_rect_00", (3, 3), path)
        to_camera = rectify @ rigid
    return KittiCalibration(
        str(folder),
        projections,
        _size(size, next(iter(projections.values()))),
        to_camera,
    )


def _size(numbers: np.ndarray | None, projection: np.ndarray) -> tuple[int, int] | None:
    """(height, width) by a row `S_rect`, or for want of it by the day's focal length."""
    if numbers is None or numbers.size != 2:
        return rectified_size(projection)
    return round(float(numbers[1])), round(float(numbers[0]))


def read_odometry_calibration(path: str | os.PathLike) -> KittiCalibration:
    """Reads the `calib.txt` of an odometry sequence: rows `P0: ...` to `P3: ...`, `Tr: ...`.

    Rows without names are taken for P0, P1, ... in their order. The file has no size; KITTI's own
    cameras are known by their focal length (`kitti_sizes.rectified_size`).

    Raises:
        ValueError: If there is no such file, or it does not hold the matrices.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"There is no calibration '{path}': the sequence cannot be used.")
    rows = read_calibration_rows(path)
    projections = {
        camera: _matrix(rows, f"P{camera}", (3, 4), path)
        for camera in range(4)
        if f"P{camera}" in rows
    }
    if not projections:
        raise ValueError(f"'{path}' has no projection matrices (P0, P1, ...).")
    to_camera = None
    if "Tr" in rows:
        to_camera = np.vstack([_matrix(rows, "Tr", (3, 4), path), [0, 0, 0, 1]])
    size = rectified_size(next(iter(projections.values())))
    return KittiCalibration(str(path), projections, size, to_camera)


def read_calibration_rows(path: Path) -> dict[str, np.ndarray]:
    """Rows `name: numbers` of a calibration file, float64; rows of words are left out."""
    rows: dict[str, np.ndarray] = {}
    try:
        lines = read_text(path, errors="replace").splitlines()
    except OSError as error:
        raise OSError(f"Cannot read '{path}': {error.strerror}") from error
    unnamed = 0
    for line in lines:
        name, colon, values = line.partition(":")
        if not colon:
            name, values = f"P{unnamed}", line
        try:
            numbers = np.array([float(value) for value in values.split()])
        except ValueError:
            continue
        if numbers.size:
            unnamed += not colon
            rows[name.strip()] = numbers
    return rows


def _matrix(
    rows: dict[str, np.ndarray], name: str, shape: tuple[int, ...], path: Path
) -> np.ndarray:
    numbers = rows.get(name)
    if numbers is None or numbers.size != np.prod(shape) or not np.isfinite(numbers).all():
        found = "none" if numbers is None else f"{numbers.size} numbers"
        raise ValueError(f"'{path}' needs {name} with {np.prod(shape)} numbers. Received: {found}")
    return numbers.reshape(shape)
