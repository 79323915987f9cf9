"""What a number in a prediction file stands for: a depth, as far as can be, or nothing.

| stored | depth | disparity |
|---|---|---|
| a positive number | metres | 1 / metres |
| infinity; 65535 in 16 bits | as far as can be | nothing |
| 0 | nothing | as far as can be in floating point, else nothing |
| NaN, negative numbers | nothing | nothing |
"""

import os
import warnings

import numpy as np

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import (
    METRES_PER_UNIT,
    SENSOR_MAXIMUM,
    read_stored,
    to_metres,
)

KINDS = ("depth", "disparity")


def read_prediction(
    path: str | os.PathLike, kind: str = "depth", scale: float | None = None
) -> np.ndarray:
    """Reads a prediction from npy, PNG, TIFF or PFM.

    Args:
        path: The file.
        kind: "depth", or "disparity", i.e. inverse depth.
        scale: Metres per stored unit, of disparities 1 / metres; by default as of depth maps, see
            `data.depth_file`.

    Returns:
        float32 (h, w) as `meaning`.

    Raises:
        BadSampleError: If it cannot be read, its unit is unknown or it holds no prediction.
    """
    stored, scale, name = read_stored(path, scale)
    return meaning(stored, kind, scale, name)


def meaning(stored: np.ndarray, kind: str, scale: float | None, name: str) -> np.ndarray:
    """Numbers as they are stored to metres, or of disparities to 1 / metres.

    Args:
        stored: (h, w), any type.
        kind: One of `KINDS`.
        scale: Metres, or 1 / metres, per stored unit; None as of depth maps.
        name: What to call it in messages.

    Returns:
        float32 (h, w); NaN = no prediction; of depths infinity, of disparities 0 = as far as
        can be.

    Raises:
        BadSampleError: If the unit cannot be told from the type, or no pixel has a prediction.
    """
    # The bytes' order must not change what the type means.
    stored = np.asarray(stored, stored.dtype.newbyteorder("="))
    floating = stored.dtype.kind == "f"
    if stored.dtype.kind == "b":
        raise BadSampleError(f"'{name}' holds true and false, not predictions.")
    if (
        not floating
        and scale is None
        and (kind == "disparity" or stored.dtype not in METRES_PER_UNIT)
    ):
        raise BadSampleError(
            f"'{name}' stores predictions as {stored.dtype}, whose unit is unknown. Pass "
            "`scale` (metres per unit, of disparities 1 / metres), or save "
            "floating-point numbers."
        )
    if stored.dtype == np.uint8 and scale is None:
        warnings.warn(
            f"'{name}' has 8 bits, which are taken for units of 10 m / 255, as in NYU's training "
            "depth. Pass `scale` (metres per unit) if they are others. A depth map drawn "
            "in colours is not a prediction.",
            stacklevel=2,
        )
    values = to_metres(stored, scale, name)[..., 0]
    if not (values > 0).any():
        raise BadSampleError(
            f"'{name}' holds no prediction at all: no pixel is a positive, finite number."
        )
    if kind == "disparity":
        return np.where((values > 0) | (floating & (stored == 0)), values, np.float32(np.nan))
    if floating:
        # Above 1, only what is infinite, also in float32, is left out.
        far = (stored > 1) & (values == 0)
    else:
        far = (stored == SENSOR_MAXIMUM) & (stored.dtype == np.uint16)
    return np.where(far, np.float32(np.inf), np.where(values > 0, values, np.float32(np.nan)))


def to_depth(disparity: np.ndarray) -> np.ndarray:
    """Disparities of `meaning`, 1 / metres, to metres: 0 is infinitely far, NaN stays NaN."""
    with np.errstate(divide="ignore"):
        return np.float32(1) / disparity
