"""Cameras of one's own frames as files: `camera-intrinsics.txt`, or SC-SfMLearner's `cam.txt`."""

import io
import os
from pathlib import Path

import numpy as np

from densedepth_tf.files.suffixes import VIDEO_SUFFIXES
from densedepth_tf.files.text_file import read_text
from densedepth_tf.geometry.cameras.intrinsics import check_intrinsics
from densedepth_tf.geometry.cameras.intrinsics_size import (
    are_shares,
    intrinsics_fit,
    intrinsics_from_shares,
    size_of_others,
)

INTRINSICS_FILE = "camera-intrinsics.txt"
INTRINSICS_FILES = (INTRINSICS_FILE, "cam.txt")
CAMERA_OF_RECORD = "its record"  # beside an image while it is taken out of one


def camera_file_of(image: str | os.PathLike) -> Path | None:
    """The file with the camera of an image, which lies in its folder; None if there is none."""
    image = Path(image)
    if not image.is_file() or image.suffix.lower() in VIDEO_SUFFIXES:
        return None
    files = (image.parent / name for name in (*INTRINSICS_FILES, CAMERA_OF_RECORD))
    return next((file for file in files if file.is_file()), None)


def read_camera_file(path: str | os.PathLike, image_size: tuple[int, int]) -> np.ndarray:
    """Reads the intrinsics of images of (height, width).

    The file holds 3 rows of 3 numbers, apart by spaces or commas; all 9 in one row, or the 4x4
    that ScanNet writes, will do. They are pixels of these images, or shares of width and height.

    Returns:
        float32 (3, 3), pixels.

    Raises:
        ValueError: If it holds no such matrix, or that of images of another size.
        OSError: If it cannot be read.
    """
    try:
        matrix = check_intrinsics(_parse(read_text(path))).astype(np.float32)
    except ValueError as error:
        raise ValueError(
            f"'{path}' is no 3x3 camera matrix, three rows of numbers: fx 0 cx, 0 fy cy and 0 0 1, "
            f"to be copied from calibrations of other formats: {error}"
        ) from error
    (fx, _, cx), (_, fy, cy), _ = matrix.tolist()
    if are_shares(fx, fy, cx, cy):
        return intrinsics_from_shares(fx, fy, cx, cy, image_size)
    if not intrinsics_fit(matrix, image_size) or size_of_others(matrix, image_size) is not None:
        raise ValueError(
            f"The camera of '{path}' does not fit frames of {image_size[0]}x{image_size[1]}: its "
            f"principal point is {cx:g},{cy:g} and its focal length {fx:g} pixels. Were the frames "
            f"resized? Then pass `intrinsics` {fx:g},{fy:g},{cx:g},{cy:g} and `intrinsics_size` "
            f"HxW, the size that it was calibrated for ({image_size[0]}x{image_size[1]} if it is "
            "right as it is)."
        )
    return matrix


def _parse(text: str) -> np.ndarray:
    if not text.strip():
        raise ValueError("it is empty")
    numbers = np.loadtxt(io.StringIO(text.replace(",", " ")), ndmin=2)
    if numbers.shape == (1, 9):
        return numbers.reshape(3, 3)
    if numbers.shape == (4, 4) and np.array_equal(numbers, _padded(numbers[:3, :3])):
        return numbers[:3, :3]
    return numbers


def _padded(matrix: np.ndarray) -> np.ndarray:
    padded = np.eye(4)
    padded[:3, :3] = matrix
    return padded
