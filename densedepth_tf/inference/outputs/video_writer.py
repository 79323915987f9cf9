"""RGB frames with times -> an H.264 mp4 that players and browsers show."""

import os
from fractions import Fraction
from types import TracebackType

import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.files.outputs.own_outputs import SOFTWARE, VIDEO_KEYWORD
from densedepth_tf.files.video.ffmpeg_path import ffmpeg_path

MAX_SIDE = 16_384  # of H.264
# On 2 cores `veryfast` halves the file of `ultrafast` for a few milliseconds per frame.
OPTIONS = {"preset": "veryfast", "crf": "20"}
BT709 = 1


class VideoWriter:
    """Writes an mp4 in one step: it appears under its name when the `with` block ends well.

    Its comment says that this package wrote it, see `own_outputs`.

    H.264 in yuv420p halves the colours' resolution, so it takes even sides only: an odd last
    row or column is repeated once.

    Args:
        path: The file, ending in .mp4.
        size: (height, width) of the frames.
        rate: Frames per second, what players show as such; the times decide.
        time_base: Seconds of one unit of the frames' times.
        sample_aspect_ratio: Width of a pixel over its height.

    Raises:
        ValueError: If a side is too long for the codec.
        OSError: If the file cannot be written; the message names it.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        size: tuple[int, int],
        rate: Fraction,
        time_base: Fraction,
        sample_aspect_ratio: Fraction = Fraction(1),
    ):
        self.path = os.fspath(path)
        self.num_frames = 0
        if max(size) > MAX_SIDE:
            raise ValueError(
                f"A video is at most {MAX_SIDE} pixels a side; choose `style='color'` or "
                f"shrink it. Received: {size[0]}x{size[1]} for '{self.path}'"
            )
        if os.path.isdir(self.path):
            raise OSError(f"Cannot write '{self.path}': a folder is in its place")
        self._size = size
        self._rate, self._time_base = rate, time_base
        self._sample_aspect_ratio = sample_aspect_ratio
        self._reformatter = VideoReformatter()

    def __enter__(self) -> "VideoWriter":
        self._place = atomic_path(self.path)
        temporary = self._place.__enter__()
        try:
            self._container = av.open(
                ffmpeg_path(temporary), "w", options={"movflags": "faststart"}
            )
            self._container.metadata[VIDEO_KEYWORD] = SOFTWARE
            self._stream = self._add_stream()
        except BaseException as error:
            self._place.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def write(self, image: np.ndarray, pts: int) -> None:
        """Adds a frame.

        Args:
            image: uint8 (H, W, 3) RGB of the video's size.
            pts: When it is shown, in units of the time base, later than the frame before.
        """
        height, width = image.shape[:2]
        if height % 2 or width % 2:
            image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), format="rgb24")
        frame = self._reformatter.reformat(
            frame, format="yuv420p", dst_colorspace=Colorspace.ITU709
        )
        frame.pts, frame.time_base = pts, self._time_base
        self._mux(frame)
        self.num_frames += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._mux(None)
            self._close(quietly=kind is not None)
        except BaseException as failure:
            self._place.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._place.__exit__(kind, error, traceback)

    def _add_stream(self) -> av.video.stream.VideoStream:
        stream = self._container.add_stream("libx264", rate=self._rate, options=dict(OPTIONS))
        stream.height, stream.width = (side + side % 2 for side in self._size)
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        stream.time_base = context.time_base = self._time_base
        context.sample_aspect_ratio = self._sample_aspect_ratio
        context.colorspace = context.color_primaries = context.color_trc = BT709
        return stream

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            for packet in self._stream.encode(frame):
                # Only the last frame's counts: the others last until the next one comes.
                packet.duration = round(1 / (self._rate * packet.time_base))
                self._container.mux(packet)
        except av.FFmpegError as error:
            raise OSError(f"Cannot write '{self.path}': {error.strerror or error}") from error

    def _close(self, quietly: bool) -> None:
        try:
            self._container.close()
        except av.FFmpegError as error:
            if not quietly:
                raise OSError(f"Cannot write '{self.path}': {error.strerror or error}") from error
