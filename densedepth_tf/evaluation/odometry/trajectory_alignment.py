"""Whole trajectories against true ones: aligned ATE and RPE, as the package evo defines them."""

import numpy as np
from scipy.spatial.transform import Rotation


def umeyama(
    predicted: np.ndarray, true: np.ndarray, with_scale: bool
) -> tuple[float, np.ndarray, np.ndarray]:
    """The scale, rotation and shift that bring positions closest to true ones (Umeyama 1991).

    Args:
        predicted: Positions (N, 3), any unit.
        true: Positions (N, 3), metres.
        with_scale: False leaves the scale at 1.

    Returns:
        `scale`, `rotation` (3, 3) and `shift` (3,): scale * rotation @ x + shift. The scale is
        never negative, and 1 where the predicted positions are all the same.
    """
    middle, true_middle = predicted.mean(axis=0), true.mean(axis=0)
    centred, true_centred = predicted - middle, true - true_middle
    left, spread, right = np.linalg.svd(true_centred.T @ centred)
    signs = np.ones(3)
    # A rotation, never a mirror.
    signs[2] = np.sign(np.linalg.det(left) * np.linalg.det(right)) or 1.0
    rotation = left @ np.diag(signs) @ right
    square = float(np.sum(centred**2))
    scale = float(spread @ signs) / square if with_scale and square > 0 else 1.0
    return scale, rotation, true_middle - scale * rotation @ middle


def aligned_ate(predicted: np.ndarray, true: np.ndarray, with_scale: bool) -> float:
    """Root of the mean squared distance after `umeyama`'s alignment, metres.

    Args:
        predicted: Poses (N, 4, 4), camera to world.
        true: Poses (N, 4, 4), metres.
        with_scale: True is the alignment by a similarity (Sim3), False by a motion (SE3).
    """
    positions, true_positions = predicted[:, :3, 3], true[:, :3, 3]
    scale, rotation, shift = umeyama(positions, true_positions, with_scale)
    distances = scale * positions @ rotation.T + shift - true_positions
    return float(np.sqrt(np.mean(np.sum(distances**2, axis=1))))


def relative_pose_error(predicted: np.ndarray, true: np.ndarray) -> tuple[float, float]:
    """How far the motions from frame to frame are from the true ones, roots of mean squares.

    The predicted positions are first multiplied by the scale of `umeyama`, which is never
    negative: going backwards is an error of twice the way.

    Args:
        predicted: Poses (N, 4, 4), camera to world.
        true: Poses (N, 4, 4), metres.

    Returns:
        Metres and degrees.
    """
    scaled = predicted.copy()
    scaled[:, :3, 3] *= umeyama(predicted[:, :3, 3], true[:, :3, 3], with_scale=True)[0]
    motions, true_motions = (np.linalg.inv(p[:-1]) @ p[1:] for p in (scaled, true))
    errors = np.linalg.inv(true_motions) @ motions
    angles = np.degrees(Rotation.from_matrix(errors[:, :3, :3]).magnitude())
    lengths = np.linalg.norm(errors[:, :3, 3], axis=1)
    return float(np.sqrt(np.mean(lengths**2))), float(np.sqrt(np.mean(angles**2)))
