"""Anybody's trajectory from a file, in the forms that odometry comes in.

- KITTI's: rows of 12 numbers, 3x4, camera to world. With 13 the first is the frame's number, 16 are
  the whole 4x4 matrix.
- TUM's: rows of time, position x y z and quaternion x y z w, camera to world.
- npy of N - 1 matrices: motions, each from a frame's camera to the next's, as Monodepth2's
  `evaluate_pose.py` leaves them; of N matrices: poses, camera to world.

Numbers are separated by blanks or commas; lines that start with # are comments.
"""

import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from densedepth_tf.files.arrays.npy_map import map_npy
from densedepth_tf.files.regular_file import check_regular_file

SUFFIXES = (".txt", ".tum", ".csv", ".npy")
MAX_SCALE_ERROR = 0.01


def read_motions(path: str | os.PathLike, numbers: Sequence[int | Decimal]) -> np.ndarray:
    """Reads the motions of a sequence from its trajectory.

    Args:
        path: The file.
        numbers: The numbers of the sequence's frames, ascending.

    Returns:
        float64 (N - 1, 4, 4), each taking points from a frame's camera to the next's.

    Raises:
        ValueError: If it is no trajectory, or of another number of frames; the message names it.
        OSError: If it cannot be read.
    """
    path = Path(path)
    if path.suffix == ".npy":
        matrices = _from_array(path)
        if len(matrices) == len(numbers) - 1:
            return _checked(matrices, path)
        labels = None
    else:
        labels, matrices = _from_text(path)
    poses = _of_frames(labels, _checked(matrices, path), numbers, path)
    return np.linalg.inv(poses[1:]) @ poses[:-1]


def _from_array(path: Path) -> np.ndarray:
    matrices = np.asarray(map_npy(path), np.float64)
    if matrices.ndim != 3 or matrices.shape[1:] not in ((4, 4), (3, 4)):
        raise ValueError(
            f"'{path}' holds no trajectory: matrices (N, 4, 4). Received: shape {matrices.shape}"
        )
    full = np.tile(np.eye(4), (len(matrices), 1, 1))
    full[:, :3] = matrices[:, :3]
    return full


def _from_text(path: Path) -> tuple[np.ndarray | None, np.ndarray]:
    """Frame numbers where the rows have them, and poses (N, 4, 4) in the order of the sequence."""
    rows = _numbers(path)
    width = rows.shape[1]
    poses = np.tile(np.eye(4), (len(rows), 1, 1))
    if width == 8:
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        poses[:, :3, 3] = rows[:, 1:4]
        norms = np.linalg.norm(rows[:, 4:], axis=1)
        if not (np.abs(norms - 1) < MAX_SCALE_ERROR).all():
            raise ValueError(f"'{path}': columns 5 to 8 of TUM's form are a unit quaternion.")
        poses[:, :3, :3] = Rotation.from_quat(rows[:, 4:]).as_matrix()
        return None, poses
    labels = rows[:, 0] if width == 13 else None
    start = 1 if width == 13 else 0
    poses[:, :3] = rows[:, start : start + 12].reshape(-1, 3, 4)
    return labels, poses


def _numbers(path: Path) -> np.ndarray:
    try:
        check_regular_file(path)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise OSError(f"Cannot read the trajectory '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"'{path}' holds no trajectory: it is not text.") from error
    rows: list[list[float]] = []
    for number, line in enumerate(lines, start=1):
        words = line.replace(",", " ").split()
        if not words or words[0].startswith("#"):
            continue
        try:
            rows.append([float(word) for word in words])
        except ValueError as error:
            raise ValueError(f"'{path}', row {number}: poses are numbers only. {error}") from error
        if len(words) not in (8, 12, 13, 16) or len(words) != len(rows[0]):
            raise ValueError(
                f"'{path}', row {number}: a pose is 12 numbers (KITTI) or 8 (TUM), the same in "
                f"every row. Received: {len(words)} numbers"
            )
    if not rows:
        raise ValueError(f"'{path}' holds no poses.")
    return np.array(rows)


def _of_frames(
    labels: np.ndarray | None, poses: np.ndarray, numbers: Sequence[int | Decimal], path: Path
) -> np.ndarray:
    if labels is not None:
        by_number = dict(zip(labels.tolist(), poses, strict=True))
        missing = [number for number in numbers if number not in by_number]
        if missing:
            raise ValueError(
                f"'{path}' has {len(poses)} poses, but none of frame {missing[0]}"
                f" ({len(missing)} of {len(numbers)} frames are missing)."
            )
        return np.stack([by_number[number] for number in numbers])
    if len(poses) != len(numbers):
        raise ValueError(f"'{path}' has {len(poses)} poses, but there are {len(numbers)} frames.")
    return poses


def _checked(matrices: np.ndarray, path: Path) -> np.ndarray:
    finite = np.isfinite(matrices).all(axis=(1, 2))
    safe = np.where(finite[:, None, None], matrices, np.eye(4))
    good = finite & (np.abs(np.linalg.det(safe[:, :3, :3]) - 1) <= MAX_SCALE_ERROR)
    if not good.all():
        row = int(np.argmin(good))
        raise ValueError(
            f"'{path}', row {row + 1}: a pose is a rotation and a translation. "
            f"Received: {matrices[row, :3]}"
        )
    return matrices
