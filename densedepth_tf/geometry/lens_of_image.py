"""Metres for the camera that took a photograph, where it is known."""

import os

from densedepth_tf.geometry.cameras.intrinsics import horizontal_fov
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.geometry.cameras.lens import AS_PREDICTED, Lens
from densedepth_tf.geometry.depth_model import DepthModel, lens_factor_of

WHAT_FILES_TELL = IntrinsicsSource()  # of their cameras; nothing else is known of these


def lens_of_image(
    model: DepthModel,
    cameras: IntrinsicsSource | None,
    image_size: tuple[int, int],
    path: str | os.PathLike | None = None,
) -> Lens:
    """What the camera of an image does to a model's depth of it.

    Args:
        model: One that does not know its own camera leaves depth as it is.
        cameras: Where the image's camera is known from; an assumed one counts for nothing. None
            leaves depth as it is.
        image_size: (height, width) of the upright image.
        path: Its file; None if there is none.

    Raises:
        ValueError: If the given intrinsics do not fit an image of this size.
    """
    if cameras is None or model.focal_length is None:
        return AS_PREDICTED
    camera = cameras.of_image(image_size, path)
    if camera.assumed:
        return AS_PREDICTED
    factor = lens_factor_of(model, camera.intrinsics, image_size)
    return Lens(factor, camera.origin, horizontal_fov(camera.intrinsics, image_size))
