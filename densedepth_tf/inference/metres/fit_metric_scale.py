"""The metric scale of a model: which images and videos it is fitted to, and where it is kept."""

import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from densedepth_tf.files.atomic import write_json
from densedepth_tf.files.claims import claim
from densedepth_tf.files.suffixes import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from densedepth_tf.files.video.clip import BadVideoError
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.geometry.cameras.lens import Lens
from densedepth_tf.geometry.depth_model import DepthModel
from densedepth_tf.geometry.lens_of_image import lens_of_image
from densedepth_tf.inference.image_sources import ImageFile, find_images
from densedepth_tf.inference.metres.metric_scale import (
    KnownDepth,
    MetricScale,
    calibrate_by_depths,
    calibrate_by_height,
)
from densedepth_tf.inference.prediction import Failure
from densedepth_tf.inference.predictor import Predictor
from densedepth_tf.inference.video.clip_sources import ClipSource, is_video, open_clip
from densedepth_tf.rescaled_copy import check_rescaled_copy, rescaled_copy_place, save_rescaled

METRIC_SCALE_FILE = "calibration.json"
MAX_IMAGES = 32
FRAMES_PER_CLIP = 16
ONE_CAMERA = 1.02  # Focal lengths of images of one camera differ by less.


@dataclass(frozen=True)
class MetricScaleOptions:
    """How a model is brought to metres; one of `height` and `known` is given.

    Args:
        height: Of the camera above flat ground in view, metres.
        known: Pixels of one image with known depth.
        images: Files, folders and patterns to fit it to, videos too for a height; empty
            takes what is predicted.
        save_to: Folder for a copy of the checkpoint in metres, or its address in a bucket; None
            keeps none.
        on_fitted: Called with the result, before it is saved and anything predicted with it.

    Raises:
        ValueError: If both or none are given.
    """

    height: float | None = None
    known: tuple[KnownDepth, ...] = ()
    images: Sequence[str | os.PathLike] = ()
    save_to: str | os.PathLike | None = None
    on_fitted: Callable[[MetricScale], None] | None = None

    def __post_init__(self) -> None:
        if (self.height is None) == (not self.known):
            raise ValueError(
                "The metric scale comes from the camera's height or from known depths: pass one of "
                "`height` and `known`"
            )


def fit_metric_scale(
    predictor: Predictor,
    options: MetricScaleOptions,
    files: list[ImageFile],
    clips: list[ClipSource],
    intrinsics: IntrinsicsSource,
    checkpoint: str | None = None,
) -> MetricScale:
    """Finds a model's factor and saves the copy in metres where one is wanted.

    At most 32 images, spread over all of them, and 16 frames of each video are looked at.
    Beside the copy, `calibration.json` tells what its factor was taken from.

    Args:
        predictor: Has the model.
        options: What is known, and what to do.
        files: Images to fit it to unless the options name others.
        clips: Videos and webcams, likewise.
        intrinsics: The images' camera; needed for a height.
        checkpoint: Where the model is from; needed for a copy.

    Raises:
        ValueError: If the model cannot be saved, the camera is not known, no image can be read
            or shows the ground, or a known depth is outside its image.
        OSError: If the folder holds a model already or cannot be written.
    """
    if options.save_to is None:
        return _fit(predictor, options, files, clips, intrinsics)
    if checkpoint is None:
        raise ValueError("A copy in metres is of a checkpoint: pass its path, not a model")
    with rescaled_copy_place(options.save_to, "save_to") as folder:
        check_rescaled_copy(predictor.model, folder)
        if os.path.lexists(folder / METRIC_SCALE_FILE):
            raise FileExistsError(
                f"The folder holds a {METRIC_SCALE_FILE} already; choose another one for the "
                f"copy in metres (`save_to`). Received: '{folder}'"
            )
        fitted = _fit(predictor, options, files, clips, intrinsics)
        with claim(folder, [METRIC_SCALE_FILE]):
            save_rescaled(checkpoint, folder, fitted.factor, fitted.focal_length)
            content = {"checkpoint": checkpoint, **asdict(fitted)}
            write_json(folder / METRIC_SCALE_FILE, content)
    return fitted


def _fit(
    predictor: Predictor,
    options: MetricScaleOptions,
    files: list[ImageFile],
    clips: list[ClipSource],
    intrinsics: IntrinsicsSource,
) -> MetricScale:
    if options.images:
        found = find_images(options.images, suffixes=IMAGE_SUFFIXES + VIDEO_SUFFIXES)
        clips = [file for file in found if is_video(file)]
        files = [file for file in found if not is_video(file)]
    lenses: list[Lens] = []
    if options.height is None:
        depth = _only_depth(predictor, files, clips)
        lenses.append(lens_of_image(predictor.model, intrinsics, depth.shape[:2], files[0].path))
        fitted = calibrate_by_depths(depth, options.known)
    else:
        views = _views(predictor, files, clips, intrinsics, lenses)
        fitted = calibrate_by_height(views, options.height)
    fitted = dataclasses.replace(fitted, focal_length=_focal_length(predictor.model, lenses))
    if options.on_fitted is not None:
        options.on_fitted(fitted)
    return fitted


def _only_depth(
    predictor: Predictor, files: list[ImageFile], clips: list[ClipSource]
) -> np.ndarray:
    """The depth of the one image that known depths belong to."""
    if clips or len(files) != 1:
        raise ValueError(
            "Known depths belong to one image: tell which (`images`). "
            f"Received: {len(files)} images and {len(clips)} videos"
        )
    (outcome,) = predictor.predict_files(files)
    if isinstance(outcome, Failure):
        raise ValueError(outcome.reason)
    return outcome.depth


def _views(
    predictor: Predictor,
    files: list[ImageFile],
    clips: list[ClipSource],
    intrinsics: IntrinsicsSource,
    lenses: list[Lens],
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Depth and intrinsics of every image that can be read; what its camera does to `lenses`."""
    model = predictor.model
    places = np.linspace(0, len(files) - 1, min(len(files), MAX_IMAGES)).round().astype(int)
    count = 0
    for outcome in predictor.predict_files(files[place] for place in places):
        if not isinstance(outcome, Failure):
            count += 1
            size, path = outcome.depth.shape[:2], outcome.source.path
            matrix = _intrinsics(intrinsics, outcome.depth, path)
            lenses.append(lens_of_image(model, intrinsics, size, path))
            yield outcome.depth, matrix
    for clip in clips:
        try:
            with closing(open_clip(clip)) as opened:
                aspect = opened.sample_aspect_ratio
                frames = opened.sample(min(FRAMES_PER_CLIP, opened.num_frames or FRAMES_PER_CLIP))
        except BadVideoError:  # Predicting it will report it.
            continue
        camera = dataclasses.replace(intrinsics, pixel_aspect=aspect)
        for frame in frames:
            count += 1
            depth = predictor.predict(frame)
            matrix = _intrinsics(camera, depth, clip.path)
            lenses.append(lens_of_image(model, camera, depth.shape[:2], clip.path))
            yield depth, matrix
    if not count:
        raise ValueError("None of the images for the metric scale can be read (`images`)")


def _focal_length(model: DepthModel, lenses: list[Lens]) -> float | None:
    """The model's, had it learnt from the camera of the images; None of several cameras."""
    factors = [lens.factor for lens in lenses if lens.factor is not None]
    is_one = factors and len(factors) == len(lenses) and max(factors) <= ONE_CAMERA * min(factors)
    if model.focal_length is None or not is_one:
        return None
    return model.focal_length * float(np.median(factors))


def _intrinsics(source: IntrinsicsSource, depth: np.ndarray, path: Path) -> np.ndarray:
    try:
        camera = source.of_image(depth.shape[:2], path)
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error
    if camera.assumed:
        raise ValueError(
            "A camera's height gives a scale only together with its field of view, which "
            f"'{path}' does not state: pass `hfov`, `intrinsics` or `preset`"
        )
    return camera.intrinsics
