"""From bytes, which files and batches hold, to the floats that networks and losses work on."""

import keras
from keras import ops

from densedepth_tf.geometry.tensor import Tensor

BRIGHTEST_FLOAT = 2.0  # A float in [0, 1] after all augmentation.


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


def cast_bytes_as_float(images: Tensor) -> Tensor:
    """As `bytes_as_float`, for images whose bytes may have been cast to floats of 0..255 already.

    An image `(H, W, 3)` of a batch that is brighter anywhere than floats in [0, 1] come to be is of
    bytes; one of bytes that are not is black.
    """
    images = bytes_as_float(images)
    brightest = ops.max(images, axis=(1, 2, 3), keepdims=True)
    return ops.where(brightest > BRIGHTEST_FLOAT, images / 255.0, images)
