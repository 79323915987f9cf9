"""Encoded images as bytes: reading them, and refusing what is empty, cut off or damaged.

Some decoders fill the missing part of a cut-off file with grey and say nothing, so the container
is checked before the pixels are decoded.
"""

import os
import struct
import zlib

import cv2
import numpy as np

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import is_bucket, read_address
from densedepth_tf.files.images.image_size import MAX_FILE_BYTES, check_pixels
from densedepth_tf.files.images.jpeg_file import mend_jpeg
from densedepth_tf.files.regular_file import read_regular_file

JPEG_START = b"\xff\xd8\xff"
JPEG_SOI = b"\xff\xd8"  # where junk follows at once
PNG_START = b"\x89PNG\r\n\x1a\n"
NPY_START = b"\x93NUMPY"
# Channels by the colour type of a PNG's header.
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MOST_DEFLATED = 1032  # bytes that one byte of Deflate may stand for


def read_content(
    path_or_bytes: str | os.PathLike | bytes, name: str | None = None
) -> tuple[bytes, str]:
    """The bytes of a file (or the ones given), and the name to use in messages.

    Raises:
        BadSampleError: If the file cannot be read or is empty.
    """
    if isinstance(path_or_bytes, bytes | bytearray | memoryview):
        content, name = bytes(path_or_bytes), name or "(bytes)"
    else:
        name = name or os.fspath(path_or_bytes)
        try:
            if is_bucket(path_or_bytes):
                content = read_address(os.fspath(path_or_bytes), MAX_FILE_BYTES)
            else:
                content = read_regular_file(path_or_bytes, MAX_FILE_BYTES)
        except OSError as error:
            if is_bucket(path_or_bytes):  # Which is named already.
                raise BadSampleError(f"{error}.") from error
            raise BadSampleError(f"Cannot read '{name}': {error.strerror or error}.") from error
    if not content:
        raise BadSampleError(f"'{name}' is empty (0 bytes).")
    return content, name


def check_complete(content: bytes, name: str) -> bytes:
    """Checks that a JPEG or PNG is whole and not too large, before its pixels are decoded.

    Other formats pass: their decoders refuse incomplete files themselves.

    Returns:
        What to decode: `content`, or a JPEG that viewers show mended so that decoders take it.

    Raises:
        BadSampleError: If the content is cut off, damaged or too large.
    """
    if content.startswith(JPEG_SOI):
        return mend_jpeg(content, name)
    if content.startswith(PNG_START):
        _check_png(content, name)
    return content


def decode(content: bytes, flags: int, name: str) -> np.ndarray:
    """`cv2.imdecode` with errors that name the file; channels stay in OpenCV's order (BGR).

    Raises:
        BadSampleError: If OpenCV cannot decode it.
    """
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error as error:
        raise BadSampleError(f"'{name}' cannot be decoded: {error.err or error}.") from error
    if pixels is None:
        raise BadSampleError(f"'{name}' is damaged or not an image in a known format.")
    return pixels


def _check_png(content: bytes, name: str) -> None:
    offset, num_deflated = len(PNG_START), 0
    while offset + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, offset)
        end = offset + 12 + length
        if end > len(content):
            break
        kind = content[offset + 4 : offset + 8]
        (checksum,) = struct.unpack_from(">I", content, end - 4)
        if zlib.crc32(memoryview(content)[offset + 4 : end - 4]) != checksum:
            raise BadSampleError(
                f"'{name}' is a damaged PNG: a {kind!r} chunk has a wrong checksum."
            )
        if offset == len(PNG_START):
            num_bits = _check_png_header(content[offset + 8 : end - 4], kind, name)
        num_deflated += length if kind == b"IDAT" else 0
        if kind == b"IEND" and 8 * _MOST_DEFLATED * num_deflated >= num_bits:
            return
        if kind == b"IEND":
            break
        offset = end
    raise BadSampleError(f"'{name}' is a PNG that is cut off.")


def _check_png_header(header: bytes, kind: bytes, name: str) -> int:
    """The number of bits that the pixels of a PNG take up."""
    if kind != b"IHDR" or len(header) != 13:
        raise BadSampleError(f"'{name}' is a damaged PNG: it does not begin with its size.")
    width, height, bit_depth, colour_type = struct.unpack_from(">IIBB", header)
    check_pixels((height, width), name)
    return width * height * bit_depth * _PNG_CHANNELS.get(colour_type, 1)
