"""Measures predicted camera motion against true poses: 5-frame ATE, aligned ATE and RPE."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from densedepth_tf.data.sequences.frame_sequence import FrameSequence
from densedepth_tf.evaluation.odometry.odometry_result import OdometryResult
from densedepth_tf.evaluation.odometry.trajectory import (
    chain_transforms,
    fitted_scale,
    official_snippet_ates,
    relative_transforms,
    snippet_errors,
)
from densedepth_tf.evaluation.odometry.trajectory_alignment import aligned_ate, relative_pose_error
from densedepth_tf.evaluation.odometry.trajectory_plot import write_trajectory_plot
from densedepth_tf.files.arrays.poses_file import write_poses
from densedepth_tf.files.arrays.trajectory_file import SUFFIXES, read_motions
from densedepth_tf.files.atomic import write_json
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar


class PosePredictor(Protocol):
    """Anything that predicts the camera's motion between frames."""

    def predict_transforms(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Takes points from the cameras of the first frames to those of the second.

        Args:
            first: uint8 (N, H, W, 3) RGB.
            second: uint8 (N, H, W, 3) RGB, the frames right after them.

        Returns:
            (N, 4, 4); the scale may be arbitrary.
        """
        ...


def evaluate_odometry(
    predictor: PosePredictor,
    sequence: FrameSequence,
    *,
    track_length: int = 5,
    batch_size: int = 8,
    progress: bool = True,
) -> OdometryResult:
    """Measures the predicted motion of a sequence.

    Args:
        predictor: Predicts the motion from each frame to the next.
        sequence: The frames, with poses.
        track_length: Frames of a snippet; papers take 5.
        batch_size: Pairs of frames predicted at once.
        progress: Show a bar where the output is a terminal.

    Raises:
        ValueError: If the sequence has no poses, or gaps, or the predictions another shape.
        BadSampleError: If a frame cannot be read.
    """
    poses = true_poses(sequence)
    batches = _predict(predictor, sequence, batch_size)
    hidden = not progress
    bar = ProgressBar(
        batches, sequence.name, len(poses) - 1, unit="pair", leave=False, disable=hidden
    )
    return compare_motions(sequence.name, np.stack(list(bar)), poses, track_length)


def compare_motions(
    name: str, transforms: np.ndarray, poses: np.ndarray, track_length: int = 5
) -> OdometryResult:
    """Compares motions with true poses.

    Args:
        name: The sequence's name.
        transforms: (N - 1, 4, 4) predicted, from each frame's camera to the next's.
        poses: (N, 4, 4) true, camera to world.
        track_length: Frames of a snippet.

    Raises:
        ValueError: If the numbers do not fit or there are too few frames.
    """
    errors = snippet_errors(transforms, relative_transforms(poses), track_length)
    official = np.array(official_snippet_ates(transforms, relative_transforms(poses), track_length))
    predicted = chain_transforms(transforms)
    true = np.linalg.inv(poses[0]) @ poses
    ates, rmses, scales = (np.array(column) for column in zip(*errors, strict=True))
    rpe_translation, rpe_rotation = relative_pose_error(predicted, true)
    whole = {
        "ate_sim3": aligned_ate(predicted, true, with_scale=True),
        "ate_se3": aligned_ate(predicted, true, with_scale=False),
        "rpe_translation": rpe_translation,
        "rpe_rotation": rpe_rotation,
    }
    # Backwards stays backwards in the image.
    predicted[:, :3, 3] *= abs(fitted_scale(predicted[:, :3, 3], true[:, :3, 3]))
    return OdometryResult(
        sequence=name,
        num_frames=len(poses),
        track_length=track_length,
        ate=float(ates.mean()),
        ate_std=float(ates.std()),
        official_ate=float(official.mean()),
        official_ate_std=float(official.std()),
        ate_rmse=float(rmses.mean()),
        scale=float(np.median(scales)),
        scale_std=float(scales.std()),
        backwards=float(np.mean(scales < 0)),
        **whole,
        predicted=predicted,
        true=true,
    )


def true_poses(sequence: FrameSequence) -> np.ndarray:
    """The poses of all frames of a sequence, float64 (N, 4, 4).

    Raises:
        ValueError: If frames or poses are missing.
    """
    numbers = list(sequence.numbers)
    if not sequence.poses:
        raise ValueError(f"'{sequence.title}' has no true poses to measure against.")
    for number in numbers:
        if number not in sequence.poses:
            raise ValueError(f"'{sequence.title}' lacks frame {number} or its pose.")
    for number in numbers[:-1]:
        if sequence.neighbour(number, 1) is None:
            raise ValueError(f"'{sequence.title}' lacks the frame after {number}.")
    return np.stack([sequence.poses[number] for number in numbers])


def read_trajectory(path: str | os.PathLike, sequence: FrameSequence) -> np.ndarray:
    """Motions (N - 1, 4, 4) from anybody's trajectory of a sequence; see `trajectory_file`.

    Args:
        path: The file, or a folder with `<sequence name>.txt` (or .tum, .csv, .npy).
        sequence: The sequence.

    Raises:
        ValueError: If it holds another number of poses than the sequence has frames.
        OSError: If it cannot be read.
    """
    return read_motions(trajectory_file(path, sequence), sequence.numbers)


def trajectory_file(path: str | os.PathLike, sequence: FrameSequence) -> Path:
    """The file that `read_trajectory` reads, whether there is one or not."""
    path = Path(path)
    if not path.is_dir():
        return path
    # The whole name first: videos in two folders may have one name.
    stems = sequence.name, sequence.name.replace("/", "_"), Path(sequence.name).name
    names = [stem + suffix for stem in dict.fromkeys(stems) for suffix in SUFFIXES]
    return next(
        (path / name for name in names if (path / name).is_file()), path / names[-len(SUFFIXES)]
    )


def write_odometry(results: list[OdometryResult], model: str, folder: str | os.PathLike) -> None:
    """Writes `odometry.json`, and per sequence its scaled trajectory as text and as a figure.

    Raises:
        OSError: If the folder cannot be written.
    """
    folder = Path(folder)
    for result in results:
        stem = f"trajectory_{result.sequence.replace('/', '_')}"
        write_poses(folder / f"{stem}.txt", result.predicted)
        write_trajectory_plot(result, folder / f"{stem}.png")
    content = {"model": model, "sequences": [result.to_json() for result in results]}
    write_json(folder / "odometry.json", content)


def _predict(
    predictor: PosePredictor, sequence: FrameSequence, batch_size: int
) -> Iterator[np.ndarray]:
    threads = min(4, available_cores())
    frames = map_ahead(sequence.read_image, sequence.numbers, threads, 2 * threads)
    pairs = itertools.pairwise(frames)
    while batch := list(itertools.islice(pairs, batch_size)):
        first, second = (np.stack(images) for images in zip(*batch, strict=True))
        transforms = np.asarray(predictor.predict_transforms(first, second))
        if transforms.shape != (len(first), 4, 4):
            raise ValueError(
                f"predict_transforms of {first.shape} must return ({len(first)}, 4, 4). "
                f"Received: shape {transforms.shape}"
            )
        yield from transforms
