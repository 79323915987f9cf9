"""A model whose depth is sharpened by the photograph when it predicts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from densedepth_tf.geometry.depth_model import as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.geometry.sharpening import sharpen_depth

# A map of half the network's size, as DenseDepth's, is softest at 2.5 times that size.
_WORKING = 2.5


class SharpenedEstimator:
    """Any model, of any runtime, with `sharpen_depth` behind it; a `DepthModel`.

    Args:
        model: Anything with `predict_depth`.

    Attributes:
        model: The model as a `DepthModel`, from which all that is told of it comes.
        name: The model's, and that it is sharpened.
    """

    def __init__(self, model: DepthPredictor):
        self.model = as_depth_model(model)
        self.name = f"{self.model.name}, sharpened"
        self.min_depth, self.max_depth = self.model.min_depth, self.model.max_depth
        self.depth_unit = self.model.depth_unit
        self.image_size, self.fixed_size = self.model.image_size, self.model.fixed_size
        self.resampling, self.view = self.model.resampling, self.model.view
        self.num_parameters = self.model.num_parameters
        self.focal_length = self.model.focal_length

    def predict_depth(self, images: ArrayLike, batch_size: int = 8) -> np.ndarray:
        """The model's depth, sharpened: float32 (N, H, W, 1) or (H, W, 1), metres."""
        images = np.asarray(images)
        depth = np.asarray(self.model.predict_depth(images, batch_size))
        if images.ndim == 3:
            return self._sharpen(depth, images)
        return np.stack([self._sharpen(*each) for each in zip(depth, images, strict=True)])

    def network_size(self, height: int, width: int) -> Sequence[int]:
        """The model's."""
        return self.model.network_size(height, width)

    def check_size(self, size: tuple[int, int]) -> None:
        """Raises ValueError for images of a (height, width) that the model does not take."""
        self.model.check_size(size)

    def identity(self) -> str:
        """The model's, and that it is sharpened."""
        return f"{self.model.identity()} sharpened"

    def _sharpen(self, depth: np.ndarray, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        rows, columns = self.model.network_size(height, width)
        working = round(_WORKING * rows), round(_WORKING * columns)
        if image.dtype != np.uint8:
            image = image.astype(np.float32)
        return sharpen_depth(depth, image, working)
