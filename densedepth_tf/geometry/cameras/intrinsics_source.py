"""Where the intrinsics of an image come from: flags, the file's EXIF, or an assumption."""

import os
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from densedepth_tf.files.images.image_opener import ORIENTATION, open_image
from densedepth_tf.geometry.cameras.camera_file import camera_file_of, read_camera_file
from densedepth_tf.geometry.cameras.camera_presets import CAMERA_PRESETS, preset_intrinsics
from densedepth_tf.geometry.cameras.exif_intrinsics import intrinsics_from_exif
from densedepth_tf.geometry.cameras.intrinsics import (
    check_intrinsics,
    intrinsics_from_fov,
    intrinsics_matrix,
    rescale_intrinsics,
    resize_whole,
    same_shape,
)
from densedepth_tf.geometry.cameras.intrinsics_size import (
    MAX_RAY_ANGLE,
    are_shares,
    intrinsics_fit,
    intrinsics_from_shares,
    size_of_others,
)

# Degrees across the longer side: the Kinect of NYU Depth v2, and close to a phone's main camera.
ASSUMED_FOV = 63.0
_EXIF_DIRECTORY = 0x8769


@dataclass(frozen=True)
class ImageIntrinsics:
    """The intrinsics of one image.

    Attributes:
        intrinsics: float32 (3, 3), in pixels of the upright image.
        origin: Where they come from, in a few words.
        assumed: Nothing was known: the field of view is `ASSUMED_FOV`.
    """

    intrinsics: np.ndarray
    origin: str
    assumed: bool = False


@dataclass(frozen=True)
class IntrinsicsSource:
    """Intrinsics for images: the first that is known.

    That is what is given here, EXIF, the `camera-intrinsics.txt` or `cam.txt` in the image's
    folder, as sequences have it, or else 63 degrees across the longer side.

    At most one of `intrinsics`, `hfov` and `preset` is given; it holds for every image.

    Args:
        intrinsics: (fx, fy, cx, cy) in pixels of the upright image, or in shares of its width
            and height (Monodepth2's 0.58, 1.92, 0.5, 0.5), which are known by their size.
        intrinsics_size: (height, width) of the images that `intrinsics` belong to; they are
            scaled to others of that shape. None: of every image as it is.
        hfov: Degrees from the left to the right border.
        preset: A name of `CAMERA_PRESETS`.
        pixel_aspect: Width of a pixel over its height, of anamorphic video. `intrinsics` are of
            the pixels as they are and stay.

    Raises:
        ValueError: If a number is out of its range, or more than one source is given.
    """

    intrinsics: tuple[float, float, float, float] | None = None
    intrinsics_size: tuple[int, int] | None = None
    hfov: float | None = None
    preset: str | None = None
    pixel_aspect: float | Fraction = 1

    def __post_init__(self) -> None:
        ways = {"`intrinsics`": self.intrinsics, "`hfov`": self.hfov, "`preset`": self.preset}
        given = [name for name, value in ways.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"Give the camera in one way. Received: {' and '.join(given)}")
        if self.intrinsics is not None:
            if len(self.intrinsics) != 4:
                raise ValueError(f"Intrinsics are fx,fy,cx,cy. Received: {self.intrinsics}")
            check_intrinsics(intrinsics_matrix(*self.intrinsics))
        elif self.intrinsics_size is not None:
            raise ValueError(
                f"`intrinsics_size` needs `intrinsics`. Received: {self.intrinsics_size}"
            )
        if self.hfov is not None:
            intrinsics_from_fov(self.hfov, (1, 1))
            if self.hfov > 2 * MAX_RAY_ANGLE:
                raise ValueError(
                    f"`hfov` is at most {2 * MAX_RAY_ANGLE:g} degrees: wider lenses are no pinhole "
                    f"cameras. Received: {self.hfov:g}"
                )
        if self.preset is not None and self.preset not in CAMERA_PRESETS:
            preset_intrinsics(self.preset, (1, 1))

    @property
    def is_given(self) -> bool:
        """Whether the camera is given here, the same for every image."""
        return any(way is not None for way in (self.intrinsics, self.hfov, self.preset))

    def of_image(
        self, image_size: tuple[int, int], path: str | os.PathLike | None = None
    ) -> ImageIntrinsics:
        """The intrinsics of an image.

        Args:
            image_size: (height, width) of the upright image.
            path: Its file, for EXIF and the folder's camera; None if there is none.

        Raises:
            ValueError: If the given intrinsics, or the folder's, do not fit an image of this size.
            OSError: If the folder's cannot be read.
        """
        if self.intrinsics is not None:
            return ImageIntrinsics(self._given(self.intrinsics, image_size), "given")
        if self.pixel_aspect != 1:
            shown = image_size[0], max(1, round(image_size[1] * self.pixel_aspect))
            square = replace(self, pixel_aspect=1).of_image(shown, path)
            matrix = rescale_intrinsics(square.intrinsics, shown, image_size)
            return replace(square, intrinsics=matrix)
        if self.hfov is not None:
            return ImageIntrinsics(
                intrinsics_from_fov(self.hfov, image_size), "given field of view"
            )
        if self.preset is not None:
            return ImageIntrinsics(
                preset_intrinsics(self.preset, image_size), f"preset {self.preset}"
            )
        from_exif = None if path is None else read_exif_intrinsics(path, image_size)
        if from_exif is not None:
            return ImageIntrinsics(from_exif, "EXIF")
        file = None if path is None else camera_file_of(path)
        if file is not None:
            return ImageIntrinsics(read_camera_file(file, image_size), file.name)
        return ImageIntrinsics(
            assumed_intrinsics(image_size), f"assumed {ASSUMED_FOV:g} degrees", True
        )

    def _given(
        self, numbers: tuple[float, float, float, float], image_size: tuple[int, int]
    ) -> np.ndarray:
        if are_shares(*numbers):
            return intrinsics_from_shares(*numbers, image_size)
        matrix = intrinsics_matrix(*numbers)
        if self.intrinsics_size is not None:
            matrix = resize_whole(matrix, self.intrinsics_size, image_size)
        if not intrinsics_fit(matrix, image_size):
            raise ValueError(
                f"The intrinsics do not fit an image of {image_size[0]}x{image_size[1]}: cx, cy "
                f"lie outside of it, or it would see further than {MAX_RAY_ANGLE:g} degrees off "
                "the axis. They are in pixels; if they belong to another size, pass it "
                "(`intrinsics_size` HxW). "
                f"Received: {','.join(f'{value:g}' for value in numbers)}"
            )
        other = size_of_others(matrix, image_size) if self.intrinsics_size is None else None
        if other is not None:
            raise ValueError(
                f"The intrinsics do not fit an image of {image_size[0]}x{image_size[1]}: by their "
                f"principal point they belong to one of about {other[0]}x{other[1]}. Pass their "
                f"size (`intrinsics_size` HxW; {image_size[0]}x{image_size[1]} if they are right "
                f"as they are). Received: {','.join(f'{value:g}' for value in numbers)}"
            )
        return matrix


def assumed_intrinsics(image_size: tuple[int, int]) -> np.ndarray:
    """float32 (3, 3) with `ASSUMED_FOV` degrees across the longer side of (height, width)."""
    focal = float(intrinsics_from_fov(ASSUMED_FOV, (1, max(image_size)))[0, 0])
    height, width = image_size
    return intrinsics_matrix(focal, focal, (width - 1) / 2, (height - 1) / 2)


def read_exif_intrinsics(path: str | os.PathLike, image_size: tuple[int, int]) -> np.ndarray | None:
    """Intrinsics from a photograph's EXIF, in pixels of the upright image of (height, width).

    Returns:
        float32 (3, 3), or None if the file does not tell; damaged EXIF does not tell.
    """
    try:
        with open_image(path) as image:
            exif = image.getexif()
            orientation, stored = exif.get(ORIENTATION, 1), image.size[::-1]
            if not same_shape(_upright(stored, orientation), image_size):
                orientation = 1  # Pillow knows one of XMP's, too, by which no image is turned.
            intrinsics = intrinsics_from_exif(exif.get_ifd(_EXIF_DIRECTORY), stored, orientation)
    except Exception:  # Pillow raises whatever the damage leads it to.
        return None
    if intrinsics is None:
        return None
    upright = _upright(stored, orientation)
    if not same_shape(upright, image_size):
        return None
    return rescale_intrinsics(intrinsics, upright, image_size)


def _upright(stored: tuple[int, int], orientation: int) -> tuple[int, int]:
    return stored[::-1] if orientation in (5, 6, 7, 8) else stored
