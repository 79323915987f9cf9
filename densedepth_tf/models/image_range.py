"""From bytes, which files and batches hold, to the floats that networks and losses work on."""

from typing import Any

import keras
from keras import ops


def as_float(images: Any) -> Any:
    """uint8 images in 0..255, or floats in [0, 1], as float32 in [0, 1]."""
    return ops.cast(bytes_as_float(ops.convert_to_tensor(images)), "float32")


def bytes_as_float(images: Any) -> Any:
    """uint8 images in 0..255 as float32 in [0, 1]; any others as they are."""
    if keras.backend.standardize_dtype(images.dtype) != "uint8":
        return images
    return ops.cast(images, "float32") / 255.0
