"""A webcam at this machine -> its frames, with the times at which they came."""

import itertools
import os
import re
import time
from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np

from densedepth_tf.files.video.clip import BadVideoError, Frame

DEFAULT_RATE = 30
_WEBCAM = re.compile(r"camera:(\d{1,3})")
NUMBER = re.compile(r"\d{1,3}")


def webcam_index(entry: str | os.PathLike) -> int | None:
    """The webcam that an input means: `camera:0`, or `0` where no file has that name."""
    entry = os.fspath(entry)
    if match := _WEBCAM.fullmatch(entry):
        return int(match[1])
    return int(entry) if NUMBER.fullmatch(entry) and not os.path.lexists(entry) else None


class Webcam:
    """Frames of a webcam as they come, until someone stops; a `Clip`.

    Where prediction is slower than the webcam, the frames in between are lost: each frame's
    time is when it was read, so that the video made of them runs at the pace of the scene.

    Args:
        index: Number of the webcam; 0 is the first.

    Raises:
        BadVideoError: If there is no such webcam, or it gives no image.
    """

    def __init__(self, index: int):
        self.title = f"camera:{index}"
        self.warnings: list[str] = []
        self.time_base = Fraction(1, 10_000)
        self.sample_aspect_ratio = Fraction(1)
        self.num_frames: int | None = None
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        try:
            self._capture = cv2.VideoCapture(index)
            found, first = self._capture.read()
        finally:
            cv2.utils.logging.setLogLevel(level)
        if not found:
            self.close()
            raise BadVideoError(
                f"There is no webcam {index}, or another program holds it. "
                f"Received: input '{self.title}'"
            )
        self.size = (first.shape[0], first.shape[1])
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = Fraction(rate if 0 < rate < 1000 else DEFAULT_RATE).limit_denominator(1001)

    def frames(self, every: int = 1, max_frames: int | None = None) -> Iterator[Frame]:
        """Gives every `every`-th frame, at most `max_frames` of them."""
        start, pts, count = time.monotonic(), -1, 0
        for index in itertools.count():
            if count == max_frames:
                return
            # Without decoding, which `every` spares.
            if not self._capture.grab():
                self.warnings.append(f"'{self.title}' stopped giving images at frame {index}")
                return
            if index % every:
                continue
            found, image = self._capture.retrieve()
            if not found:
                continue
            pts = max(pts + 1, int((time.monotonic() - start) / self.time_base))
            count += 1
            yield Frame(index, pts, cv2.cvtColor(image, cv2.COLOR_BGR2RGB))

    def sample(self, count: int) -> list[np.ndarray]:
        """Gives the next `count` images, uint8 (H, W, 3) RGB."""
        return [frame.image for frame in self.frames(max_frames=count)]

    def close(self) -> None:
        """Lets go of the webcam."""
        self._capture.release()
