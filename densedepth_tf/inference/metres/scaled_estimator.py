"""A model whose depth is multiplied by a factor when it predicts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from densedepth_tf.geometry.depth_model import as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor


class ScaledEstimator:
    """Any model, of any runtime, with its depth in another unit; a `DepthModel`.

    `DepthEstimator.rescaled` gives a model of its own, which can be saved; this takes exported
    artefacts and other people's models, too.

    Args:
        model: Anything with `predict_depth`.
        factor: What its depth is multiplied by.
        focal_length: Of the camera that its depth is right for then, in widths of the training
            images; None if not known.

    Attributes:
        model: The model as a `DepthModel`.
        min_depth: The model's, multiplied; None where it does not tell.
        max_depth: Likewise.
        depth_unit: "m": the factor brings depth to metres.

    Raises:
        ValueError: If the factor is not above 0.
    """

    depth_unit = "m"

    def __init__(self, model: DepthPredictor, factor: float, focal_length: float | None = None):
        if not 0 < factor < np.inf:
            raise ValueError(f"A depth factor is above 0. Received: {factor}")
        self.model, self.factor = as_depth_model(model), float(factor)
        self.name = self.model.name
        ends = self.model.min_depth, self.model.max_depth
        self.min_depth, self.max_depth = (end and end * self.factor for end in ends)
        self.image_size, self.fixed_size = self.model.image_size, self.model.fixed_size
        self.resampling, self.view = self.model.resampling, self.model.view
        self.num_parameters = self.model.num_parameters
        self.focal_length = focal_length

    def predict_depth(self, images: ArrayLike, batch_size: int = 8) -> np.ndarray:
        """The model's depth times the factor, float32; missing depth (0) stays missing."""
        depth = self.model.predict_depth(images, batch_size)
        return np.asarray(depth) * np.float32(self.factor)

    def network_size(self, height: int, width: int) -> Sequence[int]:
        """The model's."""
        return self.model.network_size(height, width)

    def check_size(self, size: tuple[int, int]) -> None:
        """Raises ValueError for images of a (height, width) that the model does not take."""
        self.model.check_size(size)

    def identity(self) -> str:
        """The model's, and the factor."""
        return f"{self.model.identity()} x {self.factor!r}"
