"""A video file as a sequence whose frames can be read in any order."""

import os
import threading
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from typing_extensions import override

from densedepth_tf.data.sequences.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.files.video.video_file import VideoFile, VideoIndex
from densedepth_tf.files.workspace import Workspace
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.process.progress_bar import ProgressBar

JPEG_QUALITY = 95


class VideoFrames(FrameSequence):
    """The frames of a video, numbered from 0.

    Training reads frames in random order, which video files do not allow: those that are needed
    are decoded once (`prepare`), to JPEG files of quality 95 without colour subsampling in a
    temporary folder (in `TMPDIR`) that goes when the process ends, or if it was killed the next
    time. Where few are needed, decoding jumps from key frame to key frame.

    Args:
        path: The file.
        camera: The camera that took it.
        name: What split lines call it; the file's name by default.
        every: Every N-th frame only; neighbours are N frames apart.
        max_frames: At most so many frames, from the beginning.
        progress: Show a bar where the output is a terminal.

    Raises:
        BadVideoError: If the file gives no image.
        ValueError: If it has but one frame, or the camera does not fit.
        OSError: If the temporary folder cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        camera: IntrinsicsSource,
        *,
        name: str | None = None,
        every: int = 1,
        max_frames: int | None = None,
        progress: bool = True,
    ):
        self.name, self.title = name or Path(path).name, os.fspath(path)
        self.every, self.poses = every, {}
        self._folder = Workspace()
        self._written: set[FrameNumber] = set()
        self._decoding = threading.Lock()
        clip = VideoFile(path)
        try:
            self.image_size = clip.size
            self.frame_rate = float(clip.rate) / every
            self.pixel_aspect = float(clip.sample_aspect_ratio)
            camera = replace(camera, pixel_aspect=clip.sample_aspect_ratio)
            self._matrix = camera.of_image(clip.size).intrinsics
            self._index = clip.index()
        finally:
            clip.close()
        if self._index is None:
            self._count = self._decode_all(max_frames, progress)
        else:
            there, missing = len(self._index.times), self._index.num_missing
            self._count = min(there, max_frames or there)
            self.warnings = list(clip.warnings)
            if missing:
                self.warnings.append(
                    f"'{path}' is cut off: it ends at frame {there} of {there + missing}"
                )
        self.numbers = range(0, self._count, every)
        if self._count < 2:
            raise ValueError(f"'{path}' has one frame only; a sequence needs several.")

    @override
    def has_frame(self, number: FrameNumber) -> bool:
        return 0 <= number < self._count and number == int(number)

    @override
    def frame_name(self, number: FrameNumber) -> str:
        return f"{self.name}/{int(number):06d}"

    @override
    def quick_start(self, number: FrameNumber) -> FrameNumber:
        return number if self._index is None else _key_before(self._index, number)

    @override
    def prepare(self, numbers: Iterable[FrameNumber], progress: bool = True) -> None:
        with self._decoding:
            needed = sorted({int(n) for n in numbers if self.has_frame(n)} - self._written)
            if not needed or self._index is None:
                return
            self._decode(self._index, needed, progress, self._index.can_jump)
            # Files whose own table of key frames is wrong.
            lost = [number for number in needed if number not in self._written]
            if lost and self._index.can_jump:
                self._decode(self._index, lost, progress, False)

    @override
    def read_image(self, number: FrameNumber) -> np.ndarray:
        if not self.has_frame(number):
            raise BadSampleError(f"There is no frame {number} in '{self.title}'.")
        if number not in self._written:
            self.prepare(range(self._count))
        if number not in self._written:
            raise BadSampleError(f"Frame {number} of '{self.title}' is damaged.")
        return read_image(self._path(number), f"{self.title}, frame {number}")

    @override
    def intrinsics(self, image_size: tuple[int, int]) -> np.ndarray:
        return self._matrix

    def _decode(self, index: VideoIndex, needed: list[int], progress: bool, jump: bool) -> None:
        """Writes ascending frames, jumping to a key frame where that spares frames."""
        number_at: dict[int | None, int] = {pts: n for n, pts in enumerate(index.times)}
        hidden = not progress
        clip = VideoFile(self.title)
        bar = ProgressBar(
            total=len(needed), desc=self.name, unit="frame", leave=False, disable=hidden
        )
        try:
            decoded = clip.decoded_from(None)
            at = -1  # Frames up to here have come.
            for number in needed:
                key = _key_before(index, number)
                if jump and key > at + 1:
                    decoded = clip.decoded_from(index.times[key])
                while at < number and (arrived := next(decoded, None)):
                    pts, image = arrived
                    at = number_at.get(pts, at)
                    if at == number:
                        self._write(number, image())
                bar.update()
        finally:
            bar.close()
            clip.close()

    def _decode_all(self, max_frames: int | None, progress: bool) -> int:
        """Decodes a file that does not tell its frames beforehand; gives their number."""
        clip = VideoFile(self.title)
        try:
            frames = clip.frames(max_frames=max_frames)
            hidden = not progress
            for frame in ProgressBar(frames, self.name, unit="frame", leave=False, disable=hidden):
                self._write(frame.index, frame.image)
        finally:
            clip.close()
        self.warnings = clip.warnings
        return len(self._written)

    def _path(self, number: FrameNumber) -> Path:
        return self._folder.path / f"{int(number):06d}.jpg"

    def _write(self, number: int, image: np.ndarray) -> None:
        options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
        _, content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
        try:
            self._path(number).write_bytes(content.tobytes())
        except OSError as error:
            raise OSError(
                f"Cannot write the frames of '{self.title}' to '{self._folder.path}': "
                f"{error.strerror}. Set TMPDIR to a place with more room, or use `every`."
            ) from error
        self._written.add(number)


def _key_before(index: VideoIndex, number: FrameNumber) -> int:
    """The last key frame at or before a frame."""
    return index.keys[bisect_right(index.keys, number) - 1]
