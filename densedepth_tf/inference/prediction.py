"""What becomes of an image: its depth, or the reason why there is none."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from densedepth_tf.geometry.cameras.lens import AS_PREDICTED, Lens
from densedepth_tf.inference.image_sources import ImageFile

if TYPE_CHECKING:
    from densedepth_tf.inference.video.clip_sources import WebcamSource

Item = TypeVar("Item")


@dataclass(frozen=True)
class Prediction:
    """An image and its depth.

    Attributes:
        source: The image's file and the name of its outputs.
        image: uint8 (H, W, 3) RGB, upright.
        depth: float32 (H, W, 1) metres.
        lens: What its camera did to the depth.
    """

    source: ImageFile
    image: np.ndarray
    depth: np.ndarray
    lens: Lens = AS_PREDICTED


@dataclass(frozen=True)
class Failure:
    """An image that could not be read, is of a size that the model does not take or has no depth.

    Attributes:
        source: The image's file, or the webcam.
        reason: One line that names the file and what is wrong with it.
    """

    source: "ImageFile | WebcamSource"
    reason: str


def release(outcome: Prediction | Failure) -> None:
    """Says that an image's file is not read again, see `ImageFile.release`."""
    if isinstance(outcome.source, ImageFile):
        outcome.source.release()


def set_aside(items: Iterable[Item | Failure], failures: list[Failure]) -> Iterator[Item]:
    """What is no failure; those are added to the list."""
    for item in items:
        if isinstance(item, Failure):
            failures.append(item)
        else:
            yield item


def drain(failures: list[Failure]) -> Iterator[Failure]:
    """Yields and removes what is in the list."""
    while failures:
        yield failures.pop(0)
