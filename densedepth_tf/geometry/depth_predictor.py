"""What whoever measures or compares asks of a model, be it of this package or anybody's."""

from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class DepthPredictor(Protocol):
    """What predicts depth from images alone."""

    def predict_depth(self, images: np.ndarray, /) -> np.ndarray:
        """Metres, (N, H, W, 1) or (N, H, W), of images uint8 (N, H, W, 3) RGB."""
