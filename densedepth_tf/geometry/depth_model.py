"""What predictors, clips, evaluations and exports ask of a model, be it whose it may."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from densedepth_tf.geometry.cameras.lens import check_focal_length, lens_factor
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.geometry.resizing.resize import working_size

# Top, bottom, left and right as fractions of an image's height and width, as a `Region`.
View = tuple[float, float, float, float]
WHOLE_VIEW: View = (0.0, 1.0, 0.0, 1.0)

Told = TypeVar("Told")


@runtime_checkable
class DepthModel(Protocol):
    """What predicts depth, and what is known of it.

    `DepthEstimator`, `RuntimeEstimator` and `ScaledEstimator` are such; `as_depth_model` makes one
    of anything with `predict_depth(images)`.
    """

    @property
    def name(self) -> str:
        """What it is called in reports and messages."""

    @property
    def min_depth(self) -> float | None:
        """Smallest depth in metres; None where it does not say."""

    @property
    def max_depth(self) -> float | None:
        """Largest depth in metres; None where it does not say."""

    @property
    def depth_unit(self) -> str | None:
        """`"m"`, or None where depth is known up to a factor only."""

    @property
    def image_size(self) -> tuple[int, int] | None:
        """(height, width) of the images it was trained on; None where it does not say."""

    @property
    def fixed_size(self) -> tuple[int, int] | None:
        """(height, width) of the only images that the network sees; None for any."""

    @property
    def resampling(self) -> str:
        """The filter that brings images to the network's size: "bilinear" or "lanczos"."""

    @property
    def view(self) -> View:
        """The part of an image that is predicted, not repeated."""

    @property
    def focal_length(self) -> float | None:
        """Of the camera it learnt from, in widths of its training images; None if not known."""

    @property
    def num_parameters(self) -> int | None:
        """How many weights it has; None where it does not say."""

    def network_size(self, height: int, width: int) -> Sequence[int]:
        """(height, width) at which the network sees an image of this height and width."""

    def predict_depth(self, images: ArrayLike, batch_size: int = 8) -> np.ndarray:
        """Metres, float32 (N, H, W, 1) or (H, W, 1), of RGB images (N, H, W, 3) or (H, W, 3).

        Args:
            images: uint8, or float in [0, 1].
            batch_size: Images that pass through the network at once.
        """

    def check_size(self, size: tuple[int, int]) -> None:
        """Raises ValueError if `predict_depth` does not take images of this (height, width)."""

    def identity(self) -> str:
        """Tells models apart that predict differently, by their range and weights or file."""


class Savable(Protocol):
    """What is written to a file."""

    def save(self, filepath: str | os.PathLike) -> None:
        """Writes the model to a file."""


@runtime_checkable
class RescalableModel(Savable, Protocol):
    """A model that can be saved with its depth in another unit.

    Attributes:
        focal_length: As a `DepthModel`'s; may be set.
    """

    focal_length: float | None

    def rescaled(self, factor: float) -> "RescalableModel":
        """A copy whose every depth, and so its range, is `factor` times this one's."""


class PlainModel:
    """Anybody's own model as a `DepthModel`: what it does not tell of itself is not known.

    Args:
        model: Its `predict_depth` takes uint8 RGB images (N, H, W, 3) and returns metres. What it
            has of `DepthModel`'s attributes, `check_size`, Keras' `count_params` and `weights` is
            used.

    Raises:
        ValueError: If it has no `predict_depth`.
    """

    def __init__(self, model: object):
        if not isinstance(model, DepthPredictor):
            raise ValueError(
                "A model is anything with predict_depth(images) -> metres. "
                f"Received: {type(model).__name__}"
            )
        self._model = model
        self.name = str(_told(model, "name", None) or type(model).__name__)
        self.min_depth = _metres(_told(model, "min_depth", None))
        self.max_depth = _metres(_told(model, "max_depth", None))
        self.depth_unit: str | None = _told(model, "depth_unit", "m")
        self.image_size: tuple[int, int] | None = _told(model, "image_size", None)
        self.fixed_size: tuple[int, int] | None = _told(model, "fixed_size", None)
        self.resampling: str = _told(model, "resampling", "bilinear")
        self.view: View = _told(model, "view", WHOLE_VIEW)
        self.focal_length = check_focal_length(_told(model, "focal_length", None))

    @property
    def num_parameters(self) -> int | None:
        """What Keras counts; None where it is no model of Keras."""
        count: Callable[[], int] | None = _told(self._model, "count_params", None)
        return None if count is None else int(count())

    def predict_depth(self, images: ArrayLike, batch_size: int = 8) -> np.ndarray:
        """What the model answers, which is asked of at most `batch_size` images at once."""
        images = np.asarray(images)
        if images.ndim != 4 or len(images) <= batch_size:
            return self._model.predict_depth(images)
        starts = range(0, len(images), batch_size)
        parts = [self._model.predict_depth(images[start : start + batch_size]) for start in starts]
        masked = any(isinstance(part, np.ma.MaskedArray) for part in parts)
        return (np.ma if masked else np).concatenate(parts)

    def network_size(self, height: int, width: int) -> Sequence[int]:
        """The model's own answer, else its only size, else as `working_size`."""
        unknown: Callable[[int, int], Sequence[int]] | None = None
        ask = _told(self._model, "network_size", unknown)
        return seen_size(self, height, width) if ask is None else ask(height, width)

    def check_size(self, size: tuple[int, int]) -> None:
        """Asks the model, where it can be asked."""
        check: Callable[[tuple[int, int]], None] | None = _told(self._model, "check_size", None)
        if check is not None:
            check(size)

    def identity(self) -> str:
        """By its class, its range and its weights, where it has any."""
        weights = weights_digest(_told(self._model, "weights", ()))
        return f"{class_and_range(self._model, self.min_depth, self.max_depth)} {weights}"


def seen_size(model: DepthModel, height: int, width: int) -> Sequence[int]:
    """At which a network sees an image that knows no more than its own and the trained size."""
    if model.fixed_size is not None:
        return model.fixed_size
    return list(working_size(height, width, model.image_size))


def lens_factor_of(
    model: DepthModel, intrinsics: np.ndarray, image_size: tuple[int, int]
) -> float | None:
    """What a model's depth of an image is multiplied by to be metres of the image's camera.

    Args:
        model: The model.
        intrinsics: (3, 3) of the image's camera, in pixels of the image.
        image_size: (height, width) of the image.

    Returns:
        See `cameras.lens`; None for a model that does not know its own camera.
    """
    if model.focal_length is None:
        return None
    height, width = model.network_size(*image_size)
    return lens_factor(
        intrinsics, image_size, (int(height), int(width)), model.focal_length, model.image_size
    )


def as_depth_model(model: DepthPredictor) -> DepthModel:
    """A `DepthModel` as it is, and anything else with `predict_depth` as a `PlainModel`.

    Raises:
        ValueError: If it has no `predict_depth`.
    """
    return model if isinstance(model, DepthModel) else PlainModel(model)


def class_and_range(model: object, min_depth: float | None, max_depth: float | None) -> str:
    """What the identity of a model begins with."""
    return f"{type(model).__module__}.{type(model).__qualname__} {[min_depth, max_depth]}"


def weights_digest(weights: Iterable[ArrayLike]) -> str:
    """A digest of all values of all weights."""
    digest = hashlib.sha256()
    for weight in weights:
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()


def _told(model: object, name: str, unknown: Told) -> Told:
    """What somebody's own model says of itself: the only place that asks without knowing."""
    return getattr(model, name, unknown)


def _metres(limit: float | None) -> float | None:
    return None if limit is None else float(limit)
