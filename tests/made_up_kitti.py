"""Tiny folders in the layouts of KITTI: textured frames that shift sideways, and a flat scan."""

from pathlib import Path

import cv2
import numpy as np

HEIGHT, WIDTH, FOCAL, BASELINE = 48, 160, 100.0, 0.5
DATE, DRIVE = "2011_09_26", "2011_09_26_drive_0001_sync"
NAME = f"{DATE}/{DRIVE}"
# x right = -y left, y down = -z up, z ahead = x ahead - 0.27.
_AXES = np.array([[0, -1, 0], [0, 0, -1], [1, 0, 0]])


def texture(seed: int = 0, width: int = 2 * WIDTH) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (HEIGHT, width, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1.5)


def frame(shift: int, seed: int = 0) -> np.ndarray:
    return np.ascontiguousarray(texture(seed)[:, shift : shift + WIDTH])


def write_image(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image[..., ::-1])


def projection(camera: int) -> np.ndarray:
    matrix = np.array([[FOCAL, 0, 80, 0], [0, FOCAL, 24, 0], [0, 0, 1, 0]], float)
    matrix[0, 3] = -FOCAL * BASELINE * (camera % 2)
    return matrix


def numbers(matrix: np.ndarray) -> str:
    return " ".join(f"{value:.12e}" for value in np.ravel(matrix))


def write_calibration(folder: Path) -> None:
    rows = ["calib_time: 09-Jan-2012 13:57:47", f"R_rect_00: {numbers(np.eye(3))}"]
    for camera in range(4):
        rows.append(f"S_rect_0{camera}: {numbers(np.array([WIDTH, HEIGHT]))}")
        rows.append(f"P_rect_0{camera}: {numbers(projection(camera))}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calib_cam_to_cam.txt").write_text("\n".join(rows) + "\n")
    scanner = [f"R: {numbers(_AXES)}", f"T: {numbers(np.array([0, 0, -0.27]))}"]
    (folder / "calib_velo_to_cam.txt").write_text("\n".join(scanner) + "\n")


def scan(distance: float = 10.27) -> bytes:
    """A wall, `distance` metres ahead of the scanner."""
    left, up = np.meshgrid(np.linspace(-7, 7, 60), np.linspace(-2, 2, 30))
    points = np.stack([np.full_like(left, distance), left, up, np.zeros_like(left)], axis=-1)
    return points.astype("<f4").tobytes()


def write_drive(root: Path, name: str = NAME, shifts=(0, 3, 6, 9, 12), suffix: str = "jpg") -> Path:
    """A drive of raw data with a scan for every second frame; gives its folder."""
    write_calibration(root / name.split("/")[0])
    drive = root / name
    for number, shift in enumerate(shifts):
        for camera in (2, 3):
            path = drive / f"image_{camera:02}" / "data" / f"{number:010d}.{suffix}"
            write_image(path, frame(shift + 5 * (camera == 3)))
    scans = drive / "velodyne_points" / "data"
    scans.mkdir(parents=True)
    for number in range(0, len(shifts), 2):
        (scans / f"{number:010d}.bin").write_bytes(scan())
    return drive


def straight_poses(count: int, step: float = 1.0) -> np.ndarray:
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, 2, 3] = step * np.arange(count)
    return poses


def write_odometry(folder: Path, count: int = 7, cameras=(0, 1), named: bool = True) -> Path:
    """One odometry sequence going straight ahead, 1 m a frame."""
    for number in range(count):
        for camera in cameras:
            path = folder / f"image_{camera}" / f"{number:06d}.png"
            write_image(path, frame(3 * number + 5 * (camera % 2)))
    rows = [numbers(projection(camera)) for camera in range(4)]
    if named:
        rows = [f"P{camera}: {row}" for camera, row in enumerate(rows)]
    (folder / "calib.txt").write_text("\n".join(rows))
    poses = [numbers(pose[:3]) for pose in straight_poses(count)]
    (folder / "poses.txt").write_text("\n".join(poses))
    return folder
