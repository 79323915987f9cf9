"""PFM files: floating-point images, rows from the bottom up."""

import math
import re

import numpy as np

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.image_size import check_pixels

PFM_STARTS = (b"Pf", b"PF")
_HEADER = re.compile(rb"P([fF])\s+(\d{1,9})\s+(\d{1,9})\s+([-+.\deE]{1,40})(?:\r\n|\s)")


def read_pfm(content: bytes, name: str) -> np.ndarray:
    """The numbers of a PFM file as they are stored, float32 (H, W) or (H, W, 3).

    Of its header's scale the sign alone counts, which tells the bytes' order: Middlebury's files
    have 1/255 there, and values that are meant as they are.

    Args:
        content: The file.
        name: What to call it in messages.

    Raises:
        BadSampleError: If it is damaged, cut off or too large.
    """
    header = _HEADER.match(content)
    if header is None:
        raise BadSampleError(f"'{name}' is a damaged PFM: its header makes no sense.")
    channels = 3 if header[1] == b"F" else 1
    width, height = int(header[2]), int(header[3])
    try:
        scale = float(header[4])
    except ValueError:
        scale = 0.0
    if not (width and height and math.isfinite(scale) and scale):
        raise BadSampleError(f"'{name}' is a damaged PFM: its header makes no sense.")
    check_pixels((height, width), name)
    count = height * width * channels
    if len(content) - header.end() < 4 * count:
        raise BadSampleError(f"'{name}' is a PFM that is cut off.")
    order = "<" if scale < 0 else ">"
    values = np.frombuffer(content, f"{order}f4", count, header.end()).astype(np.float32)
    shape = (height, width, 3) if channels == 3 else (height, width)
    return np.ascontiguousarray(values.reshape(shape)[::-1])
