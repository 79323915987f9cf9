"""A folder of one's own frames as a sequence, e.g. a 7-Scenes sequence."""

import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
from typing_extensions import override

from densedepth_tf.data.sequences.frame_names import Snippet
from densedepth_tf.data.sequences.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.files.arrays.poses_file import read_pose
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.files.images.image_opener import ORIENTATION, open_image
from densedepth_tf.geometry.cameras.camera_file import (
    INTRINSICS_FILE,
    INTRINSICS_FILES,
    read_camera_file,
)
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource

# Frames further apart than so many times the usual distance are no neighbours.
MAX_STEP = Decimal("1.5")
_COLOR = re.compile(r"\.color$", re.IGNORECASE)


class FrameFolder(FrameSequence):
    """Images that were taken one after the other, in one folder, by the numbers in their names.

    Numbers of neighbours differ by the usual step, the median of all: 1, 5 where every fifth frame
    was saved, 0.05 where they are times. Where they differ by more than 1.5 steps frames are
    missing, and those on either side are no neighbours.

    Args:
        root: What frame names are relative to.
        name: What split lines call the sequence.
        snippet: The images, by their paths relative to `root`.
        depths: The depth map of each image that has one.
        camera: The camera; None reads `camera-intrinsics.txt` or `cam.txt` (`read_camera_file`) in
            the images' folder or one above, up to `root`, else the first one's EXIF.
        every: Every N-th image only; neighbours are N images apart.
        depth_scale: Metres per stored unit of depth maps; by default the bit depth decides.

    Attributes:
        images: The images' paths relative to `root`, by their numbers.

    Raises:
        ValueError: If there is but one image, images differ in size, or the camera is not
            known or does not fit them.
        OSError: If a file cannot be read.
    """

    frame_rate = None

    def __init__(
        self,
        root: Path,
        name: str,
        snippet: Snippet,
        depths: dict[str, str],
        camera: IntrinsicsSource | None = None,
        *,
        every: int = 1,
        depth_scale: float | None = None,
    ):
        self._root, self._depths, self._depth_scale = root, depths, depth_scale
        self.images, self.name, self.every = snippet.frames, name, every
        ordered = list(self.images.values())
        folder = Path(ordered[0]).parent
        shown = folder if name in (folder.as_posix(), root.resolve().name) else Path(name)
        self.title = str(root / shown)
        if len(ordered) < 2:
            raise ValueError(f"'{self.title}' has one frame only; a sequence needs several.")
        self._step, self._runs = _unbroken_runs(snippet)
        self._counted = all(
            isinstance(number, int) and number == time for number, time in snippet.times.items()
        )
        self._places = {n: (run, i) for run in self._runs for i, n in enumerate(run)}
        self.numbers = [number for run in self._runs for number in run[::every]]
        self.image_size = self._common_size()
        first = root / ordered[0]
        if camera is None:
            self._matrix = _read_intrinsics(root, first, self.image_size)
        else:
            self._matrix = camera.of_image(self.image_size, first).intrinsics
        self.poses = self._read_poses()

    @override
    def has_frame(self, number: FrameNumber) -> bool:
        return number in self.images

    @override
    def neighbour(self, number: FrameNumber, offset: int) -> FrameNumber | None:
        if number not in self._places:
            return None
        run, place = self._places[number]
        there = place + offset * self.every
        if 0 <= there < len(run):
            return run[there]
        # Beyond a gap only counted frames tell how many are missing.
        beyond = number + offset * self.every * self._step
        return int(beyond) if self._counted and beyond in self.images else None

    @override
    def num_gaps(self) -> int:
        return len(self._runs) - 1

    @override
    def frame_name(self, number: FrameNumber) -> str:
        if not self.has_frame(number):
            return f"{self.name}/{number}"
        return self.images[number]

    @override
    def read_image(self, number: FrameNumber) -> np.ndarray:
        if not self.has_frame(number):
            raise BadSampleError(f"There is no frame {number} in '{self.title}'.")
        return read_image(self._root / self.images[number])

    @override
    def intrinsics(self, image_size: tuple[int, int]) -> np.ndarray:
        return self._matrix

    @override
    def has_depth(self, number: FrameNumber) -> bool:
        return self.has_frame(number) and self.images[number] in self._depths

    @override
    def read_depth(self, number: FrameNumber, image_size: tuple[int, int]) -> np.ndarray:
        if not self.has_depth(number):
            raise BadSampleError(f"'{self._root / self.frame_name(number)}' has no depth map.")
        return read_depth(self._root / self._depths[self.images[number]], self._depth_scale)

    def _common_size(self) -> tuple[int, int]:
        names = list(self.images.values())
        found = {name: _size_of_image(self._root / name) for name in names}
        sizes = {name: size for name, size in found.items() if size is not None}
        if not sizes:
            raise ValueError(f"Not one frame of '{self.title}' is an image: {names[0]}.")
        first, (height, width) = next(iter(sizes.items()))
        for name, size in sizes.items():
            if size != (height, width):
                raise ValueError(
                    f"Frames of '{self.title}' differ in size: '{first}' is {height}x{width}, "
                    f"'{name}' is {size[0]}x{size[1]} (height x width)."
                )
        return height, width

    def _read_poses(self) -> dict[FrameNumber, np.ndarray]:
        images = {number: self._root / name for number, name in self.images.items()}
        paths = {
            number: path.with_name(f"{_COLOR.sub('', path.stem)}.pose.txt")
            for number, path in images.items()
        }
        return {number: read_pose(path) for number, path in paths.items() if path.is_file()}


def _size_of_image(path: Path) -> tuple[int, int] | None:
    """(height, width) of the upright image, from its header; None if it cannot be read."""
    try:
        with open_image(path) as image:
            turned = image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
            return image.size if turned else image.size[::-1]
    except Exception:  # Pillow raises whatever the damage leads it to; reading names the file.
        return None


def _read_intrinsics(root: Path, image: Path, image_size: tuple[int, int]) -> np.ndarray:
    places = list(image.parents)
    places = places[: places.index(root) + 1]
    files = (place / name for place in places for name in INTRINSICS_FILES)
    path = next((file for file in files if file.is_file()), None)
    if path is None:
        from_exif = IntrinsicsSource().of_image(image_size, image)
        if not from_exif.assumed:
            return from_exif.intrinsics
        raise ValueError(
            f"The camera of '{image.parent}' is not known: pass `intrinsics` fx,fy,cx,cy, "
            f"`hfov` DEG or `preset`, or add {INTRINSICS_FILE}."
        )
    return read_camera_file(path, image_size)


def _unbroken_runs(snippet: Snippet) -> tuple[Decimal, list[list[FrameNumber]]]:
    """The usual step from one frame to the next, and the frames cut where steps are longer."""
    numbers = list(snippet.frames)
    steps = sorted(snippet.times[b] - snippet.times[a] for a, b in pairwise(numbers))
    usual = steps[(len(steps) - 1) // 2]
    runs = [numbers[:1]]
    for before, number in pairwise(numbers):
        if snippet.times[number] - snippet.times[before] > MAX_STEP * usual:
            runs.append([])
        runs[-1].append(number)
    return usual, runs
