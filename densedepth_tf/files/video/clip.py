"""One image of a clip, with its place in time; and what gives such images."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np


class BadVideoError(ValueError):
    """A video or webcam that gives no image; the message names it and what is wrong."""


@dataclass(frozen=True)
class Frame:
    """One image of a clip.

    Attributes:
        index: Its number in the clip, from 0; frames left out by `every` count.
        pts: When it is shown, in units of the clip's `time_base`; grows from frame to frame.
        image: uint8 (H, W, 3) RGB, upright.
    """

    index: int
    pts: int
    image: np.ndarray


class Clip(Protocol):
    """A video file or a webcam, opened.

    Attributes:
        title: What it is called in messages.
        size: (height, width) of the upright images.
        rate: Frames per second; the average where the distances in time differ.
        time_base: Seconds of one unit of `Frame.pts`.
        sample_aspect_ratio: Width of a pixel over its height.
        num_frames: Estimate of the number of frames, None where there is no end.
        warnings: What went wrong on the way without ending the work, one line each.
    """

    title: str
    size: tuple[int, int]
    rate: Fraction
    time_base: Fraction
    sample_aspect_ratio: Fraction
    num_frames: int | None
    warnings: list[str]

    def frames(self, every: int = 1, max_frames: int | None = None) -> Iterator[Frame]:
        """Gives every `every`-th frame, at most `max_frames` of them."""
        ...

    def sample(self, count: int) -> list[np.ndarray]:
        """Gives up to `count` images that show what the clip is like; before `frames` only."""
        ...

    def close(self) -> None:
        """Lets go of the file or the webcam."""
        ...
