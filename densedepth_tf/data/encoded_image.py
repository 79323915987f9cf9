"""Encoded pictures as bytes: reading them, and refusing what is empty, cut off or damaged.

Some decoders fill the missing part of a cut-off file with grey and say nothing, so the container
is checked before the pixels are decoded.
"""

import os
import re
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np

from densedepth_tf.data.sample import BadSampleError

JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"
NPY_START = b"\x93NUMPY"
_JPEG_SCAN, _JPEG_END = b"\xff\xda", b"\xff\xd9"
# What may follow 0xFF in a scan and between scans: stuffing, padding, restarts, the end, tables,
# the next scan, application data and comments.
_JPEG_STRAY = re.compile(rb"\xff[^\x00\xff\xc4\xcc\xd0-\xd7\xd9-\xdd\xe0-\xef\xfe]")


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
            content = Path(path_or_bytes).read_bytes()
        except OSError as error:
            raise BadSampleError(f"Cannot read '{name}': {error.strerror or error}.") from error
    if not content:
        raise BadSampleError(f"'{name}' is empty (0 bytes).")
    return content, name


def check_complete(content: bytes, name: str) -> None:
    """Checks that a JPEG reaches its end marker without strays and that a PNG's chunks are whole.

    Other formats pass: their decoders refuse incomplete files themselves.

    Raises:
        BadSampleError: If the content is cut off or damaged.
    """
    if content.startswith(JPEG_START):
        # An embedded thumbnail has an end marker too: only one after the scan's start counts.
        scan = _first_scan(content, name)
        end = content.find(_JPEG_END, scan)
        if end < 0:
            raise BadSampleError(f"'{name}' is a JPEG that is cut off: it has no end marker.")
        if _JPEG_STRAY.search(content, scan, end):
            # Decoders make something of it and complain on the terminal, without the file's name.
            raise BadSampleError(f"'{name}' is a damaged JPEG: there is a stray marker in it.")
    elif content.startswith(PNG_START):
        _check_png(content, name)


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
        raise BadSampleError(f"'{name}' is damaged or not a picture in a known format.")
    return pixels


def _first_scan(content: bytes, name: str) -> int:
    """The offset of a JPEG's first scan, found by stepping over the segments before it."""
    offset = 2
    while offset + 4 <= len(content) and content[offset] == 0xFF:
        if content[offset + 1] == 0xFF:  # padding before a marker
            offset += 1
        elif content[offset : offset + 2] == _JPEG_SCAN:
            return offset
        else:
            offset += 2 + struct.unpack_from(">H", content, offset + 2)[0]
    raise BadSampleError(f"'{name}' is a JPEG that is cut off or damaged before its picture.")


def _check_png(content: bytes, name: str) -> None:
    offset = len(PNG_START)
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
        if kind == b"IEND":
            return
        offset = end
    raise BadSampleError(f"'{name}' is a PNG that is cut off.")
