"""What every video, drive or folder of consecutive frames promises."""

import abc
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import PurePosixPath

import numpy as np

from densedepth_tf.files.bad_sample import BadSampleError

# The number in a frame's name; a `Decimal` where it is a time such as 316.05.
FrameNumber = int | Decimal


class FrameSequence(abc.ABC):
    """Consecutive frames of one camera, read one at a time by their numbers.

    Numbers are those of the files and may have gaps; `neighbour` tells which frame was taken right
    after which. Reading is safe from many threads at once.

    Attributes:
        name: What split lines call it, e.g. `"2011_09_26/2011_09_26_drive_0001_sync"`.
        side: "l" or "r": which camera of a stereo pair; "l" where there is only one.
        title: Where it is, for messages.
        frame_rate: Frames per second; None if unknown.
        pixel_aspect: Width of a pixel over its height; not 1 in anamorphic video.
        numbers: The frames' numbers, ascending; every N-th where frames are thinned out.
        every: How many frames of the recording neighbours are apart.
        stereo_transform: float32 (4, 4) that takes points from this camera to its stereo
            partner, metres; None without a partner.
        poses: float64 (4, 4) camera to world by frame number, metres; empty where unknown.
        warnings: What is wrong with its files, one line each.
    """

    name: str
    side: str = "l"
    title: str
    frame_rate: float | None = None
    pixel_aspect: float = 1.0
    numbers: Sequence[FrameNumber]
    every: int = 1
    stereo_transform: np.ndarray | None = None
    poses: dict[FrameNumber, np.ndarray]
    warnings: Sequence[str] = ()

    @abc.abstractmethod
    def has_frame(self, number: FrameNumber) -> bool:
        """Whether there is a frame of this number."""

    @abc.abstractmethod
    def frame_name(self, number: FrameNumber) -> str:
        """The frame's name in reports and among predictions, e.g. its path in the data folder."""

    @abc.abstractmethod
    def read_image(self, number: FrameNumber) -> np.ndarray:
        """Reads a frame, uint8 (H, W, 3) RGB.

        Raises:
            BadSampleError: If it is missing or damaged; the message names the file.
        """

    @abc.abstractmethod
    def intrinsics(self, image_size: tuple[int, int]) -> np.ndarray:
        """The camera matrix, float32 (3, 3), in pixels of frames of (height, width).

        Raises:
            BadSampleError: If the known camera does not take images of this shape.
        """

    def neighbour(self, number: FrameNumber, offset: int) -> FrameNumber | None:
        """The frame that was taken `offset` frames later (earlier if negative).

        Returns:
            Its number; None if there is no such frame.
        """
        there = number + offset * self.every
        return there if self.has_frame(there) else None

    def num_gaps(self) -> int:
        """How many times frames are missing between two frames."""
        numbers = list(self.numbers)
        return sum(self.neighbour(number, 1) is None for number in numbers[:-1])

    def prepare(  # noqa: B027
        self, numbers: Iterable[FrameNumber], progress: bool = True
    ) -> None:
        """Gets ready to read these frames over and over, in any order; may take long.

        Args:
            numbers: The frames.
            progress: Show a bar where the output is a terminal.
        """

    def quick_start(self, number: FrameNumber) -> FrameNumber:
        """The frame at or before this one from which on frames can be read without detours."""
        return number

    def has_stereo(self, number: FrameNumber) -> bool:
        """Whether the stereo partner has a frame of this number."""
        return False

    def read_stereo_image(self, number: FrameNumber) -> np.ndarray:
        """Reads the stereo partner's frame, uint8 (H, W, 3) RGB.

        Raises:
            BadSampleError: If there is none or it is damaged.
        """
        raise BadSampleError(f"'{self.title}' has no stereo partner.")

    def depth_name(self, number: FrameNumber) -> str:
        """The relative name of a frame's depth map in exports, ending in .png."""
        return str(PurePosixPath(self.frame_name(number)).with_suffix(".png"))

    def has_depth(self, number: FrameNumber) -> bool:
        """Whether true depth of a frame is known."""
        return False

    def read_depth(self, number: FrameNumber, image_size: tuple[int, int]) -> np.ndarray:
        """The true depth of a frame of (height, width): float32 (H, W, 1) metres, 0 = missing.

        Raises:
            BadSampleError: If there is none or it is damaged.
        """
        raise BadSampleError(f"'{self.title}' has no depth of frame {number}.")
