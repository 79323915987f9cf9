"""How large an image may be: a small file can declare one that fills the memory."""

import math
import os

from densedepth_tf.files.bad_sample import BadSampleError

# On its way through a network and into files, an image takes some 40 bytes a pixel.
MAX_MEGAPIXELS = 64
MAX_MEGAPIXELS_VARIABLE = "DENSEDEPTH_TF_MAX_MEGAPIXELS"
# JPEGs up to this size can be read at a part of it, in 2 GB: phones take images of 200.
MAX_SHRUNK_MEGAPIXELS = 256
# No image or depth map of that many pixels needs a larger file.
MAX_FILE_BYTES = 2**30


def max_pixels() -> int:
    """Most pixels of an image, depth map or frame that is read.

    Raises:
        ValueError: If the environment variable that sets it holds no positive number.
    """
    text = os.environ.get(MAX_MEGAPIXELS_VARIABLE, "")
    try:
        megapixels = float(text or MAX_MEGAPIXELS)
        if not 0 < megapixels < math.inf:
            raise ValueError
    except ValueError:
        raise ValueError(
            f"{MAX_MEGAPIXELS_VARIABLE} is a number of millions of pixels. Received: '{text}'"
        ) from None
    return int(megapixels * 1e6)


def check_pixels(
    size: tuple[int, int], name: str, error: type[ValueError] = BadSampleError
) -> None:
    """Checks a declared (height, width), before memory for the pixels is taken.

    Args:
        size: What the file's header says.
        name: What to call the file in messages.
        error: The class of what is raised.

    Raises:
        ValueError: `error`, if there are more pixels than are taken.
    """
    height, width = size
    if height * width > max_pixels():
        raise error(
            f"'{name}' is too large: {height}x{width} (height x width) are "
            f"{height * width / 1e6:.0f} million pixels; at most {max_pixels() / 1e6:g} are taken. "
            f"Make it smaller, or set {MAX_MEGAPIXELS_VARIABLE} to a larger number; a million "
            "pixels takes 40 MB of memory"
        )
