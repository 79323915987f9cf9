"""One drive of KITTI raw, seen by one camera."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
from typing_extensions import override

from densedepth_tf.data.kitti.calibration import KittiCalibration
from densedepth_tf.data.kitti.lidar_projection import LidarDistance, project_lidar, read_velodyne
from densedepth_tf.data.sequences.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.images.image_file import read_image

# Stored values of KITTI's improved ground truth and benchmark, in metres.
KITTI_DEPTH_SCALE = 1 / 256
_FRAME = re.compile(r"(\d+)\.(jpg|jpeg|png)", re.IGNORECASE)
# Below one of these lie the folders of drives, where the depth maps are not among the raw data.
_DEPTH_ROOTS = ("", "train", "val", "data_depth_annotated/train", "data_depth_annotated/val")

Truth = Literal["lidar", "improved"]


class NumberedImages:
    """The images `0000000069.jpg` or `.png` in a folder, by their numbers.

    Args:
        folder: The folder; without it there are none.
        root: What the images' names are relative to.
    """

    def __init__(self, folder: Path, root: Path):
        self.folder, self._root = folder, root
        self._files: dict[FrameNumber, str] = {}
        if folder.is_dir():
            for name in sorted(os.listdir(folder), reverse=True):  # JPEG wins over PNG
                if match := _FRAME.fullmatch(name):
                    self._files[int(match[1])] = name

    def __contains__(self, number: FrameNumber) -> bool:
        return number in self._files

    def numbers(self) -> list[int]:
        """The numbers there are, ascending."""
        return sorted(int(number) for number in self._files)

    def name(self, number: FrameNumber) -> str:
        """The image's path relative to the root."""
        name = self._files.get(number, f"{number:010d}.png")
        return (self.folder / name).relative_to(self._root).as_posix()

    def read(self, number: FrameNumber) -> np.ndarray:
        """Reads an image, uint8 (H, W, 3) RGB.

        Raises:
            BadSampleError: If it is missing or damaged.
        """
        if number not in self._files:
            raise BadSampleError(f"There is no frame {number} in '{self.folder}'.")
        return read_image(self.folder / self._files[number])


class KittiDrive(FrameSequence):
    """A drive of KITTI raw: `date/drive/image_02/data/0000000000.png` and so on.

    The left camera is 02, the right one 03; of a drive without colour, 00 and 01.

    Args:
        root: The folder of the dates.
        name: `date/drive`.
        side: "l" or "r".
        calibration: Of the date.
        truth: Which depth is true: "lidar", the scan projected, or "improved", KITTI's
            accumulated depth maps.
        lidar_distance: What "lidar" measures; see `lidar_projection.LidarDistance`.
        depth_root: Where the folders of the improved depth maps are; by default in `root`.

    Raises:
        ValueError: If the drive has no images of that camera.
    """

    frame_rate = 10.0

    def __init__(
        self,
        root: Path,
        name: str,
        side: str,
        calibration: KittiCalibration,
        *,
        truth: Truth = "lidar",
        lidar_distance: LidarDistance = "camera",
        depth_root: Path | None = None,
    ):
        self.name, self.side, self._calibration = name, side, calibration
        self.poses = {}
        drive = root / name
        colour = (drive / "image_02").is_dir() or (drive / "image_03").is_dir()
        left, right = (2, 3) if colour else (0, 1)
        self.camera, partner = (left, right) if side == "l" else (right, left)
        self.title = str(drive / f"image_{self.camera:02}" / "data")
        self._images = NumberedImages(Path(self.title), root)
        self._partners = NumberedImages(drive / f"image_{partner:02}" / "data", root)
        self.numbers = self._images.numbers()
        if not self.numbers:
            raise ValueError(f"There are no frames (0000000000.jpg or .png) in '{self.title}'.")
        if self._partners.numbers() and partner in calibration.projections:
            self.stereo_transform = calibration.stereo_transform(self.camera, partner)
        self._distance = lidar_distance
        self._scans = drive / "velodyne_points" / "data"
        self._truth = truth
        self._improved = _improved_folder(root, depth_root or root, name, self.camera)

    @override
    def has_frame(self, number: FrameNumber) -> bool:
        return number in self._images

    @override
    def frame_name(self, number: FrameNumber) -> str:
        return self._images.name(number)

    @override
    def read_image(self, number: FrameNumber) -> np.ndarray:
        return self._images.read(number)

    @override
    def intrinsics(self, image_size: tuple[int, int]) -> np.ndarray:
        return self._of_calibration(lambda c: c.intrinsics(self.camera, image_size))

    @override
    def has_stereo(self, number: FrameNumber) -> bool:
        return self.stereo_transform is not None and number in self._partners

    @override
    def read_stereo_image(self, number: FrameNumber) -> np.ndarray:
        return self._partners.read(number)

    def depth_name(self, number: FrameNumber) -> str:
        """As KITTI lays out its own depth maps, so that an export reads as one."""
        return f"{self.name}/proj_depth/groundtruth/image_{self.camera:02}/{number:010d}.png"

    @override
    def has_depth(self, number: FrameNumber) -> bool:
        return self._depth_path(number).is_file()

    @override
    def read_depth(self, number: FrameNumber, image_size: tuple[int, int]) -> np.ndarray:
        path = self._depth_path(number)
        if self._truth == "improved":
            return read_depth(path, KITTI_DEPTH_SCALE)
        points = read_velodyne(path)
        return self._of_calibration(
            lambda c: project_lidar(points, c, self.camera, image_size, self._distance)
        )

    def _depth_path(self, number: FrameNumber) -> Path:
        if self._truth == "improved":
            return self._improved / f"{number:010d}.png"
        return self._scans / f"{number:010d}.bin"

    def _of_calibration(self, use: Callable[[KittiCalibration], np.ndarray]) -> np.ndarray:
        try:
            return use(self._calibration)
        except ValueError as error:
            raise BadSampleError(f"'{self.title}': {error}") from error


def _improved_folder(root: Path, depth_root: Path, name: str, camera: int) -> Path:
    """Where the improved depth maps are: with the raw data, or as KITTI's archive unpacks."""
    below = Path("proj_depth", "groundtruth", f"image_{camera:02}")
    drive = Path(name).name
    candidates = [root / name / below, depth_root / name / below]
    candidates += [depth_root / part / drive / below for part in _DEPTH_ROOTS]
    return next((folder for folder in candidates if folder.is_dir()), candidates[1])
