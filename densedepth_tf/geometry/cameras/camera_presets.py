"""Cameras known by name."""

from dataclasses import dataclass

import numpy as np

from densedepth_tf.geometry.cameras.intrinsics import (
    NYU_CX,
    NYU_CY,
    NYU_FX,
    NYU_FY,
    NYU_IMAGE_SIZE,
    intrinsics_matrix,
    resize_whole,
)


@dataclass(frozen=True)
class CameraPreset:
    """A camera's intrinsics at one image size.

    Attributes:
        focal: (fx, fy) in pixels.
        centre: (cx, cy) in pixels, the top left pixel's centre being (0, 0).
        image_size: (height, width) that they belong to.
    """

    focal: tuple[float, float]
    centre: tuple[float, float]
    image_size: tuple[int, int]


CAMERA_PRESETS = {
    # The Kinect of NYU Depth v2, from the data set's toolbox.
    "nyu": CameraPreset((NYU_FX, NYU_FY), (NYU_CX, NYU_CY), NYU_IMAGE_SIZE),
    # The Kinect of the 7-Scenes sequences, as their page gives it.
    "7scenes": CameraPreset((585.0, 585.0), (320.0, 240.0), (480, 640)),
    # KITTI's rectified left colour camera (P_rect_02 of 2011_09_26).
    "kitti": CameraPreset((721.5377, 721.5377), (609.5593, 172.854), (375, 1242)),
}


def preset_intrinsics(name: str, image_size: tuple[int, int]) -> np.ndarray:
    """The float32 (3, 3) intrinsics of a preset, for images resized to (height, width).

    Raises:
        ValueError: If there is no such preset, or the image has another shape than the camera's
            and so is not one of its images as a whole.
    """
    if name not in CAMERA_PRESETS:
        raise ValueError(
            f"Camera presets (`preset`) are {', '.join(CAMERA_PRESETS)}. Received: '{name}'"
        )
    preset = CAMERA_PRESETS[name]
    return resize_whole(
        intrinsics_matrix(*preset.focal, *preset.centre), preset.image_size, image_size
    )
