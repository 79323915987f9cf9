"""Camera poses in files: KITTI's rows of 12 numbers, and single 4x4 matrices."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from densedepth_tf.files.atomic import write_text
from densedepth_tf.files.text_file import read_text

MAX_SCALE_ERROR = 0.01


def read_poses(path: str | os.PathLike) -> np.ndarray:
    """Reads a trajectory: a row of 12 numbers (3x4, camera to world, metres) per frame.

    Returns:
        float64 (N, 4, 4).

    Raises:
        ValueError: If a row is anything else, or there is none; the message names it.
        OSError: If the file cannot be read.
    """
    rows = _numbers(Path(path))
    poses = np.tile(np.eye(4), (len(rows), 1, 1))
    for number, row in enumerate(rows):
        if row.size != 12:
            raise ValueError(
                f"'{path}', row {number + 1}: a pose is 12 numbers. Received: {row.size} numbers"
            )
        poses[number, :3] = row.reshape(3, 4)
        _check(poses[number], f"'{path}', row {number + 1}")
    return poses


def read_pose(path: str | os.PathLike) -> np.ndarray:
    """Reads one pose: 4 rows of 4 numbers, camera to world, metres; float64 (4, 4).

    Raises:
        ValueError: If the file holds anything else; the message names it.
        OSError: If it cannot be read.
    """
    rows = _numbers(Path(path))
    if [row.size for row in rows] != [4, 4, 4, 4]:
        raise ValueError(f"'{path}' is no pose: it needs 4 rows of 4 numbers.")
    return _check(np.stack(rows), f"'{path}'")


def write_poses(path: str | os.PathLike, poses: Iterable[np.ndarray]) -> None:
    """Writes (4, 4) poses in KITTI's form, in one step."""
    lines = [" ".join(f"{value:.9e}" for value in np.ravel(pose[:3])) for pose in poses]
    write_text(path, "\n".join(lines) + "\n")


def _numbers(path: Path) -> list[np.ndarray]:
    try:
        lines = read_text(path).splitlines()
    except OSError as error:
        raise OSError(f"Cannot read the poses '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"'{path}' holds no poses: it is not text.") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rows.append(np.array([float(word) for word in line.split()]))
        except ValueError as error:
            raise ValueError(f"'{path}', row {number}: poses are numbers only. {error}") from error
    if not rows:
        raise ValueError(f"'{path}' holds no poses.")
    return rows


def _check(pose: np.ndarray, name: str) -> np.ndarray:
    rotation = pose[:3, :3]
    if not np.isfinite(pose).all() or abs(np.linalg.det(rotation) - 1) > MAX_SCALE_ERROR:
        raise ValueError(f"{name}: a pose is a rotation and a translation. Received: {pose[:3]}")
    return pose
