"""Images in, depth in metres out: what models and exported artefacts take alike."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast, overload

import numpy as np
from numpy.typing import ArrayLike

from densedepth_tf.geometry.given_cameras import FocalLength, Intrinsics, given_cameras
from densedepth_tf.geometry.image_lists import image_array, is_image_list, predict_list
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
    ) -> np.ndarray: ...

    @overload
    def predict_depth(
        self,
        images: Sequence[str | os.PathLike],
        batch_size: int = 8,
        *,
        intrinsics: Intrinsics | None = None,
        focal_length: FocalLength | None = None,
    ) -> list[np.ndarray]: ...

    def predict_depth(
        self,
        images: ArrayLike | os.PathLike | Sequence[str | os.PathLike],
        batch_size: int = 8,
        *,
        intrinsics: Intrinsics | None = None,
        focal_length: FocalLength | None = None,
    ) -> np.ndarray | list[np.ndarray]:
        """Depth in metres for images of any size.

        Args:
            images: RGB array `(N, H, W, 3)` or `(H, W, 3)`; uint8 in 0..255 or float in [0, 1],
                which exported artefacts round to uint8. Or a path; or a list of paths and of images
                `(H, W, 3)` of several sizes.
            batch_size: Images that pass through the network at once.
            intrinsics: Of the images' camera, (3, 3) in pixels of the images, or one for each image
                (None where it is not known): metres are brought to it, see `cameras.lens`. By
                default metres are right for cameras like the one that the model learnt from.
            focal_length: Instead of intrinsics: in image widths or, above 20, in pixels; one for
                all images or one for each.

        Returns:
            float32 array `(N, H, W, 1)` or `(H, W, 1)`, metres in `min_depth..max_depth`; for a
            list with paths or several sizes a list of `(H, W, 1)`.

        Raises:
            ValueError: If the shape, dtype or value range is not one of the above, a file cannot
                be read, an artefact takes images of another size only or gives depth of another
                size, or a camera does not fit the images.
            NotFiniteError: If the depth is NaN or infinite somewhere.
        """
        cameras = given_cameras(intrinsics, focal_length)
        depth = self._predict_any(images, batch_size)
        return depth if cameras is None else cameras.bring(depth, cast("DepthModel", self))

    def _predict_any(
        self, images: ArrayLike | os.PathLike | Sequence[str | os.PathLike], batch_size: int
    ) -> np.ndarray | list[np.ndarray]:
        """`predict_depth` for cameras like the one that the model learnt from."""
        if is_image_list(images):
            return predict_list(lambda part: self.predict_depth(part), images, batch_size)
        given = check_images(image_array(images))
        depth = self._predict_array(given[None] if given.ndim == 3 else given, batch_size)
        return depth[0] if given.ndim == 3 else depth

    def _predict_array(self, images: np.ndarray, batch_size: int) -> np.ndarray:
        """float32 depth (N, H, W, 1), finite, of images (N, H, W, 3), uint8 or float in [0, 1]."""
        raise NotImplementedError
