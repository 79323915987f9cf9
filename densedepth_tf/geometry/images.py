"""What every estimator accepts as images."""

import numpy as np
from numpy.typing import ArrayLike


def check_images(images: ArrayLike) -> np.ndarray:
    """Checks an image or a batch of images and returns it as uint8 or float32.

    Raises:
        ValueError: If it is not `(N, H, W, 3)` or `(H, W, 3)`, empty, or floats outside [0, 1].
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4) or images.shape[-1] != 3 or 0 in images.shape[-3:]:
        raise ValueError(
            "Images are RGB arrays of shape (N, H, W, 3) or (H, W, 3)."
            f"{channels_first(images.shape)} Received: shape {images.shape}"
        )
    if images.dtype == np.uint8:
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"Images are uint8 in 0..255 or float in [0, 1]. Received: dtype {images.dtype}"
        )
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    if not (low >= -1e-3 and high <= 1 + 1e-3):
        raise ValueError(
            "Float images are in [0, 1]; divide by 255 or pass uint8. "
            f"Received: values from {low:.4g} to {high:.4g}"
        )
    return images.astype(np.float32, copy=False)


def channels_first(shape: tuple[int | None, ...]) -> str:
    """A sentence, after a blank, where a shape looks like that of channels before rows."""
    if len(shape) in (3, 4) and shape[-3] == 3 and shape[-1] not in (3, None):
        return " The channels come last: pass np.moveaxis(images, -3, -1)."
    return ""
