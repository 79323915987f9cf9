"""White frames around pictures, which a network may have learnt to rely on."""

from typing import Literal

import numpy as np

FrameName = Literal["none", "nyu"]
# Shares of height and width of the white margin that NYU Depth v2's colour images have, as they
# were rectified: 6 of 480 rows and 7 of 640 columns at either end (measured on labelled pairs).
_MARGINS: dict[FrameName, tuple[float, float]] = {"nyu": (6 / 480, 7 / 640)}
_WHITE = 253  # What JPEG left of it.


def framed(images: np.ndarray, frame: FrameName) -> np.ndarray:
    """The same pictures with a frame painted over their margins.

    A network that was trained on whole images of NYU Depth v2 has seen no picture without it, and
    may take a picture without one for something else: METER-XXS (Papa et al. 2023) predicts 1.8
    times the depth there.

    Args:
        images: RGB (N, H, W, 3), uint8 or float32 in [0, 1].
        frame: "nyu", or "none", which changes nothing. Pixels that it covers in part are mixed.

    Returns:
        Array of that shape and type.
    """
    if frame == "none":
        return images
    rows, columns = (
        _inside(size, margin)
        for size, margin in zip(images.shape[1:3], _MARGINS[frame], strict=True)
    )
    inside = (rows[:, None] * columns)[..., None]
    if images.dtype == np.uint8:
        return np.round(images * inside + _WHITE * (1 - inside)).astype(np.uint8)
    return (images * inside + np.float32(_WHITE / 255) * (1 - inside)).astype(images.dtype)


def _inside(size: int, margin: float) -> np.ndarray:
    """The share of each pixel that lies within the frame, float32 `(size,)`."""
    ends = np.arange(size + 1) / size
    shares = np.minimum(ends[1:], 1 - margin) - np.maximum(ends[:-1], margin)
    return (np.clip(shares, 0, None) * size).astype(np.float32)
