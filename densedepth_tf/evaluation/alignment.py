"""Bringing predictions to the truth's scale, and two predictions of one image together."""

import math

import numpy as np


def median_scale(prediction: np.ndarray, truth: np.ndarray) -> np.float32:
    """The factor median(truth) / median(prediction) that takes a prediction to the truth's scale.

    Args:
        prediction: Depth at the valid pixels, any unit.
        truth: Metres at the valid pixels.

    Raises:
        ValueError: If the prediction's median is not a positive number.
    """
    middle = np.median(prediction)
    if not 0 < middle < math.inf:
        raise ValueError(f"A prediction cannot be scaled. Received: median {middle} m")
    return np.float32(np.median(truth) / middle)


def blend_with_ramps(prediction: np.ndarray, mirrored: np.ndarray) -> np.ndarray:
    """Blends two predictions of one image, made from it and from its mirrored self.

    Godard et al. 2017, section 4: near the left border the mirrored one is taken, near the right
    border the other, each over 5 % of the width with a ramp over the next 5 %; in between, their
    mean. What is blended is inverse depth, which networks of this kind predict.

    Args:
        prediction: Depth, float32 (..., H, W).
        mirrored: Depth from the mirrored image, mirrored back.

    Returns:
        Depth, float32 (..., H, W).
    """
    across = np.linspace(0, 1, prediction.shape[-1], dtype=np.float32)
    left = 1 - np.clip(20 * (across - 0.05), 0, 1)
    right = left[::-1]
    first, second = (1 / np.maximum(depth, np.float32(1e-6)) for depth in (prediction, mirrored))
    return 1 / (right * first + left * second + (1 - left - right) * 0.5 * (first + second))
