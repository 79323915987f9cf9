"""Less flicker in the depth of a clip, without smearing what moves."""

import cv2
import numpy as np

DEPTH_GATE = 0.1  # relative jump of depth
COLOR_GATE = 16.0  # grey levels
NEIGHBOURHOOD = 1 / 32  # of the longer side
MOST_HISTORY = 0.95
# Of strength * DEPTH_GATE: the largest lag there can be, where x * exp(-x^2) has its maximum.
LARGEST_LAG = float(np.exp(-0.5) / np.sqrt(2))


class TemporalSmoother:
    """Exponential average of depth over time, switched off pixel by pixel where things move.

    With the network's depth d, the smoothed depth s, the image c and w = 0.95 strength:

        s[t] = d[t] + w * g * (s[t-1] - d[t])
        g = exp(-(r / 0.1)^2) * exp(-(k / 16)^2)
        r = |s[t-1] - d[t]| / min(s[t-1], d[t])   relative jump of depth
        k = |c[t] - c[t-1]|                       change of colour, in levels of 255

    k is the largest over the channels, of images blurred by 3x3, then the largest and the mean
    of a neighbourhood, 1/32 of the image wide: pixel by pixel, the texture of a moving surface
    would show in its depth.

    Noise of a static scene falls to about sqrt((1 - w) / (1 + w)) of itself while it is well
    below 10 %. Where depth jumps or colour changes, the new depth holds at once. Whatever
    happens, s[t] is within 0.043 * w * d[t] of d[t], since r * exp(-(r / 0.1)^2) has its maximum
    there: an edge that moves leaves no trail beyond that.

    Args:
        strength: 0 (off) to 1.

    Raises:
        ValueError: If `strength` is outside 0..1.
    """

    def __init__(self, strength: float):
        if not 0 <= strength <= 1:
            raise ValueError(f"Smoothing is within 0..1. Received: smoothing={strength}")
        self.history = MOST_HISTORY * strength
        self._before: tuple[np.ndarray, np.ndarray] | None = None  # depth and colours

    def smooth(self, depth: np.ndarray, image: np.ndarray) -> np.ndarray:
        """The next frame's smoothed depth.

        Args:
            depth: float32 (H, W, 1) metres; 0 = missing, which is neither used nor filled.
            image: uint8 (H, W, 3) RGB, the frame at the depth's size.

        Returns:
            float32 (H, W, 1) metres.
        """
        if not self.history:
            return depth
        current, colors = depth[..., 0], cv2.blur(image, (3, 3))
        before, colors_before = self._before or (None, None)
        if before is not None and colors_before is not None and before.shape == current.shape:
            lag = before - current
            nearer = np.maximum(np.minimum(before, current), 1e-6)
            exponent = (lag / (DEPTH_GATE * nearer)) ** 2
            exponent += (_change(colors, colors_before) / COLOR_GATE) ** 2
            weight = self.history * np.exp(-exponent)
            weight[(before <= 0) | (current <= 0)] = 0
            current = current + weight * lag
        self._before = current, colors
        return current[..., None]


def _change(colors: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Change of colour around each pixel, float32 (H, W), in levels of 255."""
    side = max(3, round(NEIGHBOURHOOD * max(colors.shape[:2])) | 1)
    change = cv2.absdiff(colors, before).max(axis=-1)
    change = cv2.dilate(change, np.ones((side, side), np.uint8))
    return cv2.blur(change.astype(np.float32), (side, side))
