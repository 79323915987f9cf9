"""A photograph's file: its pixels for prediction, and what lies beside it of its camera."""

import contextlib
import os
from collections.abc import Iterator

import numpy as np

from densedepth_tf.files.bucket import Bucket, BucketFile, is_bucket
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.files.staged_file import Stage, StagedFile
from densedepth_tf.geometry.cameras.camera_file import INTRINSICS_FILES


def read_input_image(path: str | os.PathLike, name: str | None = None) -> np.ndarray:
    """Reads an image of any kind as uint8 (H, W, 3) RGB, upright.

    Of JPEGs that are too large to be taken whole, a smaller version is read, with a warning. A
    single pixel, as web pages hide in them, is refused: it has no depth to see.

    Args:
        path: The file, or its address in a bucket.
        name: What to call it in messages; the path by default.

    Raises:
        ValueError: If it cannot be opened, is no image, is damaged, too large or too small.
    """
    image = read_image(path, name, shrink=True)
    if image.shape[:2] == (1, 1):
        raise ValueError(f"'{name or os.fspath(path)}' is too small: it is a single pixel")
    return image


@contextlib.contextmanager
def opened_image(path: str | os.PathLike) -> Iterator[tuple[np.ndarray, str | os.PathLike]]:
    """An image as `read_input_image` reads it, and the file on this machine with all it tells.

    Args:
        path: The file, or its address in a bucket; that is brought here for the `with` block.

    Raises:
        ValueError, OSError: As `read_input_image`, and if the bucket is not reached or refuses.
    """
    if not is_bucket(path):
        yield read_input_image(path), path
        return
    staged = staged_image(os.fspath(path))
    staged.bring()
    try:
        yield read_input_image(staged.path, staged.title), staged.path
    finally:
        staged.release()


def staged_image(address: str) -> StagedFile:
    """An image in a bucket, and the camera of its folder.

    Raises:
        ValueError: If there is none, or its name is no file name.
        OSError: If the bucket is not reached or refuses.
    """
    bucket, stage = Bucket(address), Stage()
    file = bucket.file(address)
    if file is None or not is_file_name(file.name):
        raise ValueError(f"Cannot read '{address}': there is no such file")
    return staged_with_camera(file, bucket, stage)


def staged_with_camera(file: BucketFile, bucket: Bucket, stage: Stage) -> StagedFile:
    """An image in a bucket as it is brought here, with the camera of its folder."""
    folder = file.address.rpartition("/")[0]
    beside = (bucket.file(f"{folder}/{name}") for name in INTRINSICS_FILES)
    cameras = tuple(other for other in beside if other is not None)
    return StagedFile(stage.place(file.name), stage, file, bucket, cameras)


def is_file_name(name: str) -> bool:
    """Whether an object's name may be that of a file: outputs are called like it."""
    parts = name.split("/")
    return not any(
        part in ("", ".", "..") or "\\" in part or not part.isprintable() for part in parts
    )
