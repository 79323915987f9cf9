"""A folder of one's own frames as a sequence, e.g. a 7-Scenes sequence."""

import re
from pathlib import Path

import numpy as np

from densedepth_tf.data.depth_file import read_depth
from densedepth_tf.data.frame_sequence import FrameSequence
from densedepth_tf.data.image_file import read_image
from densedepth_tf.data.intrinsics_source import IntrinsicsSource, intrinsics_fit
from densedepth_tf.data.picture_opener import open_picture
from densedepth_tf.data.poses_file import read_pose
from densedepth_tf.data.sample import BadSampleError
from densedepth_tf.geometry.exif_intrinsics import ORIENTATION
from densedepth_tf.geometry.intrinsics import check_intrinsics

INTRINSICS_FILE = "camera-intrinsics.txt"
_COLOR = re.compile(r"\.color$", re.IGNORECASE)


class FrameFolder(FrameSequence):
    """Pictures in one folder in the order of their names, numbers by value (9 before 10).

    Args:
        root: What frame names are relative to.
        images: The pictures' names relative to `root`, all in one folder.
        depths: The depth map of each picture that has one.
        camera: The camera; None reads `camera-intrinsics.txt` (3 rows of 3 numbers, pixels of the
            frames) in the pictures' folder or one above, up to `root`, else the first one's EXIF.
        every: Every N-th picture only.
        depth_scale: Metres per stored unit of depth maps; by default the bit depth decides.

    Raises:
        ValueError: If there is but one picture, pictures differ in size, or the camera is not
            known or does not fit them.
        OSError: If a file cannot be read.
    """

    frame_rate = None

    def __init__(
        self,
        root: Path,
        images: list[str],
        depths: dict[str, str],
        camera: IntrinsicsSource | None = None,
        *,
        every: int = 1,
        depth_scale: float | None = None,
    ):
        self._root, self._depths, self._depth_scale = root, depths, depth_scale
        self._images = sorted(images, key=_natural)[::every]
        folder = Path(self._images[0]).parent
        self.name = folder.as_posix() if folder.parts else root.resolve().name
        self.title = str(root / folder)
        self.numbers = range(len(self._images))
        if len(self._images) < 2:
            raise ValueError(f"'{self.title}' has one frame only; a sequence needs several.")
        self.image_size = self._common_size()
        first = root / self._images[0]
        if camera is None:
            self._matrix = _read_intrinsics(root, first, self.image_size)
        else:
            self._matrix = camera.of_picture(self.image_size, first).intrinsics
        self.poses = self._read_poses()

    def has_frame(self, number: int) -> bool:
        return 0 <= number < len(self._images)

    def frame_name(self, number: int) -> str:
        if not self.has_frame(number):
            return f"{self.name}/{number}"
        return self._images[number]

    def read_image(self, number: int) -> np.ndarray:
        if not self.has_frame(number):
            raise BadSampleError(f"There is no frame {number} in '{self.title}'.")
        return read_image(self._root / self._images[number])

    def intrinsics(self, image_size: tuple[int, int]) -> np.ndarray:
        return self._matrix

    def has_depth(self, number: int) -> bool:
        return self.has_frame(number) and self._images[number] in self._depths

    def read_depth(self, number: int, image_size: tuple[int, int]) -> np.ndarray:
        if not self.has_depth(number):
            raise BadSampleError(f"'{self._root / self.frame_name(number)}' has no depth map.")
        return read_depth(self._root / self._depths[self._images[number]], self._depth_scale)

    def _common_size(self) -> tuple[int, int]:
        sizes = {name: _picture_size(self._root / name) for name in self._images}
        first = next((name for name in self._images if sizes[name]), None)
        if first is None:
            raise ValueError(f"Not one frame of '{self.title}' is a picture: {self._images[0]}.")
        for name, size in sizes.items():
            if size not in (None, sizes[first]):
                raise ValueError(
                    f"Frames of '{self.title}' differ in size: '{first}' is "
                    f"{sizes[first][0]}x{sizes[first][1]}, '{name}' is {size[0]}x{size[1]} "
                    "(height x width)."
                )
        return sizes[first]

    def _read_poses(self) -> dict[int, np.ndarray]:
        paths = {
            number: path.with_name(f"{_COLOR.sub('', path.stem)}.pose.txt")
            for number, path in enumerate(self._root / name for name in self._images)
        }
        return {number: read_pose(path) for number, path in paths.items() if path.is_file()}


def _picture_size(path: Path) -> tuple[int, int] | None:
    """(height, width) of the upright picture, from its header; None if it cannot be read."""
    try:
        with open_picture(path) as picture:
            turned = picture.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
            return picture.size if turned else picture.size[::-1]
    except Exception:  # Pillow raises whatever the damage leads it to; reading names the file.
        return None


def _read_intrinsics(root: Path, picture: Path, image_size: tuple[int, int]) -> np.ndarray:
    places = list(picture.parents)
    places = places[: places.index(root) + 1]
    path = next((p / INTRINSICS_FILE for p in places if (p / INTRINSICS_FILE).is_file()), None)
    if path is None:
        from_exif = IntrinsicsSource().of_picture(image_size, picture)
        if not from_exif.assumed:
            return from_exif.intrinsics
        raise ValueError(
            f"The camera of '{picture.parent}' is not known: pass --intrinsics fx,fy,cx,cy, "
            f"--hfov DEG or --camera, or add {INTRINSICS_FILE}."
        )
    try:
        matrix = check_intrinsics(np.loadtxt(path, ndmin=2)).astype(np.float32)
    except ValueError as error:
        raise ValueError(f"'{path}' is no 3x3 camera matrix: {error}") from error
    if not intrinsics_fit(matrix, image_size):
        raise ValueError(
            f"The camera of '{path}' does not fit frames of {image_size[0]}x{image_size[1]}: its "
            f"principal point is {matrix[0, 2]:g},{matrix[1, 2]:g} and its focal length "
            f"{matrix[0, 0]:g} pixels. Were the frames resized?"
        )
    return matrix


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """A key that sorts numbers inside names by their value."""
    parts = re.split(r"(\d+)", name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]
