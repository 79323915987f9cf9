"""Paths, and lists of paths and images of several sizes, where arrays are taken."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, TypeGuard

import numpy as np
from numpy.typing import ArrayLike

Path: TypeAlias = str | os.PathLike
# Metres (N, H, W, 1) of a batch (N, H, W, 3).
Predict = Callable[[np.ndarray], np.ndarray]


def is_path(images: object) -> TypeGuard[Path]:
    """Whether it is a path of an image."""
    return isinstance(images, str | os.PathLike)


def is_image_list(images: object) -> TypeGuard[Sequence[Path | ArrayLike]]:
    """Whether it is a list that is no batch: with paths in it, or images of several sizes."""
    if isinstance(images, np.ndarray) and images.dtype == object and images.ndim == 1:
        images = list(images)  # How NumPy holds images of several sizes.
    if not isinstance(images, list | tuple) or not images:
        return False
    return any(map(is_path, images)) or len({np.shape(image) for image in images}) > 1


def predict_list(
    predict: Predict, images: Iterable[np.ndarray], batch_size: int
) -> list[np.ndarray]:
    """Depth of every image of a list; those of one size and kind pass together.

    Args:
        predict: Predicts a batch.
        images: RGB arrays (H, W, 3).
        batch_size: Images that pass at once.

    Returns:
        float32 (H, W, 1) for each, in their order.

    Raises:
        ValueError: If one is not a single image.
    """
    loaded = list(images)
    kinds: dict[tuple[tuple[int, ...], str], list[int]] = {}
    for index, image in enumerate(loaded):
        if image.ndim != 3:
            raise ValueError(
                "In a list, every image is a path or an array (H, W, 3). "
                f"Received: shape {image.shape} at index {index}"
            )
        kinds.setdefault((image.shape, image.dtype.str), []).append(index)
    depths: dict[int, np.ndarray] = {}
    for indexes in kinds.values():
        for start in range(0, len(indexes), batch_size):
            part = indexes[start : start + batch_size]
            batch = predict(np.stack([loaded[index] for index in part]))
            depths.update(zip(part, batch, strict=True))
    return [depths[index] for index in range(len(loaded))]
