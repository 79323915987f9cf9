"""A model whose depth is multiplied by a factor when it predicts."""

import numpy as np
from numpy.typing import ArrayLike

from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.inference.predictor import Predictor


class ScaledEstimator:
    """Any model, of any runtime, with its depth in another unit.

    `DepthEstimator.rescaled` gives a model of its own, which can be saved; this takes exported
    artefacts and other people's models, too.

    Args:
        model: Anything with `predict_depth`.
        factor: What its depth is multiplied by.

    Attributes:
        min_depth, max_depth: The model's, multiplied; None where it does not tell.
        image_size, fixed_size, check_size: The model's; None where it has none.
        resampling: The model's; "bilinear" where it does not tell.

    Raises:
        ValueError: If the factor is not above 0.
    """

    def __init__(self, model: DepthPredictor, factor: float):
        if not 0 < factor < np.inf:
            raise ValueError(f"A depth factor is above 0. Received: {factor}")
        self.model, self.factor = model, float(factor)
        ends = [getattr(model, name, None) for name in ("min_depth", "max_depth")]
        self.min_depth, self.max_depth = (end and end * self.factor for end in ends)
        self.image_size = getattr(model, "image_size", None)
        self.fixed_size = getattr(model, "fixed_size", None)
        self.check_size = getattr(model, "check_size", None)
        self.resampling = getattr(model, "resampling", "bilinear")

    depth_unit = "m"

    def predict_depth(self, images: ArrayLike, batch_size: int = 8) -> np.ndarray:
        """The model's depth times the factor, float32; missing depth (0) stays missing."""
        depth = Predictor(self.model, batch_size).predict(np.asarray(images))
        return depth * np.float32(self.factor)
