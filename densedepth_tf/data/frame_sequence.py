"""What every video, drive or folder of consecutive frames promises."""

import abc
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from densedepth_tf.data.sample import BadSampleError


class FrameSequence(abc.ABC):
    """Consecutive frames of one camera, read one at a time by their numbers.

    Frame n + 1 was taken right after frame n; numbers may have gaps. Reading is safe from many
    threads at once.

    Attributes:
        name: What split lines call it, e.g. `"2011_09_26/2011_09_26_drive_0001_sync"`.
        side: "l" or "r": which camera of a stereo pair; "l" where there is only one.
        title: Where it is, for messages.
        frame_rate: Frames per second; None if unknown.
        pixel_aspect: Width of a pixel over its height; not 1 in anamorphic video.
        numbers: The frames' numbers, ascending.
        stereo_transform: float32 (4, 4) that takes points from this camera to its stereo
            partner, metres; None without a partner.
        poses: float64 (4, 4) camera to world by frame number, metres; empty where unknown.
    """

    name: str
    side: str = "l"
    title: str
    frame_rate: float | None = None
    pixel_aspect: float = 1.0
    numbers: Sequence[int]
    stereo_transform: np.ndarray | None = None
    poses: dict[int, np.ndarray]

    @abc.abstractmethod
    def has_frame(self, number: int) -> bool:
        """Whether there is a frame of this number."""

    @abc.abstractmethod
    def frame_name(self, number: int) -> str:
        """The frame's name in reports and among predictions, e.g. its path in the data folder."""

    @abc.abstractmethod
    def read_image(self, number: int) -> np.ndarray:
        """Reads a frame, uint8 (H, W, 3) RGB.

        Raises:
            BadSampleError: If it is missing or damaged; the message names the file.
        """

    @abc.abstractmethod
    def intrinsics(self, image_size: tuple[int, int]) -> np.ndarray:
        """The camera matrix, float32 (3, 3), in pixels of frames of (height, width).

        Raises:
            BadSampleError: If the known camera does not take pictures of this shape.
        """

    def has_stereo(self, number: int) -> bool:
        """Whether the stereo partner has a frame of this number."""
        return False

    def read_stereo_image(self, number: int) -> np.ndarray:
        """Reads the stereo partner's frame, uint8 (H, W, 3) RGB.

        Raises:
            BadSampleError: If there is none or it is damaged.
        """
        raise BadSampleError(f"'{self.title}' has no stereo partner.")

    def depth_name(self, number: int) -> str:
        """The relative name of a frame's depth map in exports, ending in .png."""
        return str(PurePosixPath(self.frame_name(number)).with_suffix(".png"))

    def has_depth(self, number: int) -> bool:
        """Whether true depth of a frame is known."""
        return False

    def read_depth(self, number: int, image_size: tuple[int, int]) -> np.ndarray:
        """The true depth of a frame of (height, width): float32 (H, W, 1) metres, 0 = missing.

        Raises:
            BadSampleError: If there is none or it is damaged.
        """
        raise BadSampleError(f"'{self.title}' has no depth of frame {number}.")
