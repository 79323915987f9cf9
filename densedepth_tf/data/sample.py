"""The one shape of data every reader yields, every augmentation keeps and every model consumes."""

from typing import NotRequired, TypedDict

import numpy as np


class Sample(TypedDict):
    """A photograph and its depth, at one size.

    Attributes:
        image: uint8 (H, W, 3), RGB.
        depth: float32 (H, W, 1), metres; 0 = missing.
        name: Where it comes from, short enough for a message or a file name.
        intrinsics: float32 (3, 3), the camera matrix in pixels of `image`; only where known.
    """

    image: np.ndarray
    depth: np.ndarray
    name: str
    intrinsics: NotRequired[np.ndarray]
