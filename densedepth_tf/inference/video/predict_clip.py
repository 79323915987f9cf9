"""The frames of a clip -> depth, batch by batch, while the next frames are being decoded."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from densedepth_tf.files.video.clip import BadVideoError, Clip, Frame
from densedepth_tf.geometry.depth_model import DepthModel
from densedepth_tf.geometry.finite import NotFiniteError
from densedepth_tf.geometry.resizing.resize import working_size
from densedepth_tf.inference.batching import batch_by_size
from densedepth_tf.inference.video.temporal_smoothing import TemporalSmoother
from densedepth_tf.inference.video.video_options import VideoOptions
from densedepth_tf.process.read_ahead import read_ahead

MAX_STRETCH = 0.05  # what shapes of frames may differ in and still be the same


@dataclass(frozen=True)
class FramePrediction:
    """A frame and its depth.

    Attributes:
        frame: The frame, its image uint8 (H, W, 3) RGB.
        depth: float32 (H, W, 1) metres; of `network_size` where that is given.
    """

    frame: Frame
    depth: np.ndarray


def predict_clip(
    predict_depth: Callable[[np.ndarray], np.ndarray],
    clip: Clip,
    options: VideoOptions,
    batch_size: int,
    network_size: tuple[int, int] | None = None,
) -> Generator[FramePrediction]:
    """Predicts a clip's frames in order.

    Args:
        predict_depth: Takes uint8 (N, H, W, 3), gives float32 metres (N, H, W, 1).
        clip: A `VideoFile` or `Webcam`; stays open.
        options: Which frames, and their smoothing.
        batch_size: Most frames that pass through the network at once.
        network_size: (h, w) to shrink the frames to beforehand, in the thread that decodes;
            depth then comes at that size. None leaves resizing to the model.

    Raises:
        BadVideoError: If the depth of a frame is NaN or infinite somewhere.
    """
    smoother = TemporalSmoother(options.smoothing)
    shrink = None if network_size is None else Shrink(network_size)

    def decode() -> Iterator[tuple[Frame, np.ndarray]]:
        for frame in clip.frames(options.every, options.max_frames):
            yield frame, frame.image if shrink is None else shrink(frame.image)

    with closing(read_ahead(decode(), 2 * batch_size)) as decoded:
        for batch in batch_by_size(decoded, lambda item: item[1].shape[:2], batch_size):
            try:
                depths = predict_depth(np.stack([seen for _, seen in batch]))
            except NotFiniteError as error:
                frames = f"frames {batch[0][0].index} to {batch[-1][0].index}"
                raise BadVideoError(f"'{clip.title}', {frames}: {error}") from error
            for (frame, seen), depth in zip(batch, depths, strict=True):
                yield FramePrediction(frame, smoother.smooth(depth, seen))


def working_size_for(model: DepthModel, size: tuple[int, int]) -> tuple[int, int] | None:
    """Size to which frames of `size` may be shrunk for `model`; None to leave it to the model.

    A model that does not tell its size shrinks frames itself, and so does one whose filter is not
    `Shrink`'s. An artefact of one size looks at that size, if it has the frames' shape.
    """
    fixed_size = model.fixed_size
    if fixed_size is not None:
        stretch = (fixed_size[1] / fixed_size[0]) / (size[1] / size[0])
        return fixed_size if abs(stretch - 1) <= MAX_STRETCH else None
    if model.image_size is None or model.resampling != "bilinear":
        return None
    height, width = working_size(*size, model.image_size)
    return height, width


class Shrink:
    """Resizes as `geometry.resize.resize_bilinear(antialias=True)` does, many times faster.

    FFmpeg's bilinear kernel widens when shrinking, too. OpenCV has no such filter, and with
    another one, such as INTER_AREA, a network's depth is off by several per cent.
    """

    def __init__(self, size: tuple[int, int]):
        # Not above: images alone are predicted without the package.
        from av.video.reformatter import VideoReformatter

        self._size = size
        self._reformatter = VideoReformatter()

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """The image at the size, uint8 (h, w, 3) RGB; itself where it has it."""
        if image.shape[:2] == self._size:
            return image
        from av import VideoFrame

        frame = VideoFrame.from_numpy_buffer(image, format="rgb24")
        height, width = self._size
        resized = self._reformatter.reformat(
            frame, width=width, height=height, interpolation="BILINEAR"
        )
        return resized.to_ndarray()
