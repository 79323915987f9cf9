"""From bytes, which files and batches hold, to the floats that networks and losses work on."""

from typing import Any

import keras
from keras import ops


def as_float(images: Any) -> Any:
    """uint8 images in 0..255, or floats in [0, 1], as float32 in [0, 1]."""
    images = ops.convert_to_tensor(images)
    scale = 255.0 if is_bytes(images) else 1.0
    return ops.cast(images, "float32") / scale


def is_bytes(images: Any) -> bool:
    """Whether images are uint8, so in 0..255."""
    return keras.backend.standardize_dtype(images.dtype) == "uint8"
