"""A video file as a sequence whose frames can be read in any order."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from densedepth_tf.data.frame_sequence import FrameSequence
from densedepth_tf.data.image_file import read_image
from densedepth_tf.data.intrinsics_source import IntrinsicsSource
from densedepth_tf.data.sample import BadSampleError
from densedepth_tf.data.video_file import VideoFile

JPEG_QUALITY = 95


class VideoFrames(FrameSequence):
    """The frames of a video.

    Training reads frames in random order, which video files do not allow: the frames are decoded
    once, to JPEG files of quality 95 without colour subsampling in a temporary folder (in
    `TMPDIR`) that goes when the process ends.

    Args:
        path: The file.
        camera: The camera that took it.
        every: Every N-th frame only.
        max_frames: At most so many frames, from the beginning.
        progress: Show a bar where the output is a terminal.

    Attributes:
        warnings: What was wrong with the file, one line each.

    Raises:
        BadVideoError: If the file gives no picture.
        ValueError: If it has but one frame, or the camera does not fit.
        OSError: If the temporary folder cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        camera: IntrinsicsSource,
        *,
        every: int = 1,
        max_frames: int | None = None,
        progress: bool = True,
    ):
        self.name, self.title, self.poses = Path(path).name, os.fspath(path), {}
        clip = VideoFile(path)
        try:
            self.image_size = clip.size
            self.frame_rate = float(clip.rate) / every
            self.pixel_aspect = float(clip.sample_aspect_ratio)
            camera = replace(camera, pixel_aspect=clip.sample_aspect_ratio)
            self._matrix = camera.of_picture(clip.size).intrinsics
            self._folder = tempfile.TemporaryDirectory(prefix="frames.")
            count = 0
            frames = clip.frames(every, max_frames)
            hidden = None if progress else True
            for frame in tqdm(frames, desc=self.name, unit="frame", leave=False, disable=hidden):
                self._write(count, frame.image)
                count += 1
        finally:
            clip.close()
        self.warnings = clip.warnings
        self.numbers = range(count)
        if count < 2:
            raise ValueError(f"'{path}' has one frame only; a sequence needs several.")

    def has_frame(self, number: int) -> bool:
        return 0 <= number < len(self.numbers)

    def frame_name(self, number: int) -> str:
        return f"{self.name}/{number:06d}"

    def read_image(self, number: int) -> np.ndarray:
        if not self.has_frame(number):
            raise BadSampleError(f"There is no frame {number} in '{self.title}'.")
        return read_image(self._path(number), f"{self.title}, frame {number}")

    def intrinsics(self, image_size: tuple[int, int]) -> np.ndarray:
        return self._matrix

    def _path(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number:06d}.jpg"

    def _write(self, number: int, image: np.ndarray) -> None:
        options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
        _, content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
        try:
            self._path(number).write_bytes(content.tobytes())
        except OSError as error:
            raise OSError(
                f"Cannot write the frames of '{self.title}' to '{self._folder.name}': "
                f"{error.strerror}. Set TMPDIR to a place with more room, or use --every."
            ) from error
