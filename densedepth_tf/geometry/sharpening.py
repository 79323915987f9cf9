"""Sharper depth: edges that a network left soft are brought to those of its photograph."""

import cv2
import numpy as np

# Pixels of a soft edge either way, and how much steeper it becomes; and those of one that the
# photograph has guided.
RADIUS, GAIN = 8, 4.0
_GUIDED_RADIUS, _GUIDED_GAIN = 4, 2.0
# Contrast of brightness, 0..1, squared, below which the photograph has nothing to say.
_SAME = 1e-4
_SMALLEST = 1e-6


def sharpen_depth(
    depth: np.ndarray, image: np.ndarray, working_size: tuple[int, int] | None = None
) -> np.ndarray:
    """Sharpens a predicted depth map where it has soft edges; the rest of it stays.

    Works on log depth, so that near and far are treated alike. First a soft edge is made steeper:
    between the extremes of its neighbourhood each depth moves towards the nearer one; a slanted
    plane, whose depth is their middle, stays. Then the guided filter (He et al. 2010) brings the
    edge to where the photograph's brightness has one, and what that leaves soft is made steeper
    once more. No depth leaves the range of the map's.

    Args:
        depth: float32 (H, W, 1) or (H, W), above 0; 0 = missing, which stays so.
        image: uint8 or float32 in [0, 1], RGB (H, W, 3).
        working_size: (height, width) at which edges are about `RADIUS` pixels wide, to which
            larger maps are brought for the first two steps; by default their own. What is found
            there is applied to the photograph at full size.

    Returns:
        float32, the shape of `depth`.

    Raises:
        ValueError: If the sizes differ.
    """
    if depth.shape[:2] != image.shape[:2]:
        raise ValueError(
            "Depth and photograph have one size. "
            f"Received: depth {depth.shape[:2]}, image {image.shape[:2]}"
        )
    height, width = depth.shape[:2]
    flat = np.ascontiguousarray(depth.reshape(height, width), np.float32)
    missing = flat <= 0
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY).astype(np.float32)
    if image.dtype == np.uint8:
        grey = grey / np.float32(255)
    log_depth = np.log(np.maximum(flat, np.float32(_SMALLEST)))
    if working_size is None or height <= working_size[0]:
        working_size = height, width
    slope, offset = _guided_by(
        _resized(grey, working_size), _steeper(_resized(log_depth, working_size), RADIUS, GAIN)
    )
    guided = _resized(slope, (height, width)) * grey + _resized(offset, (height, width))
    radius = round(_GUIDED_RADIUS * height / working_size[0])
    sharp = np.exp(_steeper(guided, radius, _GUIDED_GAIN))
    known = flat[~missing]
    if known.size:
        np.clip(sharp, known.min(), known.max(), out=sharp)
    sharp[missing] = flat[missing]
    return sharp.reshape(depth.shape)


def _resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    shrinks = values.shape[0] > size[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(values, size[::-1], interpolation=method)


def _steeper(values: np.ndarray, radius: int, gain: float) -> np.ndarray:
    """Each value between the extremes around it, `gain` times as far from their middle."""
    side = 2 * radius + 1
    around = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    low = cv2.blur(cv2.erode(values, around), (side, side))
    high = cv2.blur(cv2.dilate(values, around), (side, side))
    span = np.maximum(high - low, np.float32(_SMALLEST))
    share = np.clip(((values - low) / span - 0.5) * np.float32(gain) + 0.5, 0, 1)
    return low + span * share


def _guided_by(guide: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The guided filter's slope and offset: the result is slope * guide + offset."""

    def mean(array: np.ndarray) -> np.ndarray:
        return cv2.blur(array, (2 * RADIUS + 1, 2 * RADIUS + 1))

    guide_mean, values_mean = mean(guide), mean(values)
    covariance = mean(guide * values) - guide_mean * values_mean
    variance = mean(guide * guide) - guide_mean * guide_mean
    slope = covariance / (variance + np.float32(_SAME))
    return mean(slope), mean(values_mean - slope * guide_mean)
