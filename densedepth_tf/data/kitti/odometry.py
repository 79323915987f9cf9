"""KITTI odometry: rectified stereo sequences, grey or colour, with true poses."""

import os
import re
import warnings
from pathlib import Path, PurePosixPath

import numpy as np
from typing_extensions import override

from densedepth_tf.data.holdout import held_out_title, hold_out
from densedepth_tf.data.kitti.calibration import read_odometry_calibration
from densedepth_tf.data.kitti.drive import NumberedImages
from densedepth_tf.data.sequences.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.data.sequences.frame_targets import FrameTargets, Target
from densedepth_tf.data.sequences.sequence_split import SplitLine, read_distance, read_split
from densedepth_tf.data.sequences.usable import open_usable
from densedepth_tf.files.arrays.poses_file import read_poses
from densedepth_tf.files.bad_sample import BadSampleError

TRAIN_SEQUENCES = tuple(f"{number:02}" for number in range(9))
TEST_SEQUENCES = ("09", "10")
_CAMERA = re.compile(r"image_([0-3])")
_SIDES = "lrlr"


class OdometrySequence(FrameSequence):
    """One sequence: `image_2`/`image_3` (colour) or `image_0`/`image_1` (grey), `calib.txt`.

    Poses are `poses.txt` in its folder, or `poses/<name>.txt` beside the folder `sequences`; they
    belong to the left grey camera 0, whose axes all cameras share.

    Args:
        folder: The sequence's folder.
        side: "l" or "r".
        name: What split lines call it; the folder's name by default.

    Raises:
        ValueError: If the calibration or the images are missing, or poses do not parse.
        OSError: If a file cannot be read.
    """

    frame_rate = 10.0

    def __init__(self, folder: Path, side: str = "l", name: str | None = None):
        self.name, self.side = name or folder.resolve().name, side
        left, right = (2, 3) if (folder / "image_2").is_dir() else (0, 1)
        self.camera, partner = (left, right) if side == "l" else (right, left)
        self.title = str(folder / f"image_{self.camera}")
        self._images = NumberedImages(folder / f"image_{self.camera}", folder)
        self._partners = NumberedImages(folder / f"image_{partner}", folder)
        self.numbers = self._images.numbers()
        self._calibration = read_odometry_calibration(folder / "calib.txt")
        if not self.numbers:
            raise ValueError(f"There are no frames (000000.png or .jpg) in '{self.title}'.")
        if self._partners.numbers() and partner in self._calibration.projections:
            self.stereo_transform = self._calibration.stereo_transform(self.camera, partner)
        self.poses = self._read_poses(folder)

    @override
    def has_frame(self, number: FrameNumber) -> bool:
        return number in self._images

    @override
    def frame_name(self, number: FrameNumber) -> str:
        return f"{self.name}/{self._images.name(number)}"

    @override
    def read_image(self, number: FrameNumber) -> np.ndarray:
        return self._images.read(number)

    @override
    def intrinsics(self, image_size: tuple[int, int]) -> np.ndarray:
        try:
            return self._calibration.intrinsics(self.camera, image_size)
        except ValueError as error:
            raise BadSampleError(f"'{self.title}': {error}") from error

    @override
    def has_stereo(self, number: FrameNumber) -> bool:
        return self.stereo_transform is not None and number in self._partners

    @override
    def read_stereo_image(self, number: FrameNumber) -> np.ndarray:
        return self._partners.read(number)

    def _read_poses(self, folder: Path) -> dict[FrameNumber, np.ndarray]:
        beside = folder.resolve().parent.parent / "poses" / f"{folder.resolve().name}.txt"
        path = next((p for p in (folder / "poses.txt", beside) if p.is_file()), None)
        if path is None:
            return {}
        poses = read_poses(path)
        numbers = self._images.numbers()
        if len(poses) <= numbers[-1]:
            warnings.warn(
                f"'{path}' has {len(poses)} poses, but '{self.title}' has a frame "
                f"{numbers[-1]}: the poses of frames from {len(poses)} on are not known.",
                stacklevel=2,
            )
        return {number: poses[number] for number in numbers if number < len(poses)}


def open_kitti_odometry(
    data_dir: str | os.PathLike,
    split: str,
    *,
    split_file: str | os.PathLike | None = None,
    holdout_every: int = 0,
    holdout_block: int = 1,
    strict: bool = False,
) -> FrameTargets:
    """The frames of a split of KITTI odometry.

    A folder with `sequences/00`, ... has the customary split: 00 to 08 train, 09 and 10 test. The
    folder of a single sequence has none: train and test are all of it.

    Args:
        data_dir: The folder of `sequences`, or of one sequence (with `calib.txt`).
        split: "train", "validation" or "test".
        split_file: Lines `sequence frame side` (`9 1 l`) that take the place of the split.
        holdout_every: k sets frames k-1, 2k-1, ... aside for validation.
        holdout_block: So many of them are set aside together, see `hold_out`.
        strict: Stop at the first sequence that cannot be used; without, it is left out with a
            warning.

    Raises:
        ValueError: If there is no such data, no sequence can be used, or the split file does not
            parse.
        OSError: If a file cannot be read.
    """
    root = Path(data_dir)
    if not root.is_dir():
        raise ValueError(f"There is no data folder '{root}'; check `data_dir`.")
    below = root / "sequences" if (root / "sequences").is_dir() else root
    single = any((root / f"image_{camera}").is_dir() for camera in range(4))
    known: dict[tuple[str, str], OdometrySequence] = {}

    def sequence(name: str, side: str) -> OdometrySequence:
        if (name, side) not in known:
            folder = root if single else below / name
            if not folder.is_dir():
                raise ValueError(f"'{below}' has no sequence '{name}'.")
            known[name, side] = OdometrySequence(folder, side, None if single else name)
        return known[name, side]

    title = f"{root.resolve().name}/{split}"
    if split_file is not None:
        title = f"{root.resolve().name}/{os.path.basename(split_file)}"
        lines = [_sequence_line(line, split_file) for line in read_split(split_file)]
        targets = [Target(sequence(line.folder, line.side), line.frame) for line in lines]
        distance = read_distance(split_file)
        return FrameTargets(targets, title, str(split_file), listed_distance=distance)
    if single:
        names = [root.resolve().name]
    else:
        wanted = TEST_SEQUENCES if split == "test" else TRAIN_SEQUENCES
        names = [name for name in wanted if (below / name).is_dir()]
        if not names:
            raise ValueError(
                f"'{root}' holds no {split} sequences of KITTI odometry: neither "
                f"{', '.join(wanted)} nor a calib.txt with image_0 or image_2."
            )
    usable = open_usable(names, lambda name: sequence(name, "l"), "sequences", strict)
    frames = [Target(opened, number) for opened in usable for number in opened.numbers]
    if split != "test":
        frames = hold_out(frames, split, holdout_every, f"'{root}'", holdout_block)
    elif single:
        title = f"{root.resolve().name}/all frames"
    if split == "validation":
        title = held_out_title(title, holdout_every, holdout_block)
    return FrameTargets(frames, title)


def _sequence_line(line: SplitLine, split_file: str | os.PathLike) -> SplitLine:
    """The sequence, frame and side of a line, whether it names them or an image."""
    folder = PurePosixPath(line.folder)
    if not isinstance(line.number, str):
        camera = _CAMERA.fullmatch(folder.name)
        name = folder.parent.name if camera else folder.name
        side = _SIDES[int(camera[1])] if camera else line.side
        return SplitLine(name.zfill(2) if name.isdigit() else name, line.number, side)
    number, camera = PurePosixPath(line.number).stem, _CAMERA.fullmatch(folder.name)
    if camera is None or not (number.isascii() and number.isdecimal()):
        raise ValueError(
            f"'{split_file}' lists '{line.image}', which is no frame of KITTI odometry such as "
            "00/image_2/000001.png."
        )
    return SplitLine(folder.parent.name, int(number), _SIDES[int(camera[1])])
