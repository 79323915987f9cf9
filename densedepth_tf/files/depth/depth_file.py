"""Depth maps in files: the one place where stored numbers become metres, and back.

| stored as | metres, unless a scale is given |
|---|---|
| PNG that declares its scale, as `encode_depth_png` writes | value * that scale |
| 8-bit PNG | value * 10 / 255 (the training half of the official NYU data) |
| 16-bit PNG or TIFF | value / 1000 (millimetres) |
| floating-point npy, TIFF or PFM | value |

Missing is 0 everywhere: stored 0, NaN, infinities, negative values and, in 16 bits, 65535.
"""

import io
import math
import os

import cv2
import numpy as np

from densedepth_tf.files.arrays.npy_header import read_npy_header
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_scale import check_scale
from densedepth_tf.files.depth.pfm_file import PFM_STARTS, read_pfm
from densedepth_tf.files.images.encoded_image import (
    JPEG_START,
    NPY_START,
    PNG_START,
    check_complete,
    decode,
    read_content,
)
from densedepth_tf.files.images.image_opener import check_declared_size
from densedepth_tf.files.images.png_text import add_png_text, read_png_text

METRES_PER_UNIT = {np.dtype(np.uint8): 10.0 / 255.0, np.dtype(np.uint16): 0.001}
SENSOR_MAXIMUM = 65535
# What stands for all that is deeper in 16-bit PNGs written here.
LARGEST_UNIT = SENSOR_MAXIMUM - 1
MILLIMETRE = 0.001
# A text chunk of this keyword declares the metres per unit of a depth PNG.
SCALE_KEYWORD = "depth_metres_per_unit"
RELATIVE_KEYWORD = "depth_relative_per_unit"


def read_depth(
    path_or_bytes: str | os.PathLike | bytes, scale: float | None = None, name: str | None = None
) -> np.ndarray:
    """Reads a depth map as float32 (H, W, 1) metres, 0 = missing.

    A depth map's EXIF orientation is never applied.

    Args:
        path_or_bytes: A PNG, TIFF, PFM or npy file, or its content.
        scale: Metres per stored unit; by default what the file declares, else the table above
            decides by the bit depth.
        name: What to call it in messages; the path by default.

    Raises:
        BadSampleError: If the file is missing, cut off, damaged, too large, or no depth map.
    """
    stored, scale, name = read_stored(path_or_bytes, scale, name)
    return to_metres(stored, scale, name)


def read_stored(
    path_or_bytes: str | os.PathLike | bytes, scale: float | None = None, name: str | None = None
) -> tuple[np.ndarray, float | None, str]:
    """Reads the numbers of a depth map as they are stored; arguments as of `read_depth`.

    Returns:
        (H, W) of the file's own type, the scale (what the file declares if none was given, None if
        it declares nothing), and the name for messages.

    Raises:
        BadSampleError: If the file is missing, cut off, damaged, or no depth map.
    """
    content, name = read_content(path_or_bytes, name)
    if content.startswith(JPEG_START):
        raise BadSampleError(
            f"'{name}' is a JPEG, whose compression blurs depth. Save depth as 16-bit PNG or npy."
        )
    if content.startswith(NPY_START):
        return _map(_read_npy(content, name), name), scale, name
    if content.startswith(PFM_STARTS):
        return _grey(read_pfm(content, name), name), scale, name
    check_complete(content, name)
    if not content.startswith(PNG_START):
        check_declared_size(content, name)
    stored = _grey(decode(content, cv2.IMREAD_UNCHANGED, name), name)
    return stored, _declared_scale(content, name) if scale is None else scale, name


def to_metres(stored: np.ndarray, scale: float | None = None, name: str = "depth") -> np.ndarray:
    """Converts stored numbers (H, W) to float32 (H, W, 1) metres, 0 = missing, once.

    Args:
        stored: uint8, uint16 or floating point; other integers need a `scale`.
        scale: Metres per stored unit; by default decided by the type.
        name: What to call it in messages.

    Raises:
        BadSampleError: If the unit cannot be told from the type.
        ValueError: If the scale is not positive.
    """
    if scale is not None:
        check_scale(scale)
    # Types compare unequal in another byte order, though they mean the same.
    stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if stored.dtype.kind == "f":
        # float64 maps may hold values that overflow float32; they are infinite, so missing.
        with np.errstate(over="ignore", invalid="ignore"):
            depth = stored.astype(np.float32) * np.float32(1.0 if scale is None else scale)
        valid = np.isfinite(depth) & (depth > 0)
        return np.where(valid, depth, np.float32(0.0))[..., np.newaxis]
    if stored.dtype == np.uint8:
        # Every value is converted once instead of every pixel.
        return cv2.LUT(stored, _integers_to_metres(np.arange(256, dtype=np.uint8), scale, name))[
            ..., np.newaxis
        ]
    return _integers_to_metres(stored, scale, name)[..., np.newaxis]


def _integers_to_metres(stored: np.ndarray, scale: float | None, name: str) -> np.ndarray:
    if stored.dtype == np.uint16 and scale in (None, MILLIMETRE):
        # Dividing rounds once, so that every millimetre count gives the nearest float32.
        depth = stored.astype(np.float32)
        depth /= np.float32(1000.0)
    elif scale is not None and stored.dtype.kind in "iu":
        depth = (stored * float(scale)).astype(np.float32)
    elif stored.dtype in METRES_PER_UNIT:
        depth = stored.astype(np.float32) * np.float32(METRES_PER_UNIT[stored.dtype])
    else:
        raise BadSampleError(
            f"'{name}' stores depth as {stored.dtype}, whose unit is unknown. Pass `depth_scale` "
            "(metres per unit), or save 16-bit millimetres or floating-point metres."
        )
    if stored.dtype.kind == "i":
        depth[stored < 0] = 0.0
    elif stored.dtype == np.uint16 and stored.max(initial=0) == SENSOR_MAXIMUM:
        depth[stored == SENSOR_MAXIMUM] = 0.0
    return depth


def largest_png_depth(scale: float = MILLIMETRE) -> float:
    """The largest depth, metres, that a 16-bit PNG of that scale can hold."""
    return LARGEST_UNIT * scale


def count_cut_off(depth: np.ndarray, scale: float = MILLIMETRE) -> int:
    """How many pixels of a depth map, metres, are deeper than `encode_depth_png` can tell.

    What rounds to the largest unit is not.
    """
    return int(np.count_nonzero(depth > (LARGEST_UNIT + 0.5) * scale))


def to_units(depth: np.ndarray, scale: float = MILLIMETRE) -> np.ndarray:
    """The numbers of a 16-bit PNG, uint16, for metres of any shape; see `encode_depth_png`."""
    valid = np.isfinite(depth) & (depth > 0)
    with np.errstate(over="ignore"):
        units = np.where(valid, depth, 0.0).astype(np.float64) / scale
    return np.where(valid, np.clip(np.rint(units), 1.0, LARGEST_UNIT), 0.0).astype(np.uint16)


def encode_depth_png(depth: np.ndarray, scale: float = MILLIMETRE, unit: str | None = "m") -> bytes:
    """Encodes depth as a 16-bit PNG that declares its scale; what `read_depth` reads back.

    Rounds to the nearest unit, valid depth never to 0, which stands for missing. Depth beyond
    65534 units (65.534 m in millimetres) is stored as 65534, as 65535 stands for missing too;
    keep such maps as npy, or take a larger unit. Two text chunks tell the scale:
    `depth_metres_per_unit` to programs, `Description` to people.

    Args:
        depth: Metres, (H, W) or (H, W, 1); 0, NaN, infinite and negative values are missing.
        scale: Metres per stored unit.
        unit: None for a relative depth, whose text says `depth_relative_per_unit` instead.

    Raises:
        ValueError: If the shape is another one, or the scale is not positive.
    """
    depth = np.asarray(depth)
    if depth.ndim == 3 and depth.shape[-1] == 1:
        depth = depth[..., 0]
    if depth.ndim != 2 or depth.size == 0:
        raise ValueError(f"A depth map is (H, W) or (H, W, 1). Received: shape={depth.shape}")
    check_scale(scale)
    stored = to_units(depth, scale)
    # Differences to the row above: smaller than OpenCV's default and read a fifth faster.
    filtered = [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    _, encoded = cv2.imencode(".png", stored, filtered)
    text = {
        RELATIVE_KEYWORD if unit is None else SCALE_KEYWORD: repr(float(scale)),
        "Description": f"{'Relative depth' if unit is None else 'Depth in metres'}: value * "
        f"{float(scale)!r}; 0 = missing",
    }
    return add_png_text(encoded.tobytes(), text)


def encode_byte_depth_png(depth: np.ndarray) -> bytes | None:
    """Encodes depth in whole units of 10 m / 255 as an 8-bit PNG; what `read_depth` reads back.

    Smaller and read in half the time of the official NYU files, as every pixel is stored as its
    difference to the one above.

    Args:
        depth: float32 metres (H, W, 1), 0 = missing.

    Returns:
        The PNG, or None if some depth is between two units, missing other than 0, or beyond 10 m.
    """
    units = depth[..., 0] / np.float32(METRES_PER_UNIT[np.dtype(np.uint8)])
    stored = np.rint(np.clip(np.nan_to_num(units), 0, 255)).astype(np.uint8)
    if not np.array_equal(to_metres(stored), depth):
        return None
    small = [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP, cv2.IMWRITE_PNG_COMPRESSION, 6]
    return cv2.imencode(".png", stored, small)[1].tobytes()


def _declared_scale(content: bytes, name: str) -> float | None:
    text = read_png_text(content)
    declared = text.get(SCALE_KEYWORD, text.get(RELATIVE_KEYWORD))
    if declared is None:
        return None
    try:
        scale = float(declared)
        check_scale(scale)
    except ValueError as error:
        raise BadSampleError(
            f"'{name}' declares {SCALE_KEYWORD}='{declared[:40]}', which is no positive number of "
            "metres. Pass `depth_scale` (metres per unit)."
        ) from error
    return scale


def _read_npy(content: bytes, name: str) -> np.ndarray:
    try:
        header = read_npy_header(io.BytesIO(content), len(content))
        size = math.prod(header.shape)
        values = np.frombuffer(content, header.dtype, size, header.offset)
        return values.reshape(header.shape, order=header.order)
    except ValueError as error:
        raise BadSampleError(f"'{name}' is a damaged or cut-off npy file: {error}.") from error


def _grey(stored: np.ndarray, name: str) -> np.ndarray:
    """One channel of an image; the three of a grey image saved as colour are the same."""
    if stored.ndim == 2:
        return stored
    if not (stored[..., :3] == stored[..., :1]).all():
        raise BadSampleError(
            f"'{name}' is a colour image, not a depth map: its channels differ. Depth is stored "
            "in one channel, in a fixed unit."
        )
    return stored[..., 0]


def _map(stored: np.ndarray, name: str) -> np.ndarray:
    """An array (H, W), (H, W, 1) or (1, H, W), or a batch of one of them, as (H, W)."""
    if stored.ndim > 2 and stored.shape[-1] == 1:
        stored = stored[..., 0]
    while stored.ndim > 2 and stored.shape[0] == 1:
        stored = stored[0]
    if stored.ndim != 2 or stored.size == 0:
        raise BadSampleError(f"'{name}' is no depth map (H, W). Received: shape={stored.shape}")
    return stored
