"""How a video wants to be shown: turned by quarters, mirrored, or both (ISO/IEC 14496-12, 8.3.2).

The display matrix maps a stored pixel (x, y) to (a x + c y, b x + d y). A single angle, as most
interfaces give it, cannot express a mirrored one.
"""

import struct
from dataclasses import dataclass

import av
import numpy as np
from av.sidedata.sidedata import Type

_NUMBERS = struct.Struct("=9i")  # a b u, c d v, x y w


@dataclass(frozen=True)
class Orientation:
    """One of the eight ways to lay an image's rows and columns out, in this order.

    Attributes:
        transposed: Rows become columns first.
        mirrored: Then left and right change places,
        upside_down: and top and bottom.
    """

    transposed: bool = False
    mirrored: bool = False
    upside_down: bool = False

    def upright(self, image: np.ndarray) -> np.ndarray:
        """A stored image (H, W, C) as it is shown, contiguous."""
        if self.transposed:
            image = image.swapaxes(0, 1)
        image = image[:: -1 if self.upside_down else 1, :: -1 if self.mirrored else 1]
        return np.ascontiguousarray(image)


def read_orientation(frame: av.VideoFrame) -> Orientation:
    """The orientation that comes with a frame; as stored, if none does.

    Angles between the quarters are taken for the nearest.
    """
    # PyAV's types know one kind of side data, its code all of them.
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    content = b"" if matrix is None else memoryview(matrix).tobytes()
    if len(content) < _NUMBERS.size:
        return Orientation()
    a, b, _, c, d, *_ = _NUMBERS.unpack(content[: _NUMBERS.size])
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Orientation(True, mirrored=c < 0, upside_down=b < 0)
    return Orientation(False, mirrored=a < 0, upside_down=d < 0)
