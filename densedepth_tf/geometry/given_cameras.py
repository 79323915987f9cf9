"""The cameras that images are given with: `predict_depth`'s `intrinsics` or `focal_length`."""

import warnings
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from densedepth_tf.geometry.cameras.intrinsics import check_intrinsics, horizontal_fov
from densedepth_tf.geometry.cameras.intrinsics_size import (
    are_shares,
    check_fits,
    intrinsics_fit,
    intrinsics_from_shares,
)
from densedepth_tf.geometry.cameras.lens import MOST_WIDTHS, intrinsics_from_focal_length
from densedepth_tf.geometry.depth_model import DepthModel, lens_factor_of

# One matrix for all images, or one for each; None where a camera is not known.
Intrinsics = ArrayLike | Sequence[ArrayLike | None]
FocalLength = float | Sequence[float | None]
Depth = TypeVar("Depth", np.ndarray, list[np.ndarray], np.ndarray | list[np.ndarray])


class GivenCameras:
    """One camera for all images, or one for each.

    Args:
        intrinsics: (3, 3) in pixels of the images, or in shares of their width and height, which
            are known by their size; (N, 3, 3), or a list of matrices and None.
        focal_length: Instead: in image widths, as a model's own, or in pixels, which are known by
            their size (above 20); one for all or one for each.

    Raises:
        ValueError: If both are given, or a matrix or focal length is not valid.
    """

    def __init__(
        self, intrinsics: Intrinsics | None = None, focal_length: FocalLength | None = None
    ):
        if intrinsics is not None and focal_length is not None:
            raise ValueError("Give the camera in one way: `intrinsics` or `focal_length`")
        self._name = "`focal_length`" if intrinsics is None else "`intrinsics`"
        self._intrinsics = None if intrinsics is None else _matrices(intrinsics)
        self._focal_lengths: list[float | None] | None = None
        if intrinsics is None and focal_length is not None:
            each = np.ndim(focal_length) > 0  # type: ignore[arg-type]
            self._focal_lengths = list(focal_length) if each else [focal_length]  # type: ignore[arg-type, list-item]
            for one in self._focal_lengths:
                if one is not None:
                    intrinsics_from_focal_length(one, (1, 1))
        is_one = np.ndim(focal_length) == 0 if intrinsics is None else _is_one(intrinsics)  # type: ignore[arg-type]
        self._is_one = bool(is_one)

    def factors(self, model: DepthModel, sizes: Sequence[tuple[int, int]]) -> list[float]:
        """What a model's depth of images of these (height, width) is multiplied by.

        It is 1 where the camera is not known, and for a model that does not know its own, which
        a warning tells.

        Raises:
            ValueError: If there are more cameras than images or fewer, or intrinsics belong to
                images of another size.
        """
        cameras: Sequence[np.ndarray | float | None] = self._intrinsics or self._focal_lengths or []
        if self._is_one:
            cameras = [cameras[0]] * len(sizes)
        if len(cameras) != len(sizes):
            raise ValueError(
                f"{self._name}: one for all images, or one for each of {len(sizes)} images. "
                f"Received: {len(cameras)}"
            )
        factors = []
        for camera, size in zip(cameras, sizes, strict=True):
            if isinstance(camera, np.ndarray):
                camera = _in_pixels(camera, size)
                check_fits(camera, size)
            elif camera is not None:
                camera = _around_the_middle(camera, size)
            factors.append(None if camera is None else lens_factor_of(model, camera, size))
        if model.focal_length is None and any(camera is not None for camera in cameras):
            warnings.warn(
                f"{model.name} does not know the camera that it learnt from, so depth is as "
                f"predicted, whatever {self._name}.",
                stacklevel=4,
            )
        return [1.0 if factor is None else factor for factor in factors]

    def bring(self, depth: Depth, model: DepthModel) -> Depth:
        """A model's depth, (N, H, W, 1), (H, W, 1) or a list of these, in metres of the cameras.

        Raises:
            ValueError: As `factors`.
        """
        if isinstance(depth, list):
            factors = self.factors(model, [one.shape[:2] for one in depth])
            return [one * np.float32(each) for one, each in zip(depth, factors, strict=True)]
        if depth.ndim == 3:
            return depth * np.float32(self.factors(model, [depth.shape[:2]])[0])
        factors = self.factors(model, [depth.shape[1:3]] * len(depth))
        return depth * np.reshape(np.array(factors, np.float32), (-1, 1, 1, 1))


def given_cameras(
    intrinsics: Intrinsics | None, focal_length: FocalLength | None
) -> GivenCameras | None:
    """`GivenCameras`, or None where neither is given."""
    if intrinsics is None and focal_length is None:
        return None
    return GivenCameras(intrinsics, focal_length)


def _in_pixels(camera: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A matrix in pixels of an image of (height, width), also of one in shares of it."""
    numbers = (camera[0, 0], camera[1, 1], camera[0, 2], camera[1, 2])
    return intrinsics_from_shares(*numbers, size) if are_shares(*numbers) else camera


def _around_the_middle(focal_length: float, size: tuple[int, int]) -> np.ndarray:
    """The matrix of a focal length; refuses one that can hardly be in widths or pixels."""
    camera = intrinsics_from_focal_length(focal_length, size)
    if intrinsics_fit(camera, size) and camera[0, 0] <= MOST_WIDTHS * size[1]:
        return camera
    raise ValueError(
        "`focal_length` is in widths of the image, up to 20, or in pixels of it; millimetres are "
        f"neither. An image of {size[0]}x{size[1]} would see {horizontal_fov(camera, size):.3g} "
        f"degrees across. Received: {focal_length:g}"
    )


def _is_one(intrinsics: Intrinsics) -> bool:
    """Whether it is one matrix; a list with None in it is one for each image."""
    return not _has_gaps(intrinsics) and np.ndim(np.asarray(intrinsics, np.float64)) == 2


def _has_gaps(intrinsics: Intrinsics) -> bool:
    return isinstance(intrinsics, (list, tuple)) and any(one is None for one in intrinsics)


def _matrices(intrinsics: Intrinsics) -> list[np.ndarray | None]:
    """Each matrix, float64 (3, 3), checked."""
    if _has_gaps(intrinsics):
        return [None if one is None else _matrices(one)[0] for one in intrinsics]  # type: ignore[union-attr]
    try:
        array = np.asarray(intrinsics, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"`intrinsics` are (3, 3) matrices of numbers: {error}") from error
    try:
        return [check_intrinsics(one) for one in (array if array.ndim == 3 else array[None])]
    except ValueError as error:
        raise ValueError(f"`intrinsics`: {error}") from error
