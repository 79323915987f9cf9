"""The one door through which the evaluator takes anybody's predictions."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from densedepth_tf.data.sample import Sample
from densedepth_tf.geometry.depth_model import as_depth_model, lens_factor_of
from densedepth_tf.geometry.depth_predictor import DepthPredictor


@runtime_checkable
class SamplePredictor(Protocol):
    """What the evaluator asks for predictions; `ModelPredictor` and `PredictionsFolder` are two.

    Attributes:
        name: What is measured, for reports.
    """

    name: str

    @property
    def max_depth(self) -> float | None:
        """Largest depth it predicts, metres; None if there is no such limit."""

    @property
    def sees_images(self) -> bool:
        """Whether it predicts from the image, so that a mirrored image can be predicted, too."""

    @property
    def num_parameters(self) -> int | None:
        """Weights of the network, where known."""

    def predict_samples(self, images: np.ndarray, names: list[str]) -> list[np.ndarray]:
        """Metres, (h, w) each, of images uint8 (N, H, W, 3) with these names.

        NaN is a pixel without a prediction, infinity one as far as can be.
        """


@runtime_checkable
class NamedPredictions(SamplePredictor, Protocol):
    """Predictions that are there before anything is measured, by the names of the samples."""

    def check(self, names: Iterable[str]) -> None:
        """Raises ValueError or OSError if they are not the predictions of these samples."""


@runtime_checkable
class RangedPredictor(SamplePredictor, Protocol):
    """A `SamplePredictor` that tells its nearest depth, too, and whether its depth is metres."""

    @property
    def min_depth(self) -> float | None:
        """Smallest depth it predicts, metres; None if there is no such limit."""

    @property
    def relative(self) -> bool:
        """Whether depth is known up to a factor only."""


@runtime_checkable
class CameraPredictor(SamplePredictor, Protocol):
    """A `SamplePredictor` that may know the camera it learnt from."""

    def lens_factor(self, sample: Sample) -> float | None:
        """What brings its metres to a sample's camera; None where one of both is unknown."""


class ModelPredictor:
    """Anything with `predict_depth(images)`.

    Args:
        model: Its `predict_depth` takes uint8 RGB (N, H, W, 3) and returns metres (N, H, W, 1)
            or (N, H, W); pixels that a masked array masks have no prediction. What it tells of
            itself is used, see `PlainModel`.
        name: What to call it; the model's own name by default.

    Raises:
        ValueError: If it has no `predict_depth`.
    """

    sees_images = True

    def __init__(self, model: DepthPredictor, name: str | None = None):
        self._model = as_depth_model(model)
        self.name = name or self._model.name
        self.min_depth, self.max_depth = self._model.min_depth, self._model.max_depth
        self.relative = self._model.depth_unit is None
        self.num_parameters = self._model.num_parameters

    def lens_factor(self, sample: Sample) -> float | None:
        """See `CameraPredictor`."""
        if "intrinsics" not in sample:
            return None
        return lens_factor_of(self._model, sample["intrinsics"], sample["image"].shape[:2])

    def predict_samples(self, images: np.ndarray, names: list[str]) -> list[np.ndarray]:
        """See `SamplePredictor`.

        Raises:
            ValueError: If the model's answer has another shape or holds NaN.
        """
        answer = self._model.predict_depth(images, len(images))
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
