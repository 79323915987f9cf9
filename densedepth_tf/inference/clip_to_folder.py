"""One video or webcam in, its depth as a video and as one file per frame out."""

import contextlib
import dataclasses
import os
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from densedepth_tf.files.durable import sync_folder
from densedepth_tf.files.video.clip import Clip
from densedepth_tf.geometry.cameras.lens import AS_PREDICTED, Lens
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.lens import lens_of_clip
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.outputs.clip_colors import clip_colors
from densedepth_tf.inference.outputs.clip_painter import ClipPainter
from densedepth_tf.inference.outputs.depth_writers import (
    OUTPUT_FORMATS,
    PAINTED,
    write_prediction,
)
from densedepth_tf.inference.outputs.frame_files import publish_frames, remove_frames
from densedepth_tf.inference.outputs.output_files import (
    frames_folder,
    part_folder,
    part_path,
    video_path,
)
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.prediction import Prediction
from densedepth_tf.inference.predictor import Predictor
from densedepth_tf.inference.video.clip_sources import ClipSource, WebcamSource, open_clip
from densedepth_tf.inference.video.predict_clip import FramePrediction, working_size_for
from densedepth_tf.inference.video.video_options import VideoOptions
from densedepth_tf.process.interruption import stop_on_interrupt
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

PAINT_THREADS = 2

Painted = TypeVar("Painted")


@dataclass
class ClipReport:
    """What was done with a clip.

    Attributes:
        source: The video or webcam.
        num_frames: Frames predicted and written.
        seconds: Time from the first frame read to the last output finished.
        depth_range: Metres of the first and the last colour.
        video: The video that was written, if one was asked for; `X_depth.part.mp4` where the clip
            was interrupted.
        frames_folder: Folder of the files per frame, if some were asked for; `X.part` where the
            clip was interrupted.
        warnings: What went wrong without ending the work, one line each.
        interrupted: Whether Ctrl-C or SIGTERM ended it before its end; outputs of an earlier run
            are as they were.
        is_part: Whether what was written is a part of the clip; a webcam has no whole.
        depth_unit: "m", or None for a relative depth.
        lens: What its camera did to the depth.
    """

    source: ClipSource
    num_frames: int
    seconds: float
    depth_range: tuple[float, float]
    video: str | os.PathLike | None
    frames_folder: str | os.PathLike | None
    warnings: list[str]
    interrupted: bool
    is_part: bool = False
    depth_unit: str | None = "m"
    lens: Lens = AS_PREDICTED

    @property
    def frames_per_second(self) -> float:
        """Frames decoded, predicted, painted and encoded per second."""
        return self.num_frames / max(self.seconds, 1e-9)


def clip_to_folder(
    predictor: Predictor,
    source: ClipSource,
    output: Path,
    video: bool,
    frame_formats: tuple[str, ...],
    outputs: OutputOptions,
    options: VideoOptions,
) -> ClipReport:
    """Predicts a clip and writes its outputs below a folder.

    Decoding, predicting, painting and encoding overlap. The colours' range of metres is one for
    the whole clip, see `clip_colors`. Ctrl-C and SIGTERM end the clip early: what was written so
    far is finished and playable, under a name that says that it is a part, and what an earlier
    run wrote stays. A webcam has no end; there they are the way to stop.

    Args:
        predictor: Predicts the frames; its `cameras` bring metres to the clip's camera.
        source: The video or webcam.
        output: Folder for the outputs.
        video: Write `<name>_depth.mp4`.
        frame_formats: Names from `depth_writers.OUTPUT_FORMATS`, written per frame to
            `<name>/<number of the frame>.*`; may be empty.
        outputs: How they are written.
        options: Which frames, their smoothing and the style of the video.

    Raises:
        BadVideoError: If the clip cannot be read at all; nothing is written then.
        ValueError: If the range is empty, the camera does not fit the frames or the model refuses
            them.
        OSError: If an output cannot be written.
    """
    range_of_clip = options.range_of_clip
    if range_of_clip is None:
        range_of_clip = not isinstance(source, WebcamSource)
    is_painted = video or not PAINTED.isdisjoint(frame_formats)
    path = video_path(output, source) if video else None
    part = part_path(output, source)
    if path is not None and path.is_dir():
        raise OSError(f"Cannot write '{path}': a folder is in its place")
    of_clip = source if isinstance(source, ImageFile) else ImageFile(source.path, source.name)
    with contextlib.closing(open_clip(source)) as clip:
        predictor, lens = _for_camera(predictor, clip)
        # A webcam is one while it is open; a file whose frames are sampled gives them no more.
        with _another_if_file(source, clip) as sampled:
            colors = clip_colors(predictor, sampled, outputs.colors, range_of_clip and is_painted)
        camera = dataclasses.replace(outputs.intrinsics, pixel_aspect=clip.sample_aspect_ratio)
        outputs = dataclasses.replace(outputs, colors=colors, intrinsics=camera)
        if frame_formats:
            remove_frames(part_folder(output, source), OUTPUT_FORMATS)
        start = time.perf_counter()
        with contextlib.ExitStack() as finishing:
            painter = writer = None
            if video:
                painter = ClipPainter(options.style, colors, clip.size)
                rate = clip.rate / options.every
                # Not above: images alone are predicted without the package `av`.
                from densedepth_tf.inference.outputs.video_writer import VideoWriter

                writer = finishing.enter_context(
                    VideoWriter(part, painter.size, rate, clip.time_base, clip.sample_aspect_ratio)
                )

            def finish(prediction: FramePrediction) -> tuple[int, np.ndarray | None]:
                frame = prediction.frame
                if frame_formats:
                    place = f"{source.name}.part/{frame.index:06d}"
                    name = dataclasses.replace(of_clip, name=place)
                    whole = Prediction(name, frame.image, prediction.depth, lens)
                    write_prediction(whole, output, frame_formats, outputs)
                if painter is None:
                    return frame.pts, None
                return frame.pts, painter.paint(frame.image, prediction.depth)

            def encode(painted: tuple[int, np.ndarray | None]) -> None:
                pts, image = painted
                if writer is not None and image is not None:
                    writer.write(image, pts)

            # Files of metres get the model's own full-size depth; a video's colours need no
            # more than the network's.
            size = None if frame_formats else working_size_for(predictor.model, clip.size)
            frames = predictor.predict_clip(clip, options, size)
            num_frames, interrupted = _run_stages(
                frames, finish, encode, source.path.name, _num_expected(clip, options)
            )
            num_frames = writer.num_frames if writer else num_frames
            if not num_frames:
                raise KeyboardInterrupt
        is_part = interrupted and not isinstance(source, WebcamSource)
        folder = frames_folder(output, source) if frame_formats else None
        if is_part:
            path = part if video else None
            folder = part_folder(output, source) if frame_formats else None
        else:
            if path is not None:
                part.replace(path)
                sync_folder(path.parent)
            if folder is not None:
                publish_frames(part_folder(output, source), folder, frame_formats)
        return ClipReport(
            source,
            num_frames,
            time.perf_counter() - start,
            colors.ends(),
            path,
            folder,
            clip.warnings,
            interrupted,
            is_part,
            outputs.depth_unit,
            lens,
        )


def _another_if_file(source: ClipSource, clip: Clip) -> contextlib.AbstractContextManager[Clip]:
    if isinstance(source, WebcamSource):
        return contextlib.nullcontext(clip)
    return contextlib.closing(open_clip(source))


def _for_camera(predictor: Predictor, clip: Clip) -> tuple[Predictor, Lens]:
    """A predictor whose metres, and range of them, are those of the clip's camera."""
    lens = lens_of_clip(predictor.model, predictor.cameras, clip)
    if lens.factor is None:
        return predictor, lens
    return Predictor(ScaledEstimator(predictor.model, lens.factor), predictor.batch_size), lens


def _run_stages(
    frames: Generator[FramePrediction],
    finish: Callable[[FramePrediction], Painted],
    encode: Callable[[Painted], None],
    title: str,
    total: int | None,
) -> tuple[int, bool]:
    """Runs the pipeline; returns the number of frames and whether a signal ended it."""
    count = 0
    with contextlib.ExitStack() as stages, stop_on_interrupt() as stop:
        # Closed from the last to the first, so that each stage's thread ends before what it reads.
        stages.enter_context(contextlib.closing(frames))
        painted = map_ahead(finish, frames, PAINT_THREADS, 2 * PAINT_THREADS)
        stages.enter_context(contextlib.closing(painted))
        encoded = map_ahead(encode, painted, 1, 4)
        stages.enter_context(contextlib.closing(encoded))
        for _ in ProgressBar(encoded, title, total, unit="frame", leave=False):
            count += 1
            if stop.is_set():
                break
        return count, stop.is_set()


def _num_expected(clip: Clip, options: VideoOptions) -> int | None:
    if clip.num_frames is None:
        return options.max_frames
    expected = -(-clip.num_frames // options.every)
    return min(expected, options.max_frames or expected)
