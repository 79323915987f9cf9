"""Reading a photograph, whatever it was saved as, into uint8 RGB the right way up."""

import io
import os
import struct

import cv2
import numpy as np
from PIL import Image, ImageOps

from densedepth_tf.data.encoded_image import (
    JPEG_START,
    PNG_START,
    check_complete,
    decode,
    read_content,
)
from densedepth_tf.data.sample import BadSampleError

# What files of pictures end in.
IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"),
    *(".webp", ".ppm", ".pgm", ".pnm", ".gif", ".jp2", ".avif"),
)
_PNG_GREY, _PNG_RGB = 0, 2


def read_image(path_or_bytes: str | os.PathLike | bytes, name: str | None = None) -> np.ndarray:
    """Reads a photograph as uint8 (H, W, 3) RGB.

    An EXIF orientation is applied, once, so that the picture comes out as viewers show it. Grey
    becomes three equal channels, a palette its colours, 16 bits the upper 8; transparent pixels
    are blended onto white. Animated files give their first frame.

    Args:
        path_or_bytes: A file, or its content.
        name: What to call it in messages; the path by default.

    Raises:
        BadSampleError: If the file is missing, empty, cut off, damaged or no picture.
    """
    content, name = read_content(path_or_bytes, name)
    check_complete(content, name)
    if content.startswith(JPEG_START) or _is_opaque_8_bit_png(content):
        # OpenCV is several times faster and lets other threads run while it decodes.
        return decode(content, cv2.IMREAD_COLOR_RGB, name)
    return _read_with_pillow(content, name)


def _is_opaque_8_bit_png(content: bytes) -> bool:
    """Whether a PNG is 8-bit grey or RGB without transparency: what OpenCV reads as it is."""
    if not content.startswith(PNG_START) or len(content) < 26:
        return False
    bit_depth, colour_type = struct.unpack_from("BB", content, 24)
    transparent = b"tRNS" in content[: content.find(b"IDAT")]
    return bit_depth == 8 and colour_type in (_PNG_GREY, _PNG_RGB) and not transparent


def _read_with_pillow(content: bytes, name: str) -> np.ndarray:
    try:
        with Image.open(io.BytesIO(content)) as opened:
            picture = ImageOps.exif_transpose(opened)
            picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        # Pillow's own words name a memory address, not the file.
        reason = "not a picture in a known format" if _is_unknown(error) else str(error)
        raise BadSampleError(f"'{name}' cannot be read as a picture: {reason}.") from error
    if picture.mode.startswith("I"):
        return _grey_to_rgb(_upper_8_bits(np.asarray(picture), name))
    if picture.mode == "F":
        raise BadSampleError(
            f"'{name}' holds floating-point values, not a photograph. Save it as 8-bit PNG or JPEG."
        )
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(white, picture)
    return np.ascontiguousarray(np.asarray(picture.convert("RGB")))


def _is_unknown(error: Exception) -> bool:
    return isinstance(error, Image.UnidentifiedImageError)


def _upper_8_bits(grey: np.ndarray, name: str) -> np.ndarray:
    if grey.min(initial=0) < 0 or grey.max(initial=0) > 65535:
        raise BadSampleError(
            f"'{name}' holds 32-bit values, not a photograph. Save it as 8-bit PNG or JPEG."
        )
    return (grey >> 8).astype(np.uint8)


def _grey_to_rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., np.newaxis], 3, axis=-1)
