"""Photographs that show a quantiser which values occur, and what quantising costs."""

import os
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from densedepth_tf.data.source import DepthSource, at_any_place
from densedepth_tf.geometry.cameras.photograph_file import read_input_image
from densedepth_tf.inference.image_sources import find_images

LONGEST_SIDE = 640  # networks see less; a folder of camera photographs must fit in memory


class Int8Calibration:
    """Photographs in memory, with measured depth where there is any.

    Args:
        images: uint8 arrays (H, W, 3) RGB, of any sizes.
        depths: float32 (H, W, 1) metres of the same sizes, 0 = missing; or None.

    Raises:
        ValueError: If there is no image.
    """

    def __init__(self, images: Sequence[np.ndarray], depths: Sequence[np.ndarray] | None = None):
        if not images:
            raise ValueError(
                "An int8 calibration needs at least one image (`calibration`). Received: none"
            )
        self.images = list(images)
        self.depths: list[np.ndarray | None] = [None] * len(self.images)
        if depths is not None:
            self.depths = list(depths)

    def __len__(self) -> int:
        return len(self.images)

    def pairs(
        self, size: tuple[int, int] | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        """Images and their depth, brought to `size` (cut to its shape, then resized) if given."""
        for image, depth in zip(self.images, self.depths, strict=True):
            truth = None if depth is None else _fit(depth, size, cv2.INTER_NEAREST)
            yield _fit(image, size, cv2.INTER_AREA), truth

    @classmethod
    def from_images(cls, path: str | os.PathLike, num_images: int) -> "Int8Calibration":
        """Reads up to `num_images` images, evenly spaced, of a folder tree, pattern or file.

        Raises:
            ValueError: If there is no image, or one cannot be read.
        """
        files = _spaced(find_images([path]), num_images)
        images = []
        for file in files:
            file.bring()
            images.append(_shrink(read_input_image(file.path, file.title), cv2.INTER_AREA))
            file.release()
        return cls(images)

    @classmethod
    def from_dataset(
        cls,
        dataset: str,
        data_dir: str | os.PathLike,
        num_images: int,
        depth_scale: float | None = None,
        holdout_every: int = 0,
        holdout_block: int = 1,
    ) -> "Int8Calibration":
        """Reads up to `num_images` training samples, evenly spaced, of a data set with depth.

        Args:
            dataset: Its kind.
            data_dir: Where it is.
            num_images: At most so many.
            depth_scale: As of `open_source`.
            holdout_every: As of `open_source`: what a training has held out is left alone here,
                too, so that figures on these rows stay honest.
            holdout_block: Likewise.

        Raises:
            ValueError: If the data set cannot be opened, see `data.sources.open_source`, or a
                sample cannot be read.
        """
        from densedepth_tf.data.sources import open_source

        if dataset == "tfrecord":
            raise ValueError(
                "`calibration` reads samples at any place; shards are read in order only. "
                "Received: `dataset='tfrecord'`"
            )
        source = open_source(
            *(dataset, data_dir, "train"),
            depth_scale=depth_scale,
            holdout_every=holdout_every,
            holdout_block=holdout_block,
        )
        return cls.from_source(at_any_place(source), num_images)

    @classmethod
    def from_source(cls, source: DepthSource, num_images: int) -> "Int8Calibration":
        """Reads up to `num_images` samples, evenly spaced."""
        samples = [source[index] for index in _spaced(range(len(source)), num_images)]
        return cls(
            [_shrink(sample["image"], cv2.INTER_AREA) for sample in samples],
            [_shrink(sample["depth"], cv2.INTER_NEAREST) for sample in samples],
        )


def _spaced(items: Sequence, num_images: int) -> list:
    if num_images < 1:
        raise ValueError(
            f"An int8 calibration needs at least one image (`num_images`). Received: {num_images}"
        )
    indices = np.linspace(0, len(items) - 1, min(num_images, len(items)))
    return [items[int(index)] for index in indices.round()]


def _shrink(array: np.ndarray, interpolation: int) -> np.ndarray:
    scale = LONGEST_SIDE / max(array.shape[:2])
    if scale >= 1:
        return array
    height, width = (max(1, round(side * scale)) for side in array.shape[:2])
    return _fit(array, (height, width), interpolation)


def _fit(array: np.ndarray, size: tuple[int, int] | None, interpolation: int) -> np.ndarray:
    if size is None or array.shape[:2] == tuple(size):
        return array
    height, width = array.shape[:2]
    kept_height = max(1, min(height, round(width * size[0] / size[1])))
    kept_width = max(1, min(width, round(height * size[1] / size[0])))
    top, left = (height - kept_height) // 2, (width - kept_width) // 2
    part = array[top : top + kept_height, left : left + kept_width]
    return cv2.resize(part, size[::-1], interpolation=interpolation).reshape(*size, -1)
