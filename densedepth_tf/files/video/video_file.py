"""A video file on disk -> its frames, upright RGB, with their times."""

import functools
import itertools
import os
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.stream import Disposition
from av.video.stream import VideoStream

from densedepth_tf.files.images.image_size import check_pixels, max_pixels
from densedepth_tf.files.images.tone_mapping import HDR_TRANSFERS, tone_map
from densedepth_tf.files.regular_file import check_regular_file
from densedepth_tf.files.video.clip import BadVideoError, Frame
from densedepth_tf.files.video.display_matrix import read_orientation
from densedepth_tf.files.video.ffmpeg_path import ffmpeg_path

DEFAULT_RATE = Fraction(25)
# Containers that hold every frame's time.
_JUMPS_TO_TIMES = {"mov", "matroska", "avi"}


class VideoIndex(NamedTuple):
    """The frames of a video.

    Attributes:
        times: When each is shown, ascending, in units of the video's `time_base`.
        keys: The numbers of those that can be decoded without the frames before.
        num_missing: Frames that the file's header promises and the file has not.
        can_jump: Whether the times hold after a jump, too; MPEG streams guess them anew.
    """

    times: list[int]
    keys: list[int]
    num_missing: int
    can_jump: bool


class VideoFile:
    """Decodes a video of any container and codec that FFmpeg knows; a `Clip`.

    What the file's metadata say of turning and mirroring, as phones write it, is applied, and HDR
    tone-mapped, which `warnings` tells. Damaged frames are left out; where nothing follows them the
    clip ends. Either way `warnings` names the first.

    Args:
        path: The file.

    Raises:
        BadVideoError: If it is missing, empty, no video (a sound file's cover is none), of an
            unsupported codec, too large, or has not one frame that can be decoded.
    """

    def __init__(self, path: str | os.PathLike):
        self.title = os.fspath(path)
        self.warnings: list[str] = []
        self._container = _open(Path(path))
        try:
            self._stream = self._video_stream()
            self._decoded = self._decode()
            first = next(self._decoded, None)
            if first is None:
                raise BadVideoError(
                    f"'{self.title}' has no frame that can be decoded: it is cut off, damaged, or "
                    f"its frames have more than {max_pixels() / 1e6:g} million pixels"
                )
        except BaseException:
            self.close()
            raise
        self._decoded = itertools.chain([first], self._decoded)
        self._coded_size = first.height, first.width
        self._orientation = read_orientation(first)
        turned = self._orientation.transposed
        self.size = (first.width, first.height) if turned else (first.height, first.width)
        ratio = self._stream.sample_aspect_ratio or Fraction(1)
        self.sample_aspect_ratio = 1 / ratio if turned else ratio
        self.rate = self._rate()
        self.time_base = self._stream.time_base or 1 / self.rate
        self.num_frames = self._stream.frames or self._frames_by_duration()
        self._transfer = first.color_trc if first.color_trc in HDR_TRANSFERS else None
        if self._transfer is not None:
            self.warnings.append(
                f"'{self.title}' is HDR ({HDR_TRANSFERS[self._transfer]}); its frames are "
                "tone-mapped to ordinary colours"
            )

    def frames(self, every: int = 1, max_frames: int | None = None) -> Iterator[Frame]:
        """Gives every `every`-th frame, at most `max_frames` of them; once per object."""
        wanted = itertools.islice(self._decoded, 0, None, every)
        step = max(1, round(every / (self.rate * self.time_base)))
        pts, start = 0, None
        for count, decoded in enumerate(itertools.islice(wanted, max_frames)):
            # Raw streams have no times, and broken files times that run backwards.
            if start is None:
                start = decoded.pts or 0
            elif decoded.pts is None:
                pts += step
            else:
                pts = max(pts + 1, decoded.pts - start)
            yield Frame(count * every, pts, self._to_rgb(decoded))

    def sample(self, count: int) -> list[np.ndarray]:
        """Gives up to `count` images spread over the clip, uint8 (H, W, 3) RGB.

        It jumps to key frames, so it costs little whatever the clip's length; `frames` may be
        called afterwards, on another object.
        """
        images = []
        for index in range(count):
            seconds = Fraction(index * (self.num_frames or 0), count) / self.rate
            try:
                start = self._stream.start_time or 0
                self._container.seek(start + int(seconds / self.time_base), stream=self._stream)
                images.append(self._to_rgb(next(self._container.decode(self._stream))))
            except (av.FFmpegError, StopIteration):  # files that cannot be searched, damage
                break
        return images or [self._to_rgb(next(self._decoded))]

    def index(self) -> VideoIndex | None:
        """When each frame is shown, without decoding any; None if the file does not tell."""
        shown, num_packets = [], 0
        try:
            with _open(Path(self.title)) as container:
                for packet in container.demux(container.streams[self._stream.index]):
                    if not packet.size:
                        continue
                    if packet.pts is None or packet.is_corrupt:
                        return None
                    num_packets += 1
                    if not packet.is_discard:
                        shown.append((packet.pts, packet.is_keyframe))
        except av.FFmpegError:
            return None
        shown.sort()
        times = [pts for pts, _ in shown]
        keys = [number for number, (_, is_key) in enumerate(shown) if is_key]
        if len(set(times)) < len(times) or keys[:1] != [0]:
            return None
        can_jump = not _JUMPS_TO_TIMES.isdisjoint(self._container.format.name.split(","))
        return VideoIndex(times, keys, max(0, self._stream.frames - num_packets), can_jump)

    def decoded_from(
        self, pts: int | None
    ) -> Iterator[tuple[int | None, Callable[[], np.ndarray]]]:
        """Decodes from the key frame at or before a time on; leaves out damaged frames.

        Args:
            pts: The time; None, on an object that has not been used yet, for the beginning.

        Yields:
            A frame's time, and what gives its image, uint8 (H, W, 3) RGB.
        """
        if pts is None:
            for frame in self._decoded:
                yield frame.pts, functools.partial(self._to_rgb, frame)
            return
        self._container.seek(pts, stream=self._stream)
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                frames = [] if packet is None else packet.decode()
            except av.FFmpegError:
                continue
            if packet is None:
                return
            for frame in frames:
                yield frame.pts, functools.partial(self._to_rgb, frame)

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def _video_stream(self) -> VideoStream:
        # The cover of a piece of music is a stream of images to FFmpeg, too.
        streams = [
            stream
            for stream in self._container.streams
            if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails)
        ]
        # A codec that FFmpeg does not know makes a stream without one.
        known = [s for s in streams if isinstance(s, VideoStream) and s.codec_context is not None]
        if not known:
            if any(stream.type == "video" for stream in streams):
                what = "in an unsupported codec"
            elif len(streams) < len(self._container.streams):
                what = "no video: sound with a cover image"
            else:
                what = "no video, or cut off: no image track"
            raise BadVideoError(f"'{self.title}' is {what}")
        best = self._container.streams.best("video")
        stream = next((each for each in known if each == best), known[0])
        context = stream.codec_context
        check_pixels((context.height, context.width), self.title, BadVideoError)
        context.options = {**context.options, **_pixel_limit()}  # it may grow on the way
        stream.thread_type = "AUTO"
        return stream

    def _rate(self) -> Fraction:
        return self._stream.average_rate or self._stream.guessed_rate or DEFAULT_RATE

    def _frames_by_duration(self) -> int | None:
        if self._stream.duration:
            seconds = self._stream.duration * self.time_base
        elif self._container.duration:
            seconds = Fraction(self._container.duration, av.time_base)
        else:
            return None
        return max(1, round(seconds * self.rate))

    def _decode(self) -> Iterator[av.VideoFrame]:
        num_packets = num_frames = 0
        end = Fraction(0)
        damaged: list[int] = []
        packets = self._container.demux(self._stream)
        while True:
            frames = []
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                num_packets += packet.size > 0
                if packet.is_corrupt:  # cut off in the middle; its image would be half grey
                    damaged.append(num_frames)
                else:
                    frames = packet.decode()
            except av.FFmpegError:
                damaged.append(num_frames)
            for frame in frames:
                num_frames += 1
                end = max(end, Fraction(frame.time or 0) + 1 / self._rate())
                yield frame
        self._look_back(num_packets, num_frames, end, damaged)

    def _look_back(
        self, num_packets: int, num_frames: int, end: Fraction, damaged: list[int]
    ) -> None:
        """Compares what came with what the file's header promised."""
        declared, seconds = self._stream.frames, _matroska_seconds(self._stream)
        if damaged and damaged[-1] >= num_frames:
            self.warnings.append(f"'{self.title}' is damaged at frame {num_frames} and ends there")
        elif seconds is not None and end + 1 / self._rate() < seconds:
            self.warnings.append(
                f"'{self.title}' is cut off: it ends at frame {num_frames}, after "
                f"{float(end):.1f} of {float(seconds):.1f} s"
            )
        elif num_packets < declared:
            self.warnings.append(
                f"'{self.title}' is cut off: it ends at frame {num_frames} of {declared}"
            )
        elif damaged:
            self.warnings.append(
                f"'{self.title}' has {len(damaged)} damaged frames, which are left out, first: "
                f"frame {damaged[0]}"
            )

    def _to_rgb(self, frame: av.VideoFrame) -> np.ndarray:
        height, width = self._coded_size  # a stream may change its size on the way
        if self._transfer is None:
            image = frame.to_ndarray(format="rgb24", width=width, height=height)
        else:
            signal = frame.to_ndarray(format="rgb48le", width=width, height=height)
            image = tone_map(signal, self._transfer)
        return self._orientation.upright(image)


def _pixel_limit() -> dict[str, str]:
    return {"max_pixels": str(max_pixels())}


def _open(path: Path) -> av.container.InputContainer:
    try:
        if check_regular_file(path).st_size == 0:
            raise BadVideoError(f"'{path}' is empty (0 bytes)")
        return av.open(ffmpeg_path(path), options=_pixel_limit())
    except OSError as error:
        # FFmpeg's errors are OSErrors too where the system has a name for them.
        reason = error.strerror or str(error)
        raise BadVideoError(f"'{path}' cannot be opened: {reason}") from error
    except (av.FFmpegError, ValueError) as error:
        if isinstance(error, BadVideoError):
            raise
        raise BadVideoError(f"'{path}' is no video, or cut off or damaged") from error


def _matroska_seconds(stream: av.video.stream.VideoStream) -> Fraction | None:
    """Length of a stream in Matroska and WebM, which do not tell the number of frames."""
    match = re.fullmatch(r"(\d+):(\d+):(\d+\.?\d*)", stream.metadata.get("DURATION", ""))
    if match is None:
        return None
    hours, minutes, seconds = (Fraction(part) for part in match.groups())
    return 3600 * hours + 60 * minutes + seconds
