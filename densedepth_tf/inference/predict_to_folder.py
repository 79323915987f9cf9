"""What `predict.py` does: images, videos and webcams in, depth files in a folder out."""

import dataclasses
import os
import time
from collections.abc import Sequence
from pathlib import Path

from densedepth_tf.checkpoints import load, local_checkpoint
from densedepth_tf.files.outputs.output_place import OutputPlace, output_place
from densedepth_tf.files.outputs.output_record import OutputRecord, stamp
from densedepth_tf.files.told_as import told_as
from densedepth_tf.files.video.clip import BadVideoError
from densedepth_tf.geometry.depth_model import DepthModel, as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.inference.clip_to_folder import ClipReport, clip_to_folder
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.lens import LensTally
from densedepth_tf.inference.metres.fit_metric_scale import MetricScaleOptions, fit_metric_scale
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.outputs.depth_writers import OUTPUT_FORMATS, output_name
from densedepth_tf.inference.outputs.output_files import (
    clip_files,
    image_files,
    keep_inputs_safe,
    model_identity,
    part_folder,
    part_path,
    sources_of,
)
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.prediction import Failure, Prediction, release
from densedepth_tf.inference.prediction_report import (
    PredictionReport,
    Written,
    too_long,
    write_outcome,
)
from densedepth_tf.inference.predictor import Predictor
from densedepth_tf.inference.quick_load import quick_load
from densedepth_tf.inference.sharpened_estimator import SharpenedEstimator
from densedepth_tf.inference.video.clip_sources import is_video
from densedepth_tf.inference.video.video_options import VideoOptions
from densedepth_tf.inference.wanted_outputs import WantedOutputs, find_wanted
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

WRITE_THREADS = 4


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
        inputs: Files, folders, glob patterns and addresses in buckets, see `find_images`, shards of
            TFRecords among them, see `split_records`; `camera:0` is a webcam.
        output: Folder for the outputs, or its address in a bucket; the inputs' folder tree is kept
            below it.
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
    place = output_place(output)
    wanted = find_wanted(inputs, place.title, formats)
    others = [] if metric_scale is None else metric_scale.images
    if isinstance(model, (str, os.PathLike)):
        others = [*others, model]
    frames = bool(wanted.frame_formats)
    given = wanted.found + wanted.shards
    keep_inputs_safe(given, others, wanted.names(), wanted.clips, frames, place.folder)
    place.check_apart([file.title for file in given], wanted.names())
    place.check_writable()
    with place.claim(wanted.names()):
        return _predict(
            *(model, wanted, place, options or OutputOptions(), batch_size),
            *(skip_existing, video or VideoOptions(), metric_scale, model_range),
        )


def _predict(
    model: DepthPredictor | str | os.PathLike,
    wanted: WantedOutputs,
    place: OutputPlace,
    options: OutputOptions,
    batch_size: int,
    skip_existing: bool,
    video: VideoOptions,
    metric_scale: MetricScaleOptions | None,
    model_range: tuple[float | None, float | None],
) -> PredictionReport:
    checkpoint: str | None = None
    here: str | None = None
    opened: DepthModel
    if isinstance(model, (str, os.PathLike)):
        # A copy can only be saved of the Keras model.
        is_kept = metric_scale is not None and metric_scale.save_to is not None
        opens = load if is_kept else quick_load
        # Once: what is in a bucket may be replaced, and the record tells what was loaded.
        checkpoint, here = os.fspath(model), os.fspath(local_checkpoint(model))
        with told_as(here, model):
            opened = opens(here, *model_range)
    else:
        opened = as_depth_model(model)
    identity = model_identity(opened, here)
    if model_range != (None, None):
        identity += f" {model_range}"
    options = dataclasses.replace(options, model=opened.name, checkpoint=checkpoint)
    predictor = Predictor(opened, batch_size, cameras=None)
    if metric_scale is not None:
        images = [file for file in wanted.found if not is_video(file)]
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
    with place.record(settings) as record:
        _predict_images(predictor, wanted, place, options, record, skip_existing, report)
    with place.record((*settings, video)) as record:
        _predict_clips(predictor, wanted, place, options, video, record, skip_existing, report)
    report.check_not_in_vain()
    return report


def _predict_images(
    predictor: Predictor,
    wanted: WantedOutputs,
    place: OutputPlace,
    options: OutputOptions,
    record: OutputRecord,
    skip_existing: bool,
    report: PredictionReport,
) -> None:
    formats = wanted.formats
    files = [
        file
        for file in wanted.files
        if not (skip_existing and record.is_current([file.source], image_files(file, formats)))
    ]
    report.num_skipped = len(wanted.files) - len(files)
    stamps = {file.path: stamp(file.source) for file in files}

    def write(outcome: Prediction | Failure) -> Written | Failure:
        written = write_outcome(outcome, place.folder, formats, options)
        if isinstance(written, Written):
            source, names = written.source, image_files(written.source, formats)
            # A relative depth as an array has a description beside it that nobody asked for.
            place.publish([output_name(source.name, "json"), *names])
            record.add([source.source], names, [stamps[source.path]])
        release(outcome)
        return written

    start = time.perf_counter()
    written = map_ahead(write, predictor.predict_files(files), WRITE_THREADS, 2 * WRITE_THREADS)
    for outcome in ProgressBar(
        written, total=len(files), unit="image", disable=not files, leave=False
    ):
        report.add(outcome)
    report.seconds = time.perf_counter() - start


def _predict_clips(
    predictor: Predictor,
    wanted: WantedOutputs,
    place: OutputPlace,
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
        stamps = [stamp(known) for known in sources]
        parts = [part_path(Path(), source)] if wanted.video else [part_folder(Path(), source)]
        if (reason := too_long([*names, *map(os.fspath, parts)])) is not None:
            report.failures.append(Failure(source, f"'{source.title}': {reason}"))
            continue
        try:
            clip = clip_to_folder(
                predictor, source, place.folder, wanted.video, wanted.frame_formats, options, video
            )
        except BadVideoError as error:
            reason = str(error)
            if isinstance(source, ImageFile):
                reason = reason.replace(os.fspath(source.path), source.title)
            report.failures.append(Failure(source, " ".join(reason.split())))
            continue
        clip = _published(clip, place, wanted.frame_formats)
        report.clips.append(clip)
        if report.lens is not None:
            report.lens.add(clip.lens)
        if not clip.is_part:
            record.add(sources, names, stamps)
        if isinstance(source, ImageFile):
            source.release()
        if clip.interrupted:
            return


def _published(clip: ClipReport, place: OutputPlace, frame_formats: Sequence[str]) -> ClipReport:
    """A clip's report, once its outputs are where they belong."""
    video, folder = clip.video, clip.frames_folder
    if folder is not None:
        suffixes = [OUTPUT_FORMATS[name].suffix for name in frame_formats]
        place.publish_folder(Path(folder).relative_to(place.folder).as_posix(), suffixes)
        clip = dataclasses.replace(clip, frames_folder=place.shown(Path(folder)))
    if video is not None:
        place.publish([Path(video).relative_to(place.folder).as_posix()])
        clip = dataclasses.replace(clip, video=place.shown(Path(video)))
    return clip
