"""Reading a photograph, whatever it was saved as, into uint8 RGB the right way up."""

import os
import re
import struct

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.deep_image import over_white, to_8_bits
from densedepth_tf.files.images.encoded_image import (
    JPEG_START,
    PNG_START,
    check_complete,
    decode,
    read_content,
)
from densedepth_tf.files.images.image_opener import ORIENTATION, open_image
from densedepth_tf.files.images.image_size import check_pixels
from densedepth_tf.files.images.jpeg_file import check_last_blocks, read_shrunk
from densedepth_tf.files.images.tiff_file import TIFF_STARTS, read_deep_tiff
from densedepth_tf.files.web_address import check_no_web_address

_PNG_GREY, _PNG_RGB, _PNG_OPACITY = 0, 2, 4
_NETPBM_HEADER = re.compile(rb"P[2356]((?:\s|#[^\n\r]*[\n\r])+\d+){3}\s")
_COMMENT = re.compile(rb"#[^\n\r]*")


def read_image(
    path_or_bytes: str | os.PathLike | bytes, name: str | None = None, shrink: bool = False
) -> np.ndarray:
    """Reads a photograph as uint8 (H, W, 3) RGB.

    An EXIF orientation is applied, once, so that the image comes out as viewers show it. Grey
    becomes three equal channels, a palette its colours, 16 bits the upper 8 of the range that is
    used (`deep_image.to_8_bits`); transparent pixels are blended onto white. Animated files give
    their first frame. What was amiss without spoiling the image is told in warnings.

    Args:
        path_or_bytes: A file, or its content.
        name: What to call it in messages; the path by default.
        shrink: Read a JPEG that is too large at a part of its size, see `jpeg_file.read_shrunk`.

    Raises:
        BadSampleError: If the file is missing, empty, cut off, damaged, too large or no image,
            or a package that reads its kind is missing.
    """
    if isinstance(path_or_bytes, str | os.PathLike):
        try:
            check_no_web_address(path_or_bytes)
        except ValueError as error:
            raise BadSampleError(str(error)) from None
    content, name = read_content(path_or_bytes, name)
    if shrink and content.startswith(JPEG_START):
        image = read_shrunk(content, name)
        if image is not None:
            return image
    content = check_complete(content, name)
    if content.startswith(JPEG_START):
        # OpenCV is several times faster and lets other threads run while it decodes.
        image = decode(content, cv2.IMREAD_COLOR_RGB, name)
        check_last_blocks(image, content, name)
        return image
    if content.startswith(PNG_START):
        bit_depth, colour_type = struct.unpack_from("BB", content, 24)
        if bit_depth == 16:
            return _upright(_read_deep_png(content, colour_type, name), content)
        transparent = b"tRNS" in content[: content.find(b"IDAT")]
        if bit_depth == 8 and colour_type in (_PNG_GREY, _PNG_RGB) and not transparent:
            return decode(content, cv2.IMREAD_COLOR_RGB, name)
    elif content.startswith(TIFF_STARTS):
        image = read_deep_tiff(content, name)
        if image is not None:
            return _upright(image, content)
    elif (header := _NETPBM_HEADER.match(content)) and (largest := _largest(header)) > 255:
        return _read_deep_netpbm(content, header, largest, name)
    return _read_with_pillow(content, name)


def _read_deep_png(content: bytes, colour_type: int, name: str) -> np.ndarray:
    values = decode(content, cv2.IMREAD_UNCHANGED, name)
    if values.ndim == 3:
        values = np.concatenate([values[..., 2::-1], values[..., 3:]], axis=-1)
    image = to_8_bits(values, name, _declared_by_png(content, colour_type, values), num_colors=3)
    if image.ndim == 3:
        return over_white(image) if image.shape[-1] == 4 else np.ascontiguousarray(image)
    # OpenCV makes opacity of the transparent colour of RGB, but not of that of grey.
    chunk = content.find(b"tRNS", 0, content.find(b"IDAT"))
    if chunk >= 0:
        image[values == int.from_bytes(content[chunk + 4 : chunk + 6], "big")] = 255
    return _grey_to_rgb(image)


def _declared_by_png(content: bytes, colour_type: int, values: np.ndarray) -> int | None:
    """The largest value by the chunk of significant bits (sBIT, PNG specification 11.3.2.7).

    By the specification such values are brought to 16 bits nevertheless. Many files are not: if no
    value needs more than those bits, they count; values that do are of the whole range.
    """
    chunk = content.find(b"sBIT", 0, content.find(b"IDAT"))
    if chunk < 0:
        return None
    count = 3 if colour_type & _PNG_RGB else 1
    bits = max(content[chunk + 4 : chunk + 4 + count], default=16)
    colors = values if values.ndim == 2 else values[..., :3]
    is_smaller = 8 <= bits < 16 and int(colors.max(initial=0)) < 2**bits
    return 2**bits - 1 if is_smaller and (colors % 2 ** (16 - bits)).any() else 65535


def _largest(header: re.Match[bytes]) -> int:
    """The largest value that a PGM or PPM declares."""
    return int(header[1].split()[-1][:6])


def _read_deep_netpbm(
    content: bytes, header: re.Match[bytes], largest: int, name: str
) -> np.ndarray:
    width, height = (int(word[:9]) for word in _COMMENT.sub(b"", header[0]).split()[1:3])
    check_pixels((height, width), name)
    channels, is_text = (3 if content[1:2] in b"36" else 1), content[1:2] in b"23"
    needed = height * width * channels * 2  # a digit and a blank are two bytes, too
    if largest > 65535 or len(content) - header.end() < needed - is_text:
        raise BadSampleError(f"'{name}' is cut off, or its header makes no sense.")
    if is_text:
        return _read_with_pillow(content, name)
    values = decode(content, cv2.IMREAD_UNCHANGED, name)
    # Writers that do not know the range declare the whole of it.
    values = to_8_bits(values, name, largest if largest < 65535 else None)
    return _grey_to_rgb(values) if values.ndim == 2 else np.ascontiguousarray(values[..., ::-1])


def _upright(image: np.ndarray, content: bytes) -> np.ndarray:
    """Applies the orientation of a file whose pixels were read without it."""
    try:
        with open_image(content) as header:
            orientation = header.getexif().get(ORIENTATION, 1)
    except Exception:  # what Pillow cannot read has none
        return image
    if orientation in (1, None):
        return image
    stored = Image.fromarray(image)
    stored.getexif()[ORIENTATION] = orientation
    return np.ascontiguousarray(np.asarray(ImageOps.exif_transpose(stored)))


def _read_with_pillow(content: bytes, name: str) -> np.ndarray:
    try:
        with open_image(content) as opened:
            check_pixels(opened.size[::-1], name)
            image = ImageOps.exif_transpose(opened)
            image.load()
    except BadSampleError:
        raise
    except ImportError as error:
        raise BadSampleError(f"'{name}' cannot be read: {error}.") from error
    except Image.DecompressionBombError as error:
        raise BadSampleError(f"'{name}' is too large: {error}") from error
    except Exception as error:  # Pillow raises whatever the damage leads it to
        # Pillow's own words name a memory address, not the file.
        reason = "not an image in a known format" if _is_unknown(error) else str(error)
        raise BadSampleError(f"'{name}' cannot be read as an image: {reason}.") from error
    if image.mode.startswith("I"):
        return _grey_to_rgb(to_8_bits(np.asarray(image), name))
    if image.mode == "F":
        raise BadSampleError(
            f"'{name}' holds floating-point values, not a photograph. Save it as 8-bit PNG or JPEG."
        )
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return np.ascontiguousarray(np.asarray(image.convert("RGB")))


def _is_unknown(error: Exception) -> bool:
    return isinstance(error, UnidentifiedImageError)


def _grey_to_rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., np.newaxis], 3, axis=-1)
