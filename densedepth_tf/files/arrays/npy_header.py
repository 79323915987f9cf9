"""What an npy array declares, checked against the bytes that are there before any is allocated."""

import math
import tokenize
from typing import IO, Literal, NamedTuple

import numpy as np


class NpyHeader(NamedTuple):
    """How an array lies in its file: `order` is "C" or "F", `offset` bytes stand before it."""

    shape: tuple[int, ...]
    order: Literal["C", "F"]
    dtype: np.dtype
    offset: int


def read_npy_header(stream: IO[bytes], num_bytes: int) -> NpyHeader:
    """Reads the header of an npy file of numbers.

    Args:
        stream: At the file's first byte; left behind the header.
        num_bytes: How long the whole file is.

    Raises:
        ValueError: If it is no such file, its array is not of numbers (objects would have to be
            unpickled), or is larger than what is there.
    """
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        elif version == (2, 0):
            shape, is_fortran, dtype = np.lib.format.read_array_header_2_0(stream)
        else:  # The third is for names of fields, which numbers do not have.
            raise ValueError(f"its version is {version}")
    except (SyntaxError, TypeError, OverflowError, EOFError, tokenize.TokenError) as error:
        raise ValueError(f"its header is damaged: {error}") from error
    except (RecursionError, MemoryError) as error:  # The parser's, of a header nested too deeply.
        raise ValueError("its header is damaged: it is nested too deeply") from error
    if dtype.hasobject:
        raise ValueError("it holds pickled Python objects")
    if dtype.kind not in "biuf" or dtype.itemsize == 0:
        raise ValueError(f"it holds {dtype}, not numbers")
    offset, size = stream.tell(), math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or size > num_bytes - offset:
        raise ValueError(
            f"its header declares {dtype} {shape}, {size} bytes, where there are "
            f"{num_bytes - offset}; it is cut off or damaged"
        )
    return NpyHeader(shape, "F" if is_fortran else "C", dtype, offset)
