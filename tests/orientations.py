"""How a picture looks upright that was stored under an EXIF orientation."""

import numpy as np


def upright(stored, orientation):
    """The picture (H, W, ...) that viewers show, for orientation 1 to 8."""
    return {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.swapaxes(0, 1),
        6: np.rot90(stored, -1),
        7: stored.swapaxes(0, 1)[::-1, ::-1],
        8: np.rot90(stored),
    }[orientation]
