"""From motions between frames to trajectories, and their distance from the true one."""

from typing import NamedTuple

import numpy as np


class SnippetError(NamedTuple):
    """How far a short trajectory is from the true one, after one scale was fitted.

    Attributes:
        ate: Root of the summed squared distances, divided by the number of frames, metres: the
            figure that papers since Zhou et al. 2017 print. A factor below 0 is no scale: what
            goes backwards is as far away as what stands still.
        rmse: Root of the mean squared distance, metres.
        scale: The factor that fits best, below 0 where the motion goes backwards.
    """

    ate: float
    rmse: float
    scale: float


def relative_transforms(poses: np.ndarray) -> np.ndarray:
    """Camera-to-world poses (N, 4, 4) -> (N - 1, 4, 4), each from a frame's camera to the next's.

    A point at x in the camera of frame i is at `transforms[i] @ x` in that of frame i + 1.
    """
    poses = np.asarray(poses, np.float64)
    return np.linalg.inv(poses[1:]) @ poses[:-1]


def chain_transforms(transforms: np.ndarray) -> np.ndarray:
    """The inverse of `relative_transforms`: (N - 1, 4, 4) -> (N, 4, 4), the first the identity."""
    poses = [np.eye(4)]
    for transform in np.asarray(transforms, np.float64):
        poses.append(poses[-1] @ np.linalg.inv(transform))
    return np.stack(poses)


def fitted_scale(predicted: np.ndarray, true: np.ndarray) -> float:
    """The factor that brings predicted positions (N, 3) closest to true ones; 1 if all are 0."""
    square = float(np.sum(predicted**2))
    return float(np.sum(true * predicted)) / square if square > 0 else 1.0


def snippet_error(predicted: np.ndarray, true: np.ndarray) -> SnippetError:
    """Compares positions of a snippet.

    Args:
        predicted: (N, 3), any unit, in the camera of the snippet's first frame.
        true: (N, 3) metres, likewise.

    Raises:
        ValueError: If the shapes differ.
    """
    predicted, true = np.asarray(predicted, np.float64), np.asarray(true, np.float64)
    if predicted.shape != true.shape or predicted.shape[1:] != (3,):
        raise ValueError(
            f"Positions are (N, 3). Received: predicted {predicted.shape}, true {true.shape}"
        )
    predicted, true = predicted - predicted[0], true - true[0]
    scale = fitted_scale(predicted, true)
    squared = float(np.sum((max(scale, 0.0) * predicted - true) ** 2))
    return SnippetError(squared**0.5 / len(true), (squared / len(true)) ** 0.5, scale)


def snippet_errors(
    predicted: np.ndarray, true: np.ndarray, track_length: int = 5
) -> list[SnippetError]:
    """The error of every snippet of `track_length` consecutive frames.

    Args:
        predicted: (N - 1, 4, 4) predicted transforms, as `relative_transforms` gives.
        true: (N - 1, 4, 4) true ones.
        track_length: Frames of a snippet.

    Raises:
        ValueError: If the numbers differ, or there are too few frames.
    """
    if len(predicted) != len(true):
        raise ValueError(
            f"Predicted and true motions differ in number. Received: {len(predicted)}, {len(true)}"
        )
    if track_length < 2 or len(true) < track_length - 1:
        raise ValueError(
            f"Snippets of {track_length} frames need as many frames, at least 2. "
            f"Received: {len(true) + 1} frames"
        )
    steps = track_length - 1
    starts = range(len(true) - steps + 1)
    return [
        snippet_error(
            chain_transforms(predicted[start : start + steps])[:, :3, 3],
            chain_transforms(true[start : start + steps])[:, :3, 3],
        )
        for start in starts
    ]


def official_snippet_ates(
    predicted: np.ndarray, true: np.ndarray, track_length: int = 5
) -> list[float]:
    """ATE of every snippet as Monodepth2's official script has it, metres.

    It differs from `snippet_errors` in three ways: motions are chained without being inverted, so
    that positions are those of another trajectory wherever the camera turns; the snippets that
    the sequence's end cuts off, down to two frames, count as well; and a factor below 0 is a
    scale like any other, so that going backwards costs nothing.

    Args:
        predicted: (N - 1, 4, 4) predicted transforms, as `relative_transforms` gives.
        true: (N - 1, 4, 4) true ones.
        track_length: Frames of a snippet.
    """
    ates = []
    for start in range(len(true)):
        positions, true_positions = (
            _chained_uninverted(motions[start : start + track_length - 1])
            for motions in (predicted, true)
        )
        difference = fitted_scale(positions, true_positions) * positions - true_positions
        ates.append(float(np.sqrt(np.sum(difference**2))) / len(positions))
    return ates


def _chained_uninverted(transforms: np.ndarray) -> np.ndarray:
    products = [np.eye(4)]
    for transform in np.asarray(transforms, np.float64):
        products.append(products[-1] @ transform)
    return np.stack(products)[:, :3, 3]
