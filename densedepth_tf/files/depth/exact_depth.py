"""Depth maps as small files that lose nothing: whole units where they are enough, else floats."""

import cv2
import numpy as np

from densedepth_tf.files.depth.depth_file import (
    MILLIMETRE,
    encode_byte_depth_png,
    encode_depth_png,
    read_depth,
)

# Units of 16 bits that data sets use: millimetres, KITTI, TUM RGB-D.
_UNITS = (MILLIMETRE, 1 / 256, 1 / 5000)
# libtiff's numbers: ZIP, and differences of floats byte by byte (Adobe's technical note 3).
_ADOBE_DEFLATE, _FLOAT_PREDICTOR = 8, 3


def encode_exactly(depth: np.ndarray) -> bytes:
    """Encodes depth so that `read_depth` gives back every float32 bit by bit.

    An 8-bit PNG in units of 10 m / 255, or a 16-bit PNG in millimetres, 1/256 m or 1/5000 m that
    declares its unit, if all depth is in whole ones; otherwise a compressed float32 TIFF in metres.
    Half-precision depth makes as small a TIFF as a PNG.

    Args:
        depth: float32 metres (H, W, 1), finite and not negative, 0 = missing.
    """
    if (encoded := encode_byte_depth_png(depth)) is not None:
        return encoded
    for unit in _UNITS:
        if _in_whole_units(depth, unit):
            encoded = encode_depth_png(depth, unit)
            if np.array_equal(read_depth(encoded), depth):
                return encoded
    options = [cv2.IMWRITE_TIFF_COMPRESSION, _ADOBE_DEFLATE]
    options += [cv2.IMWRITE_TIFF_PREDICTOR, _FLOAT_PREDICTOR]
    return cv2.imencode(".tiff", depth[..., 0], options)[1].tobytes()


def _in_whole_units(depth: np.ndarray, unit: float) -> bool:
    """Whether encoding is worth a try; float32 rounds units by less than a hundredth."""
    units = depth.astype(np.float64) / unit
    return bool((np.abs(units - np.rint(units)) < 0.01).all())
