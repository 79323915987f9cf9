"""From bytes, which files and batches hold, to the floats that networks and losses work on."""

import keras
from keras import ops

from densedepth_tf.geometry.tensor import Tensor


def as_float(images: Tensor) -> Tensor:
    """uint8 images in 0..255, or floats in [0, 1], as float32 in [0, 1]."""
    return ops.cast(bytes_as_float(ops.convert_to_tensor(images)), "float32")


def bytes_as_float(images: Tensor) -> Tensor:
    """uint8 images in 0..255 as float32 in [0, 1]; floats as they are.

    Raises:
        ValueError: If they are neither.
    """
    dtype = keras.backend.standardize_dtype(images.dtype)
    if dtype == "uint8":
        return ops.cast(images, "float32") / 255.0
    if not keras.backend.is_float_dtype(dtype):
        raise ValueError(f"Images are uint8 in 0..255 or float in [0, 1]. Received: dtype {dtype}")
    return images
