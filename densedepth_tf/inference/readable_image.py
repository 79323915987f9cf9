"""Reading one image for prediction."""

import os

import numpy as np

from densedepth_tf.files.images.image_file import read_image


def read_input_image(path: str | os.PathLike, name: str | None = None) -> np.ndarray:
    """Reads an image of any kind as uint8 (H, W, 3) RGB, upright.

    Of JPEGs that are too large to be taken whole, a smaller version is read, with a warning. A
    single pixel, as web pages hide in them, is refused: it has no depth to see.

    Args:
        path: The file, or its address in a bucket.
        name: What to call it in messages; the path by default.

    Raises:
        ValueError: If it cannot be opened, is no image, is damaged, too large or too small.
    """
    image = read_image(path, name, shrink=True)
    if image.shape[:2] == (1, 1):
        raise ValueError(f"'{name or os.fspath(path)}' is too small: it is a single pixel")
    return image
