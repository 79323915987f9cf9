"""Vectors of numbers in MATLAB's files of version 5, as `splits.mat`.

SciPy reads such files as well, but ends the process at some that are damaged.
Source: "MAT-File Format" (MathWorks), chapter 1, level 5.
"""

import os
import struct
import zlib
from collections.abc import Iterator

import numpy as np

from densedepth_tf.files.regular_file import read_regular_file

_HEADER_SIZE = 128
_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4"},
    **{6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"},
}


def read_mat_vector(path: str | os.PathLike, name: str, most_bytes: int) -> np.ndarray:
    """The numbers of one array in a file, in their stored order and type.

    Args:
        path: The file.
        name: The array's.
        most_bytes: Neither the file nor what is compressed in it may be larger.

    Raises:
        ValueError: If it is no such file, is damaged or too large, or has no such array.
        OSError: If it cannot be read.
    """
    content = read_regular_file(path, most_bytes)
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None:
        raise ValueError("it is no MATLAB file of version 5")
    for kind, element in _elements(content[_HEADER_SIZE:], order):
        if kind == _COMPRESSED:
            element = _decompressed(element, most_bytes)
            kind, element = next(_elements(element, order), (0, b""))
        if kind == _MATRIX:
            # What it is, its shape, its name, its numbers; whatever follows is another kind's.
            parts = list(_elements(element, order))
            if len(parts) >= 4 and parts[2][1] == name.encode():
                number, values = parts[3]
                if number not in _NUMBERS:
                    raise ValueError("it is no array of numbers")
                return np.frombuffer(values, order + _NUMBERS[number])
    raise ValueError("there is no such array")


def _elements(content: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """The kind and the content of one element after the other."""
    offset = 0
    while offset + 8 <= len(content):
        kind, size = struct.unpack_from(f"{order}2I", content, offset)
        start = offset + 8
        if kind >> 16:  # Of up to four bytes, which stand where the size would.
            kind, size, start = kind & 0xFFFF, kind >> 16, offset + 4
        if start + size > len(content):
            raise ValueError("an element runs past its end")
        yield kind, content[start : start + size]
        # Compressed ones are not filled up to whole words.
        offset = start + size if kind == _COMPRESSED else -(-(start + size) // 8) * 8


def _decompressed(content: bytes, most_bytes: int) -> bytes:
    try:
        result = zlib.decompressobj().decompress(content, most_bytes + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(result) > most_bytes:
        raise ValueError("it is too large")
    return result
