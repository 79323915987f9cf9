"""Resizing photographs with Lanczos' filter, to the very grey levels that Pillow gives."""

import numpy as np

LOBES = 3
# Weights are whole multiples of 2^-22, and every pass ends in whole grey levels.
WEIGHT_BITS = 22


def resize_lanczos(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resizes with Pillow's LANCZOS, whose aspect ratio is `size`'s.

    What Monodepth2's published networks were trained and measured on.

    Args:
        images: `(N, H, W, 3)`, uint8 or float in [0, 1]. Floats become 256 levels first, unless
            they have the size already.
        size: `(height, width)`.

    Returns:
        uint8 `(N, height, width, 3)`; `images` itself if it has the size.
    """
    height, width = size
    if images.shape[1:3] == (height, width):
        return images
    if images.dtype != np.uint8:
        images = np.round(np.clip(images, 0, 1) * 255).astype(np.uint8)
    resized = np.empty((len(images), height, width, 3), np.uint8)
    for image, place in zip(images, resized, strict=True):
        place[:] = _resize(image, (height, width))
    return resized


def rows_first(size: tuple[int, int], new_size: tuple[int, int]) -> bool:
    """Whether Pillow resizes columns of pixels before rows, which rounding in between tells.

    Pillow 13 does where the height shrinks by more than twice what the width does. Earlier ones
    never do; this package's order does not depend on the one that is installed.
    """
    shrinks_by = size[0] - new_size[0]
    return shrinks_by > 0 and shrinks_by > 2 * (size[1] - new_size[1])


def lanczos_weights(size: int, new_size: int) -> np.ndarray:
    """What one side's pixels weigh in those of the resized side.

    The kernel is sinc(x) sinc(x / 3) for |x| < 3, its unit the larger of an old and a new pixel;
    the weights of a new pixel sum to 1 before each is rounded.

    Returns:
        int64 `(new_size, size)`, in units of 2^-22.
    """
    scale = size / new_size
    centres = (np.arange(new_size) + 0.5) * scale
    places = (np.arange(size)[None] + 0.5 - centres[:, None]) / max(scale, 1.0)
    inside = np.abs(places) < LOBES
    weights = np.where(inside, np.sinc(places) * np.sinc(places / LOBES), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    scaled = weights * 2**WEIGHT_BITS
    return (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)).astype(np.int64)


def _resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """One uint8 image (H, W, 3), side by side."""
    from PIL import Image

    old_size = image.shape[:2]
    between = (size[0], old_size[1]) if rows_first(old_size, size) else (old_size[0], size[1])
    pixels = Image.fromarray(image)
    for height, width in (between, size):
        pixels = pixels.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(pixels)
