"""What `predict.py` does: images, videos and webcams in, depth files in a folder out."""

import dataclasses
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from densedepth_tf.checkpoints import load
from densedepth_tf.files.claims import claim
from densedepth_tf.files.depth.depth_file import MILLIMETRE
from densedepth_tf.files.outputs.output_record import OutputRecord, stamp
from densedepth_tf.files.suffixes import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from densedepth_tf.files.video.clip import BadVideoError
from densedepth_tf.files.writable_folder import check_writable_folder, named_path
from densedepth_tf.geometry.depth_model import DepthModel, as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.inference.clip_to_folder import ClipReport, clip_to_folder
from densedepth_tf.inference.image_sources import ImageFile, find_images
from densedepth_tf.inference.lens import Lens, LensTally
from densedepth_tf.inference.metres.fit_metric_scale import MetricScaleOptions, fit_metric_scale
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.outputs.depth_writers import (
    POINT_CLOUDS,
    check_formats,
    is_cut_off,
    write_prediction,
)
from densedepth_tf.inference.outputs.output_files import (
    clip_files,
    image_files,
    keep_inputs_safe,
    model_identity,
    sources_of,
)
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.predictor import Failure, Prediction, Predictor
from densedepth_tf.inference.quick_load import quick_load
from densedepth_tf.inference.sharpened_estimator import SharpenedEstimator
from densedepth_tf.inference.video.clip_sources import (
    ClipSource,
    is_video,
    split_webcams,
)
from densedepth_tf.inference.video.video_options import VideoOptions
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

IMAGE_FORMATS = ("png", "color")
VIDEO = "video"  # the word of `formats` that is for clips only
WRITE_THREADS = 4


@dataclass
class PredictionReport:
    """What a run did.

    Attributes:
        num_predicted: Images whose outputs were written.
        num_skipped: Images left alone because their outputs were there already.
        failures: Images and videos that could not be read, or whose outputs cannot be made.
        cut_off: Images with depth beyond what their 16-bit PNG can hold.
        assumed_camera: Images whose point cloud was made with an assumed field of view.
        seconds: Time from the first image read to the last output written.
        clips: The videos and webcams that were predicted; the rest is about images.
        depth_unit: "m", or None for a relative depth.
        png_scale: Depth per unit of the 16-bit PNGs.
        lens: What the photographs' cameras did to depth; None where the model does not know its
            own.
    """

    num_predicted: int = 0
    num_skipped: int = 0
    failures: list[Failure] = field(default_factory=list)
    cut_off: list[ImageFile] = field(default_factory=list)
    assumed_camera: list[ImageFile] = field(default_factory=list)
    seconds: float = 0.0
    clips: list[ClipReport] = field(default_factory=list)
    depth_unit: str | None = "m"
    png_scale: float = MILLIMETRE
    lens: LensTally | None = None

    @property
    def images_per_second(self) -> float:
        """Images read, predicted and written per second."""
        return self.num_predicted / max(self.seconds, 1e-9)


@dataclass(frozen=True)
class _Written:
    source: ImageFile
    cut_off: bool
    assumed_camera: bool
    lens: Lens


def predict_to_folder(
    model: DepthPredictor | str | os.PathLike,
    inputs: Sequence[str | os.PathLike],
    output: str | os.PathLike,
    formats: Sequence[str] | None = None,
    options: OutputOptions | None = None,
    batch_size: int = 4,
    skip_existing: bool = False,
    video: VideoOptions | None = None,
    metric_scale: MetricScaleOptions | None = None,
    model_range: tuple[float | None, float | None] = (None, None),
) -> PredictionReport:
    """Predicts images, videos and webcams and writes their depth below a folder.

    Reading, predicting and writing overlap. Outputs of an earlier run are replaced, every file
    in one step, and never predicted themselves; files that cannot be read, or that the given
    camera does not fit, are skipped and reported. Ctrl-C and SIGTERM finish the part of the video
    at hand, which `PredictionReport.clips` then calls interrupted, and begin no other.

    Args:
        model: Anything with `predict_depth`, or a path for `quick_load`: a preset then
            starts in ONNX Runtime, unless a copy of it in metres is to be saved.
        inputs: Files, folders and glob patterns, see `find_images`; `camera:0` is a webcam.
        output: Folder for the outputs; the inputs' folder tree is kept below it.
        formats: Names from `depth_writers.OUTPUT_FORMATS`, which clips get for every frame,
            and `video`, which is for clips; images are left out if that is all. None gives
            images `png` and `color`, clips `video`.
        options: Colours, camera and other choices about the outputs; the model's name in it is
            filled in. Where the range of colours is open, images take their percentiles,
            clips what `video` says.
        batch_size: Most images of equal size that pass through the network at once.
        skip_existing: Leave out images and clips whose outputs are all there, complete, and made
            from these very files with these settings, by the output folder's record.
        video: How clips are predicted.
        metric_scale: What is known in metres; all depth, the model's range of colours too, is then
            multiplied by the factor that follows from it.
        model_range: Smallest and largest depth in metres of an official `.h5` file, see `load`.

    Raises:
        ValueError: If an input, a format or the checkpoint is no good, an output would replace
            an input, the model cannot be brought to metres, or not one file can be read.
        OSError: If the output cannot be written, or another process is writing it; found out
            before predicting where possible.
    """
    output = named_path(output)
    image_formats = check_formats(IMAGE_FORMATS if formats is None else formats, (VIDEO,))
    wants_video = formats is None or VIDEO in image_formats
    image_formats = tuple(name for name in image_formats if name != VIDEO)
    frame_formats = () if formats is None else image_formats
    formats = image_formats
    webcams, paths = split_webcams(inputs)
    suffixes = (IMAGE_SUFFIXES if formats else ()) + VIDEO_SUFFIXES
    found = find_images(paths, output, suffixes) if paths else []
    clips: list[ClipSource] = [*webcams, *(file for file in found if is_video(file))]
    files = [file for file in found if formats and not is_video(file)]
    if not formats and not clips:
        raise ValueError(
            f"`formats=['{VIDEO}']` is for videos and webcams; there is none among the inputs. "
            f"Received: input '{inputs[0]}'"
        )
    wanted = _Wanted(files, clips, formats, wants_video, frame_formats)
    others = [] if metric_scale is None else metric_scale.images
    if isinstance(model, (str, os.PathLike)):
        others = [*others, model]
    keep_inputs_safe(found, others, wanted.names(), clips, bool(frame_formats), output)
    check_writable_folder(output)
    with claim(output, wanted.names()):
        return _predict(
            *(model, wanted, found, output, options or OutputOptions(), batch_size),
            *(skip_existing, video or VideoOptions(), metric_scale, model_range),
        )


@dataclass(frozen=True)
class _Wanted:
    """What is to be predicted, and what is to be written of it."""

    files: list[ImageFile]
    clips: list[ClipSource]
    formats: tuple[str, ...]
    video: bool
    frame_formats: tuple[str, ...]

    def names(self) -> list[str]:
        """All outputs, see `output_files`."""
        names = [name for file in self.files for name in image_files(file, self.formats)]
        for clip in self.clips:
            names += clip_files(clip, self.video, self.frame_formats)
        return names


def _predict(
    model: DepthPredictor | str | os.PathLike,
    wanted: _Wanted,
    found: list[ImageFile],
    output: Path,
    options: OutputOptions,
    batch_size: int,
    skip_existing: bool,
    video: VideoOptions,
    metric_scale: MetricScaleOptions | None,
    model_range: tuple[float | None, float | None],
) -> PredictionReport:
    checkpoint: str | None = None
    opened: DepthModel
    if isinstance(model, (str, os.PathLike)):
        # A copy can only be saved of the Keras model.
        is_kept = metric_scale is not None and metric_scale.save_to is not None
        opens = load if is_kept else quick_load
        checkpoint, opened = os.fspath(model), opens(model, *model_range)
    else:
        opened = as_depth_model(model)
    identity = model_identity(opened, checkpoint)
    if model_range != (None, None):
        identity += f" {model_range}"
    options = dataclasses.replace(options, model=opened.name, checkpoint=checkpoint)
    predictor = Predictor(opened, batch_size)
    if metric_scale is not None:
        images = [file for file in found if not is_video(file)]
        fitted = fit_metric_scale(
            predictor, metric_scale, images, wanted.clips, options.intrinsics, checkpoint
        )
        options = dataclasses.replace(options, calibration_factor=fitted.factor)
        # Its metres are those of the camera that it was calibrated on.
        scaled = ScaledEstimator(opened, fitted.factor, fitted.focal_length)
        predictor = Predictor(scaled, batch_size)
    if options.sharpen:
        predictor = Predictor(SharpenedEstimator(predictor.model), batch_size)
    predictor.cameras = options.intrinsics if options.lens == "auto" else None
    options = options.of_model(predictor.model)
    report = PredictionReport(depth_unit=options.depth_unit, png_scale=options.png_scale)
    if predictor.model.focal_length is not None:
        report.lens = LensTally(options.lens)
    # Not what the checkpoint is called, but what is in it.
    settings = identity, dataclasses.replace(options, checkpoint=None)
    with OutputRecord(output, settings) as record:
        _predict_images(predictor, wanted, output, options, record, skip_existing, report)
    with OutputRecord(output, (*settings, video)) as record:
        _predict_clips(predictor, wanted, output, options, video, record, skip_existing, report)
    if report.failures and not report.num_predicted + report.num_skipped + len(report.clips):
        first, count = report.failures[0].reason, len(report.failures)
        raise ValueError(first if count == 1 else f"None of {count} files can be used: {first}")
    return report


def _predict_images(
    predictor: Predictor,
    wanted: _Wanted,
    output: Path,
    options: OutputOptions,
    record: OutputRecord,
    skip_existing: bool,
    report: PredictionReport,
) -> None:
    formats = wanted.formats
    files = [
        file
        for file in wanted.files
        if not (skip_existing and record.is_current([file.path], image_files(file, formats)))
    ]
    report.num_skipped = len(wanted.files) - len(files)
    stamps = {file.path: stamp(file.path) for file in files}

    def write(outcome: Prediction | Failure) -> Failure | _Written:
        if isinstance(outcome, Failure):
            return outcome
        source = outcome.source
        try:
            camera = write_prediction(outcome, output, formats, options)
        except ValueError as error:
            return Failure(source, f"'{source.path}': {error}")
        record.add([source.path], image_files(source, formats), [stamps[source.path]])
        return _Written(
            source,
            cut_off="png" in formats and is_cut_off(outcome, options),
            assumed_camera=bool({*formats} & {*POINT_CLOUDS})
            and camera is not None
            and camera.assumed,
            lens=outcome.lens,
        )

    start = time.perf_counter()
    written = map_ahead(write, predictor.predict_files(files), WRITE_THREADS, 2 * WRITE_THREADS)
    for outcome in ProgressBar(
        written, total=len(files), unit="image", disable=not files, leave=False
    ):
        if isinstance(outcome, Failure):
            report.failures.append(outcome)
            continue
        report.num_predicted += 1
        if report.lens is not None:
            report.lens.add(outcome.lens)
        if outcome.cut_off:
            report.cut_off.append(outcome.source)
        if outcome.assumed_camera:
            report.assumed_camera.append(outcome.source)
    report.seconds = time.perf_counter() - start


def _predict_clips(
    predictor: Predictor,
    wanted: _Wanted,
    output: Path,
    options: OutputOptions,
    video: VideoOptions,
    record: OutputRecord,
    skip_existing: bool,
    report: PredictionReport,
) -> None:
    for source in wanted.clips:
        sources = sources_of(source)
        names = clip_files(source, wanted.video, wanted.frame_formats)
        if skip_existing and record.is_current(sources, names):
            report.num_skipped += 1
            continue
        stamps = [stamp(path) for path in sources]
        try:
            clip = clip_to_folder(
                predictor, source, output, wanted.video, wanted.frame_formats, options, video
            )
        except BadVideoError as error:
            report.failures.append(Failure(source, " ".join(str(error).split())))
            continue
        report.clips.append(clip)
        if report.lens is not None:
            report.lens.add(clip.lens)
        if not clip.is_part:
            record.add(sources, names, stamps)
        if clip.interrupted:
            return
