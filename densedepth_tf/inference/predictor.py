"""Predictor: depth in metres for files and arrays, batched and overlapped with decoding."""

import dataclasses
import functools
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import ArrayLike

from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.geometry.cameras.lens import Lens
from densedepth_tf.geometry.cameras.photograph_file import opened_image, read_input_image
from densedepth_tf.geometry.depth_model import as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.geometry.finite import NotFiniteError, check_finite_depth
from densedepth_tf.geometry.given_cameras import FocalLength, Intrinsics, given_cameras
from densedepth_tf.geometry.lens_of_image import WHAT_FILES_TELL, lens_of_image
from densedepth_tf.inference.batching import batch_by_size
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.lens import lens_of_clip
from densedepth_tf.inference.prediction import Failure, Prediction, drain, set_aside
from densedepth_tf.process.map_ahead import map_ahead

if TYPE_CHECKING:
    from densedepth_tf.files.video.clip import Clip
    from densedepth_tf.inference.video.predict_clip import FramePrediction
    from densedepth_tf.inference.video.video_options import VideoOptions

DECODE_THREADS = 4

Image = str | os.PathLike | np.ndarray
_Item = tuple[ImageFile, np.ndarray, Lens]


class Predictor:
    """Depth of images from a model.

    Args:
        model: Anything with `predict_depth(images)`: a `DepthEstimator`, or what
            `densedepth_tf.load` or `quick_load` returns for an exported artefact or a preset.
        batch_size: Most images that pass through the network at once; only images of equal
            size share a batch.
        cameras: Where the images' cameras are known from, so that metres are brought to them: by
            default the files, their EXIF or the `camera-intrinsics.txt` in their folder, as
            `predict.py` does; a camera given there is that of arrays, too. None leaves metres as
            predicted.

    Attributes:
        model: The model as a `DepthModel`.

    Raises:
        ValueError: If `batch_size` is below 1, or the model has no `predict_depth`.

    Example:
        >>> predictor = Predictor(densedepth_tf.load("runs/demo"))
        >>> depth = predictor.predict("photo.jpg")  # float32 (H, W, 1), metres
    """

    def __init__(
        self,
        model: DepthPredictor,
        batch_size: int = 4,
        cameras: IntrinsicsSource | None = WHAT_FILES_TELL,
    ):
        if batch_size < 1:
            raise ValueError(f"A batch holds at least one image. Received: batch_size={batch_size}")
        self.model = as_depth_model(model)
        self.batch_size = batch_size
        self.cameras = cameras

    @overload
    def predict(  # type: ignore[overload-overlap]  # A str is a sequence of str to types alone.
        self,
        images: Image,
        *,
        intrinsics: Intrinsics | None = None,
        focal_length: FocalLength | None = None,
    ) -> np.ndarray: ...

    @overload
    def predict(
        self,
        images: Sequence[Image],
        *,
        intrinsics: Intrinsics | None = None,
        focal_length: FocalLength | None = None,
    ) -> list[np.ndarray]: ...

    def predict(
        self,
        images: Image | Sequence[Image],
        *,
        intrinsics: Intrinsics | None = None,
        focal_length: FocalLength | None = None,
    ) -> np.ndarray | list[np.ndarray]:
        """Depth in metres at the images' own size.

        Args:
            images: A path; an RGB array (H, W, 3) or (N, H, W, 3), uint8 or float in [0, 1]; or
                a list of paths and arrays (H, W, 3) of any sizes.
            intrinsics: Of the images' camera, to which metres are brought, as in the model's
                `predict_depth`: one (3, 3) in pixels, or one for each; else by `cameras`.
            focal_length: Instead, likewise, in image widths or, above 20, in pixels.

        Returns:
            float32 metres: (H, W, 1) for a path or one image, (N, H, W, 1) for a batch, a list
            of (H, W, 1) in the same order for a list.

        Raises:
            ValueError: If a file cannot be read, an array is not an image, or a camera does not
                fit.
            NotFiniteError: If the depth is NaN or infinite somewhere.
        """
        given = given_cameras(intrinsics, focal_length)
        cameras = self.cameras if given is None else None
        depth = self._predict_any(images, cameras)
        return depth if given is None else given.bring(depth, self.model)

    def _predict_any(
        self, images: Image | Sequence[Image], cameras: IntrinsicsSource | None
    ) -> np.ndarray | list[np.ndarray]:
        """`predict` for cameras that are known from somewhere."""
        if isinstance(images, (str, os.PathLike)):
            return self._predict_image(images, cameras)
        if not isinstance(images, (list, tuple)):
            return self._predict_array(np.asarray(images), cameras)
        depths: dict[int, np.ndarray] = {}
        load = functools.partial(self._load, cameras)
        loaded = map_ahead(load, enumerate(images), DECODE_THREADS, 2 * self.batch_size)
        for batch in batch_by_size(loaded, lambda item: item[1].shape[:2], self.batch_size):
            if len({image.dtype for _, image, _ in batch}) > 1:
                batch_depth: Iterable[np.ndarray] = [
                    self._predict_depth(image) for _, image, _ in batch
                ]
            else:
                batch_depth = self._predict_depth(np.stack([image for _, image, _ in batch]))
            depths.update(
                (index, lens.bring(depth))
                for (index, _, lens), depth in zip(batch, batch_depth, strict=True)
            )
        return [depths[index] for index in range(len(images))]

    def lens(self, image_size: tuple[int, int], path: str | os.PathLike | None = None) -> Lens:
        """What the camera of an image of (height, width) does to depth, by `cameras`.

        Raises:
            ValueError: If the given intrinsics do not fit an image of this size.
        """
        return lens_of_image(self.model, self.cameras, image_size, path)

    def predict_files(self, files: Iterable[ImageFile]) -> Iterator[Prediction | Failure]:
        """Predicts images of any sizes, reading ahead in threads.

        Results come as batches of equal size fill up, so not always in the order of `files`;
        every file gives exactly one. Memory is bounded whatever the number of files.

        Args:
            files: The images, e.g. from `find_images`.
        """
        read = map_ahead(self._read, files, DECODE_THREADS, 2 * self.batch_size)
        failures: list[Failure] = []
        for batch in batch_by_size(set_aside(read, failures), _size_of, self.batch_size):
            yield from drain(failures)
            yield from self._predict_batch(batch)
        yield from drain(failures)

    def predict_batches(
        self, batches: Iterable[Sequence[ImageFile]]
    ) -> Iterator[Prediction | Failure]:
        """As `predict_files`, with the batches that `plan_batches` has planned.

        Args:
            batches: Images of one size each, as far as their headers tell.
        """
        each = (functools.partial(map, self._read, batch) for batch in batches)
        read = map_ahead(lambda outcomes: list(outcomes()), each, DECODE_THREADS, DECODE_THREADS)
        failures: list[Failure] = []
        for outcomes in read:
            for batch in batch_by_size(set_aside(outcomes, failures), _size_of, self.batch_size):
                yield from self._predict_batch(batch)
            yield from drain(failures)

    def predict_stream(
        self,
        images: Iterable[object],
        *,
        intrinsics: Intrinsics | None = None,
        focal_length: FocalLength | None = None,
    ) -> Iterator[np.ndarray]:
        """Depth for a `tf.data.Dataset`, a generator or any other stream, one element at a time.

        Args:
            images: Elements are RGB images (H, W, 3) or batches (N, H, W, 3), uint8 or float in
                [0, 1]; of a tuple the first entry counts, of a dictionary `image`.
            intrinsics: Of the camera of all elements, as in `predict`; one for each image where
                batches have as many.
            focal_length: Instead, likewise.

        Yields:
            float32 metres (H, W, 1) or (N, H, W, 1) for each element, in order.

        Raises:
            ValueError: If an element is not an image, or the camera does not fit.

        Example:
            >>> dataset = tf.data.Dataset.from_tensor_slices(images).batch(8)
            >>> for depth in predictor.predict_stream(dataset):  # float32 (8, H, W, 1), metres
            ...     print(depth.mean())
        """
        given = given_cameras(intrinsics, focal_length)
        cameras = self.cameras if given is None else None
        for element in images:
            if isinstance(element, Mapping):
                element = element["image"]
            elif isinstance(element, (tuple, list)):
                element = element[0]
            depth = self._predict_array(np.asarray(element), cameras)
            yield depth if given is None else given.bring(depth, self.model)

    def predict_video(
        self,
        video: str | os.PathLike,
        every: int = 1,
        max_frames: int | None = None,
        smoothing: float = 0.0,
        *,
        intrinsics: ArrayLike | None = None,
        focal_length: float | None = None,
    ) -> "Iterator[FramePrediction]":
        """Depth for the frames of a video or webcam, decoding ahead in a thread.

        Args:
            video: A video file, or `camera:0` for the first webcam.
            every: Predict every `every`-th frame.
            max_frames: Stop after that many; needed for a webcam unless you break off yourself.
            smoothing: Strength of the temporal smoothing, 0 (off) to 1.
            intrinsics: Of the camera, as in `predict`; else one that `cameras` is given.
            focal_length: Instead, likewise.

        Yields:
            For each frame, in order: `frame.image` uint8 (H, W, 3) RGB, `frame.index`, and
            `depth` float32 (H, W, 1) metres.

        Raises:
            ValueError: If the video cannot be read, an option is out of range or the camera does
                not fit.
        """
        from densedepth_tf.files.video.video_file import VideoFile
        from densedepth_tf.inference.video.video_options import VideoOptions
        from densedepth_tf.inference.video.webcam import Webcam, webcam_index

        options = VideoOptions(smoothing=smoothing, every=every, max_frames=max_frames)
        clip: Clip = VideoFile(video) if (index := webcam_index(video)) is None else Webcam(index)
        with closing(clip):
            given = given_cameras(intrinsics, focal_length)
            if given is None:
                lens = lens_of_clip(self.model, self.cameras, clip)
            else:
                lens = Lens(given.factors(self.model, [clip.size])[0])
            for frame in self.predict_clip(clip, options):
                yield dataclasses.replace(frame, depth=lens.bring(frame.depth))

    def predict_clip(
        self, clip: "Clip", options: "VideoOptions", network_size: tuple[int, int] | None = None
    ) -> "Generator[FramePrediction]":
        """Depth for the frames of an opened clip, see `predict_clip.predict_clip`."""
        from densedepth_tf.inference.video.predict_clip import predict_clip

        return predict_clip(self._predict_depth, clip, options, self.batch_size, network_size)

    def _read(self, source: ImageFile) -> _Item | Failure:
        try:
            source.bring()
            image = read_input_image(source.path, source.title)
        except ValueError as error:
            return Failure(source, " ".join(str(error).split()))
        try:
            self.model.check_size(image.shape[:2])
            lens = self.lens(image.shape[:2], source.path)
        except ValueError as error:
            return Failure(source, f"'{source.title}': {error}")
        return source, image, lens

    def _predict_image(
        self, path: str | os.PathLike, cameras: IntrinsicsSource | None
    ) -> np.ndarray:
        with opened_image(path) as (image, file):
            lens = lens_of_image(self.model, cameras, image.shape[:2], file)
        try:
            return lens.bring(self._predict_depth(image))
        except NotFiniteError as error:
            raise NotFiniteError(f"'{path}': {error}") from error

    def _predict_array(self, images: np.ndarray, cameras: IntrinsicsSource | None) -> np.ndarray:
        """An image or a batch, of the camera that is given if there is one."""
        depth = self._predict_depth(images)
        return lens_of_image(self.model, cameras, depth.shape[-3:-1]).bring(depth)

    def _load(
        self, cameras: IntrinsicsSource | None, item: tuple[int, Image]
    ) -> tuple[int, np.ndarray, Lens]:
        index, given = item
        if isinstance(given, (str, os.PathLike)):
            with opened_image(given) as (image, file):
                return index, image, lens_of_image(self.model, cameras, image.shape[:2], file)
        image = np.asarray(given)
        if image.ndim != 3:
            raise ValueError(
                "In a list, every image is a path or an array (H, W, 3). "
                f"Received: shape {image.shape} at index {index}"
            )
        return index, image, lens_of_image(self.model, cameras, image.shape[:2])

    def _predict_batch(self, batch: list[_Item]) -> Iterator[Prediction | Failure]:
        """Images of one size; of those whose depth is not finite, each by itself is a failure."""
        try:
            depths = self._predict_depth(np.stack([image for _, image, _ in batch]))
        except NotFiniteError as error:
            if len(batch) == 1:
                source = batch[0][0]
                yield Failure(source, f"'{source.title}': {error}")
                return
            for item in batch:
                yield from self._predict_batch([item])
            return
        for (source, image, lens), depth in zip(batch, depths, strict=True):
            yield Prediction(source, image, lens.bring(depth), lens)

    def _predict_depth(self, images: np.ndarray) -> np.ndarray:
        try:
            depth = self.model.predict_depth(images, self.batch_size)
            check_finite_depth(depth, self.model.name)
            return depth
        except Exception as error:
            # TensorFlow's class of this error is not imported: the model may be another runtime's.
            name = type(error).__name__
            if not isinstance(error, MemoryError) and name != "ResourceExhaustedError":
                raise
            size = "x".join(str(side) for side in images.shape[-3:-1])
            raise ValueError(
                f"Not enough memory for images of {size}; lower `batch_size`. "
                f"Received: batch_size={self.batch_size}"
            ) from error


def _size_of(item: _Item) -> tuple[int, int]:
    return item[1].shape[:2]
