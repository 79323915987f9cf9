"""What `predict.py` does: pictures, videos and cameras in, depth files in a folder out."""

import dataclasses
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from densedepth_tf.checkpoints import load
from densedepth_tf.data.frame import BadVideoError
from densedepth_tf.data.suffixes import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from densedepth_tf.inference.calibrate_model import CalibrationOptions, calibrate_model
from densedepth_tf.inference.clip_sources import (
    ClipSource,
    is_video,
    split_cameras,
)
from densedepth_tf.inference.clip_to_folder import ClipReport, clip_to_folder, video_path
from densedepth_tf.inference.depth_writers import (
    POINT_CLOUDS,
    check_formats,
    is_cut_off,
    output_path,
    write_prediction,
)
from densedepth_tf.inference.image_sources import ImageFile, find_images
from densedepth_tf.inference.output_options import OutputOptions
from densedepth_tf.inference.predictor import Failure, Prediction, Predictor
from densedepth_tf.inference.quick_load import quick_load
from densedepth_tf.inference.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.video_options import VideoOptions
from densedepth_tf.map_ahead import map_ahead
from densedepth_tf.writable_folder import check_writable_folder

PICTURE_FORMATS = ("png", "color")
VIDEO = "video"  # the `--save` word that is for clips only
WRITE_THREADS = 4


@dataclass
class PredictionReport:
    """What a run did.

    Attributes:
        num_predicted: Pictures whose outputs were written.
        num_skipped: Pictures left alone because their outputs were there already.
        failures: Pictures and videos that could not be read, or whose outputs cannot be made.
        cut_off: Pictures with depth beyond what their 16-bit PNG can hold.
        assumed_camera: Pictures whose point cloud was made with an assumed field of view.
        seconds: Time from the first picture read to the last output written.
        clips: The videos and cameras that were predicted; the rest is about pictures.
    """

    num_predicted: int = 0
    num_skipped: int = 0
    failures: list[Failure] = field(default_factory=list)
    cut_off: list[ImageFile] = field(default_factory=list)
    assumed_camera: list[ImageFile] = field(default_factory=list)
    seconds: float = 0.0
    clips: list[ClipReport] = field(default_factory=list)

    @property
    def images_per_second(self) -> float:
        """Pictures read, predicted and written per second."""
        return self.num_predicted / max(self.seconds, 1e-9)


@dataclass(frozen=True)
class _Written:
    source: ImageFile
    cut_off: bool
    assumed_camera: bool


def predict_to_folder(
    model: Any,
    inputs: Sequence[str | os.PathLike],
    output: str | os.PathLike,
    formats: Sequence[str] | None = None,
    options: OutputOptions | None = None,
    batch_size: int = 4,
    skip_existing: bool = False,
    video: VideoOptions | None = None,
    calibrate: CalibrationOptions | None = None,
) -> PredictionReport:
    """Predicts pictures, videos and cameras and writes their depth below a folder.

    Reading, predicting and writing overlap. Outputs of an earlier run are replaced, every file
    in one step; files that cannot be read, or that the given camera does not fit, are skipped
    and reported. Ctrl-C finishes the video at hand, which `PredictionReport.clips` then calls
    interrupted, and begins no other.

    Args:
        model: Anything with `predict_depth`, or a path for `quick_load`: a preset then
            starts in ONNX Runtime, unless a calibrated copy of it is to be saved.
        inputs: Files, folders and glob patterns, see `find_images`; `camera:0` is a camera.
        output: Folder for the outputs; the inputs' folder tree is kept below it.
        formats: Names from `depth_writers.OUTPUT_FORMATS`, which clips get for every frame,
            and `video`, which is for clips; pictures are left out if that is all. None gives
            pictures `png` and `color`, clips `video`.
        options: Colours, camera and other choices about the outputs; the model's name in it is
            filled in. Where the range of colours is open, pictures take their percentiles,
            clips the model's range.
        batch_size: Most pictures of equal size that pass through the network at once.
        skip_existing: Leave out pictures whose outputs are all there, and clips whose video is,
            if that is all they get.
        video: How clips are predicted.
        calibrate: What is known in metres; all depth, the model's range of colours too, is then
            multiplied by the factor that follows from it.

    Raises:
        ValueError: If an input, a format or the checkpoint is no good, an output would replace
            an input, the model cannot be calibrated, or not one file can be read.
        OSError: If the output cannot be written; found out before predicting where possible.
    """
    output = Path(output)
    picture_formats = check_formats(PICTURE_FORMATS if formats is None else formats, (VIDEO,))
    wants_video = formats is None or VIDEO in picture_formats
    picture_formats = tuple(name for name in picture_formats if name != VIDEO)
    frame_formats = () if formats is None else picture_formats
    formats = picture_formats
    inside = [entry for entry in inputs if Path(os.path.abspath(entry)) == output.absolute()]
    cameras, paths = split_cameras(inputs)
    suffixes = (IMAGE_SUFFIXES if formats else ()) + VIDEO_SUFFIXES
    found = find_images(paths, None if inside else output, suffixes) if paths else []
    clips: list[ClipSource] = [*cameras, *(file for file in found if is_video(file))]
    files = [file for file in found if formats and not is_video(file)]
    if not formats and not clips:
        raise ValueError(
            f"--save {VIDEO} is for videos and cameras; there is none among the inputs. "
            f"Received: input '{inputs[0]}'"
        )
    _keep_inputs_safe(files, output, formats)
    _keep_clips_safe(clips, found, output)
    check_writable_folder(output)
    checkpoint = None
    if isinstance(model, (str, os.PathLike)):
        # A copy can only be saved of the Keras model.
        opens = load if calibrate is not None and calibrate.save_to is not None else quick_load
        checkpoint, model = os.fspath(model), opens(model)
    name = getattr(model, "name", None) or type(model).__name__
    options = dataclasses.replace(
        options or OutputOptions(), model=str(name), checkpoint=checkpoint
    )
    predictor, video = Predictor(model, batch_size), video or VideoOptions()
    if calibrate is not None:
        pictures = [file for file in found if not is_video(file)]
        calibration = calibrate_model(
            predictor, calibrate, pictures, clips, options.intrinsics, checkpoint
        )
        options = dataclasses.replace(options, calibration_factor=calibration.factor)
        predictor = Predictor(ScaledEstimator(model, calibration.factor), batch_size)

    report = PredictionReport()
    wanted = [file for file in files if not (skip_existing and _is_done(file, output, formats))]
    report.num_skipped = len(files) - len(wanted)

    def write(outcome: Prediction | Failure) -> Failure | _Written:
        if isinstance(outcome, Failure):
            return outcome
        try:
            camera = write_prediction(outcome, output, formats, options)
        except ValueError as error:
            return Failure(outcome.source, f"'{outcome.source.path}': {error}")
        return _Written(
            outcome.source,
            cut_off="png" in formats and is_cut_off(outcome, options),
            assumed_camera=bool({*formats} & {*POINT_CLOUDS}) and camera.assumed,
        )

    start = time.perf_counter()
    written = map_ahead(write, predictor.predict_files(wanted), WRITE_THREADS, 2 * WRITE_THREADS)
    # A bar for people; `disable=None` keeps it out of log files.
    for outcome in tqdm(
        written, total=len(wanted), unit="image", disable=None if wanted else True, leave=False
    ):
        if isinstance(outcome, Failure):
            report.failures.append(outcome)
            continue
        report.num_predicted += 1
        if outcome.cut_off:
            report.cut_off.append(outcome.source)
        if outcome.assumed_camera:
            report.assumed_camera.append(outcome.source)
    report.seconds = time.perf_counter() - start
    skips_clips = skip_existing and wants_video and not frame_formats
    for source in clips:
        if skips_clips and video_path(output, source).is_file():
            report.num_skipped += 1
            continue
        try:
            clip = clip_to_folder(
                predictor, source, output, wants_video, frame_formats, options, video
            )
        except BadVideoError as error:
            report.failures.append(Failure(source, " ".join(str(error).split())))
            continue
        report.clips.append(clip)
        if clip.interrupted:
            return report
    if report.failures and not report.num_predicted + report.num_skipped + len(report.clips):
        first, count = report.failures[0].reason, len(report.failures)
        raise ValueError(first if count == 1 else f"None of {count} files can be used: {first}")
    return report


def _keep_inputs_safe(files: list[ImageFile], output: Path, formats: tuple[str, ...]) -> None:
    inputs = {os.path.realpath(file.path) for file in files}
    for file in files:
        for format_name in formats:
            path = output_path(output, file.name, format_name)
            if os.path.realpath(path) in inputs:
                raise ValueError(
                    f"The output of '{file.path}' would replace the input '{path}'; choose "
                    f"another --output. Received: '{output}'"
                )


def _keep_clips_safe(clips: list[ClipSource], files: list[ImageFile], output: Path) -> None:
    inputs = {os.path.realpath(file.path): file.path for file in files}
    folders = {os.path.dirname(path): original for path, original in inputs.items()}
    for clip in clips:
        path, frames = video_path(output, clip), output / clip.name
        hit = inputs.get(os.path.realpath(path)) or folders.get(os.path.realpath(frames))
        if hit is not None:
            raise ValueError(
                f"The output of '{clip.path}' would replace the input '{hit}'; choose another "
                f"--output. Received: '{output}'"
            )


def _is_done(file: ImageFile, output: Path, formats: tuple[str, ...]) -> bool:
    return all(output_path(output, file.name, name).is_file() for name in formats)
