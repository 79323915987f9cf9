"""JPEG files as viewers take them: mended where the image is whole, refused where it is not."""

import io
import warnings

import cv2
import numpy as np
from PIL import Image

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.image_size import MAX_SHRUNK_MEGAPIXELS, check_pixels, max_pixels
from densedepth_tf.files.images.jpeg_segments import JpegParts, split_jpeg

_MISSING_GREY = 128  # what decoders fill missing blocks with
# What follows a whole scan changes nothing; a scan that is cut off takes it for its images.
_CONTINUATIONS = tuple(
    np.random.default_rng(seed).integers(0, 255, 512, np.uint8).tobytes() for seed in (0, 1)
)


def mend_jpeg(content: bytes, name: str) -> bytes:
    """A JPEG as decoders take it without complaint: no junk between its parts, an end marker.

    What has to be mended is told in a warning.

    Args:
        content: The file.
        name: What to call it in messages.

    Returns:
        `content` itself where nothing is amiss; the mended file else.

    Raises:
        BadSampleError: If part of its image is missing, it is damaged or too large.
    """
    jpeg = split_jpeg(content, name)
    check_pixels(jpeg.size, name)
    if jpeg.has_end and not jpeg.num_junk:
        return content
    faults = []
    if not jpeg.has_end:
        if not _is_whole(jpeg):
            raise BadSampleError(f"'{name}' is a JPEG that is cut off: rows are missing.")
        faults.append("no end marker")
    if jpeg.num_junk:
        faults.append(f"{jpeg.num_junk} stray bytes between its parts")
    warnings.warn(
        f"'{name}' is a JPEG with {' and '.join(faults)}; its image is whole.", stacklevel=2
    )
    return jpeg.content()


def read_shrunk(content: bytes, name: str) -> np.ndarray | None:
    """Reads a JPEG that is too large to be taken whole at a half, a quarter, ... of its size.

    The decoder makes the first half itself, so that the whole image is never in memory. A
    warning tells the size.

    Args:
        content: The file.
        name: What to call it in messages.

    Returns:
        uint8 (h, w, 3) RGB, upright; None if the whole is not too large, or too large for this,
        or something is amiss.

    Raises:
        BadSampleError: If part of the image is missing or it is damaged.
    """
    jpeg = split_jpeg(content, name)
    num_pixels = jpeg.size[0] * jpeg.size[1]
    is_sound = jpeg.has_end and not jpeg.num_junk
    if not (max_pixels() < num_pixels <= MAX_SHRUNK_MEGAPIXELS * 1e6 and is_sound):
        return None
    half = cv2.IMREAD_REDUCED_COLOR_2 & ~cv2.IMREAD_COLOR_BGR | cv2.IMREAD_COLOR_RGB
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), half)
    except cv2.error:  # the caller says that it is too large
        return None
    if image is None or _ends_grey(image):
        return None
    while 2 * image.shape[0] * image.shape[1] > max_pixels():
        shape = -(-image.shape[1] // 2), -(-image.shape[0] // 2)
        image = cv2.resize(image, shape, interpolation=cv2.INTER_AREA)
    warnings.warn(
        f"'{name}' has {num_pixels / 1e6:.0f} million pixels and is read at a smaller size, "
        f"{image.shape[0]}x{image.shape[1]} (height x width).",
        stacklevel=2,
    )
    return image


def check_last_blocks(image: np.ndarray, content: bytes, name: str) -> None:
    """Checks that a decoded JPEG does not end in blocks that its file does not hold.

    Costs nothing unless a corner has the grey that decoders fill in.

    Args:
        image: uint8 (H, W, 3), turned in any way.
        content: The file, mended.
        name: What to call it in messages.

    Raises:
        BadSampleError: If rows are missing.
    """
    if _ends_grey(image) and not _is_whole(split_jpeg(content, name)):
        raise BadSampleError(f"'{name}' is a JPEG that is cut off: rows are missing.")


def _ends_grey(image: np.ndarray) -> bool:
    """Whether a corner has the grey of what is missing; any may be the last in the file."""
    corners = image[:: max(1, image.shape[0] - 1), :: max(1, image.shape[1] - 1)]
    return bool((corners == _MISSING_GREY).all(axis=-1).any())


def _is_whole(jpeg: JpegParts) -> bool:
    first, second = (_decode(jpeg.content(following)) for following in _CONTINUATIONS)
    return first is not None and second is not None and np.array_equal(first, second)


def _decode(content: bytes) -> np.ndarray | None:
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            return np.asarray(image)
    except Exception:  # Pillow raises whatever the damage leads it to; the caller names the file.
        return None
