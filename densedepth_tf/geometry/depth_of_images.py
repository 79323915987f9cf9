"""Images in, depth in metres out: what models and exported artefacts take alike."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast, overload

import numpy as np
from numpy.typing import ArrayLike

from densedepth_tf.geometry.cameras.lens import AS_PREDICTED, Lens, LensRule, check_lens
from densedepth_tf.geometry.given_cameras import FocalLength, Intrinsics, given_cameras
from densedepth_tf.geometry.image_lists import is_image_list, is_path, predict_list
from densedepth_tf.geometry.images import check_images

if TYPE_CHECKING:
    from densedepth_tf.geometry.depth_model import DepthModel


class DepthOfImages:
    """`predict_depth` of arrays, paths and lists of them, by depth of batches of arrays."""

    @overload
    def predict_depth(  # type: ignore[overload-overlap]  # A str is a sequence of str to types alone.
        self,
        images: ArrayLike | os.PathLike,
        batch_size: int = 8,
        *,
        intrinsics: Intrinsics | None = None,
        focal_length: FocalLength | None = None,
        lens: LensRule = "auto",
    ) -> np.ndarray: ...

    @overload
    def predict_depth(
        self,
        images: Sequence[str | os.PathLike],
        batch_size: int = 8,
        *,
        intrinsics: Intrinsics | None = None,
        focal_length: FocalLength | None = None,
        lens: LensRule = "auto",
    ) -> list[np.ndarray]: ...

    def predict_depth(
        self,
        images: ArrayLike | os.PathLike | Sequence[str | os.PathLike],
        batch_size: int = 8,
        *,
        intrinsics: Intrinsics | None = None,
        focal_length: FocalLength | None = None,
        lens: LensRule = "auto",
    ) -> np.ndarray | list[np.ndarray]:
        """Depth in metres for images of any size.

        Args:
            images: RGB array `(N, H, W, 3)` or `(H, W, 3)`; uint8 in 0..255 or float in [0, 1],
                which exported artefacts round to uint8. Or a path; or a list of paths and of images
                `(H, W, 3)` of several sizes.
            batch_size: Images that pass through the network at once.
            intrinsics: Of the images' camera, (3, 3) in pixels of the images, or one for each image
                (None where it is not known): metres are brought to it, see `cameras.lens`.
            focal_length: Instead of intrinsics: in image widths or, above 20, in pixels; one for
                all images or one for each.
            lens: "auto" takes the camera that is given, else the one that a path's file tells, its
                EXIF or the `camera-intrinsics.txt` in its folder, as `predict.py` does; `lens_of`
                says which. Where none is known, and for arrays, metres are right for cameras like
                the one that the model learnt from. "ignore" leaves all depth as predicted.

        Returns:
            float32 array `(N, H, W, 1)` or `(H, W, 1)`, metres in `min_depth..max_depth`; for a
            list with paths or several sizes a list of `(H, W, 1)`.

        Raises:
            ValueError: If the shape, dtype or value range is not one of the above, a file cannot
                be read, an artefact takes images of another size only or gives depth of another
                size, or a camera does not fit the images.
            NotFiniteError: If the depth is NaN or infinite somewhere.
        """
        check_lens(lens)
        cameras = given_cameras(intrinsics, focal_length)
        depth = self._predict_any(images, batch_size, lens == "auto" and cameras is None)
        if cameras is None or lens == "ignore":
            return depth
        return cameras.bring(depth, cast("DepthModel", self))

    def lens_of(self, path: str | os.PathLike) -> Lens:
        """What `predict_depth` does for the camera of a photograph, as far as its file tells.

        Args:
            path: The file, or its address in a bucket.

        Returns:
            The factor that depth is multiplied by, where the camera is known from and its
            horizontal field of view; all None where the file does not tell the camera, or the model
            does not know its own.

        Raises:
            ValueError: If the file cannot be read, or its folder's camera does not fit it.
        """
        return self._read_with_lens(path, with_camera=True)[1]

    def _predict_any(
        self,
        images: ArrayLike | os.PathLike | Sequence[str | os.PathLike],
        batch_size: int,
        with_camera: bool,
    ) -> np.ndarray | list[np.ndarray]:
        """`predict_depth` for the cameras of files, or for such as the model learnt from."""
        if is_image_list(images):
            loaded = [self._read_with_lens(image, with_camera) for image in images]
            depths = predict_list(
                lambda part: self._predict_array(check_images(part), batch_size),
                [image for image, _ in loaded],
                batch_size,
            )
            return [lens.bring(depth) for (_, lens), depth in zip(loaded, depths, strict=True)]
        image, lens = self._read_with_lens(images, with_camera)
        given = check_images(image)
        depth = self._predict_array(given[None] if given.ndim == 3 else given, batch_size)
        return lens.bring(depth[0] if given.ndim == 3 else depth)

    def _read_with_lens(
        self,
        image: ArrayLike | os.PathLike | Sequence[str | os.PathLike],
        with_camera: bool,
    ) -> tuple[np.ndarray, Lens]:
        """An image as given, or as read from its file, and what its camera does to depth."""
        if not is_path(image):
            return np.asarray(image), AS_PREDICTED
        # Not above: networks work on arrays where neither OpenCV nor Pillow is installed.
        from densedepth_tf.geometry.cameras.photograph_file import opened_image
        from densedepth_tf.geometry.lens_of_image import WHAT_FILES_TELL, lens_of_image

        with opened_image(image) as (pixels, file):
            if not with_camera:
                return pixels, AS_PREDICTED
            try:
                model = cast("DepthModel", self)
                return pixels, lens_of_image(model, WHAT_FILES_TELL, pixels.shape[:2], file)
            except ValueError as error:
                raise ValueError(f"{error} Or leave depth as predicted: `lens='ignore'`") from error

    def _predict_array(self, images: np.ndarray, batch_size: int) -> np.ndarray:
        """float32 depth (N, H, W, 1), finite, of images (N, H, W, 3), uint8 or float in [0, 1]."""
        raise NotImplementedError
