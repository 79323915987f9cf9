"""Reading one picture for prediction, with a bound on its size."""

import os

import numpy as np
from PIL import Image

from densedepth_tf.data.image_file import read_image


def read_picture(path: str | os.PathLike) -> np.ndarray:
    """Reads a picture of any kind as uint8 (H, W, 3) RGB, upright.

    Its size is looked up before it is decoded: on the way through a network a picture takes up
    many times its bytes. Past 179 million pixels, where Pillow sees an attack, it is refused; so
    is a single pixel, as web pages hide in them: it has no depth to see.

    Raises:
        ValueError: If it cannot be opened, is no picture, is damaged, too large or too small.
    """
    try:
        with Image.open(path) as picture:
            size = picture.size
    except Image.DecompressionBombError:
        raise ValueError(
            f"'{os.fspath(path)}' is too large: at most {2 * Image.MAX_IMAGE_PIXELS / 1e6:.0f} "
            "million pixels are taken; make it smaller"
        ) from None
    except Exception:  # read_image says better what else is wrong with it
        size = None
    if size == (1, 1):
        raise ValueError(f"'{os.fspath(path)}' is too small: it is a single pixel")
    return read_image(path)
