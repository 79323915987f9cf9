"""The one door through which the evaluator takes anybody's predictions."""

import typing

import cv2
import numpy as np

from densedepth_tf.geometry.depth_predictor import DepthPredictor


@typing.runtime_checkable
class SamplePredictor(typing.Protocol):
    """What the evaluator asks for predictions; `ModelPredictor` and `PredictionsFolder` are two.

    Attributes:
        name: What is measured.
        max_depth: Largest depth it predicts, metres; `None` if there is no such limit.
        sees_images: Whether the prediction is made from the image, so that a mirrored image can
            be predicted too.
        num_parameters: Weights of the network, where known.
    """

    name: str
    max_depth: float | None
    sees_images: bool
    num_parameters: int | None

    def predict_samples(self, images: np.ndarray, names: list[str]) -> list[np.ndarray]:
        """Metres, (h, w) each, of images uint8 (N, H, W, 3) with these names.

        NaN is a pixel without a prediction, infinity one as far as can be.
        """


class ModelPredictor:
    """Anything with `predict_depth(images)`.

    Args:
        model: Its `predict_depth` takes uint8 RGB (N, H, W, 3) and returns metres (N, H, W, 1)
            or (N, H, W); pixels that a masked array masks have no prediction. `min_depth` and
            `max_depth` in metres, `name` and `count_params()` are used where it has them.
        name: What to call it; the model's own name by default.

    Raises:
        ValueError: If it has no `predict_depth`.
    """

    sees_images = True

    def __init__(self, model: DepthPredictor, name: str | None = None):
        if not callable(getattr(model, "predict_depth", None)):
            raise ValueError(
                "The evaluator takes anything with predict_depth(images) -> metres. "
                f"Received: {type(model).__name__}"
            )
        self._model = model
        self.name = name or getattr(model, "name", None) or type(model).__name__
        self.min_depth, self.max_depth = (
            None if limit is None else float(limit)
            for limit in (getattr(model, "min_depth", None), getattr(model, "max_depth", None))
        )
        self.relative = getattr(model, "depth_unit", "m") is None
        count = getattr(model, "count_params", None)
        self.num_parameters = int(count()) if callable(count) else None

    def predict_samples(self, images: np.ndarray, names: list[str]) -> list[np.ndarray]:
        """See `SamplePredictor`.

        Raises:
            ValueError: If the model's answer has another shape or holds NaN.
        """
        answer = self._model.predict_depth(images)
        depth = np.asarray(answer, np.float32)
        if depth.ndim == 4 and depth.shape[-1] == 1:
            depth = depth[..., 0]
        if depth.ndim != 3 or len(depth) != len(images):
            raise ValueError(
                f"{self.name}: predict_depth of {images.shape} must return (N, H, W, 1) metres. "
                f"Received: shape {depth.shape}"
            )
        masked = np.ma.getmask(answer)
        if masked is not np.ma.nomask:
            depth = np.where(masked.reshape(depth.shape), np.float32(np.nan), depth)
        for one, name in zip(depth, names, strict=True):
            if masked is np.ma.nomask and np.isnan(np.min(one)):
                raise ValueError(
                    f"Prediction for '{name}': {self.name} predicts NaN, which is not a positive, "
                    "finite depth"
                )
        return list(depth)


def as_sample_predictor(model: DepthPredictor | SamplePredictor) -> SamplePredictor:
    """Returns a `SamplePredictor` as it is, and wraps anything with `predict_depth`.

    Raises:
        ValueError: If `model` is neither.
    """
    return model if isinstance(model, SamplePredictor) else ModelPredictor(model)


def at_size(depth: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resizes a prediction (h, w) to `size` (H, W), bilinearly with half-pixel centres.

    Pixels whose nearest one is NaN or infinite become what that is; the others are interpolated
    between the numbers around them.
    """
    if depth.shape == size:
        return depth
    wanted = (size[1], size[0])
    finite = np.isfinite(depth)
    if finite.all():
        return cv2.resize(depth, wanted, interpolation=cv2.INTER_LINEAR)
    nearest = cv2.resize(depth, wanted, interpolation=cv2.INTER_NEAREST_EXACT)
    sums = cv2.resize(np.where(finite, depth, 0), wanted, interpolation=cv2.INTER_LINEAR)
    weights = cv2.resize(finite.astype(depth.dtype), wanted, interpolation=cv2.INTER_LINEAR)
    return np.where(np.isfinite(nearest) & (weights > 0), sums / np.maximum(weights, 1e-6), nearest)
