"""KITTI raw: which drives there are, and which frames belong to a split."""

import os
import re
from pathlib import Path, PurePosixPath

from densedepth_tf.data.holdout import held_out_title, hold_out
from densedepth_tf.data.kitti.calibration import (
    CAMERA_FILE,
    KittiCalibration,
    read_raw_calibration,
)
from densedepth_tf.data.kitti.drive import KittiDrive, Truth
from densedepth_tf.data.kitti.lidar_projection import LidarDistance
from densedepth_tf.data.sequences.frame_targets import FrameTargets, Target
from densedepth_tf.data.sequences.sequence_split import (
    SplitLine,
    read_distance,
    read_split,
    shipped_split,
)
from densedepth_tf.data.sequences.usable import open_usable

_DRIVE = re.compile(r"\d{4}_\d\d_\d\d_drive_\d+_(sync|extract)")
_DRIVE_IN_NAME = re.compile(
    r"(^|/)(?P<drive>(?P<date>\d{4}_\d\d_\d\d)_drive_\d+_(sync|extract))(_0(?P<camera>[0-3]))?(/|$)"
)
_CAMERA = re.compile(r"(?:^|/)image_0([0-3])(?:/|$)")
_SIDES = "lrlr"


def open_kitti_raw(
    data_dir: str | os.PathLike,
    split: str,
    *,
    split_file: str | os.PathLike | None = None,
    holdout_every: int = 0,
    holdout_block: int = 1,
    truth: Truth = "lidar",
    lidar_distance: LidarDistance = "camera",
    depth_dir: str | os.PathLike | None = None,
    strict: bool = False,
) -> FrameTargets:
    """The frames of a split of KITTI raw.

    Without a split file, test is the Eigen split (697 frames, or the 652 that have improved
    ground truth), and the others are the left frames of all drives without any of its frames;
    drives that lack their left images or their date's calibration are left out with a warning.

    Args:
        data_dir: The folder with one folder per date, each with its calibration and drives.
        split: "train", "validation" or "test".
        split_file: Lines `folder frame side` that take the place of the above, or any other
            spelling that `parse_split` reads; folders may lack the date.
        holdout_every: k sets frames k-1, 2k-1, ... aside for validation.
        holdout_block: So many of them are set aside together, see `hold_out`.
        truth: See `KittiDrive`.
        lidar_distance: See `KittiDrive`.
        depth_dir: Where the improved depth maps are, if not in `data_dir`.
        strict: Stop at the first drive that cannot be used.

    Raises:
        ValueError: If there is no such data, no drive can be used, or the split file does not
            parse or lists drives and frames that are not there.
        OSError: If a file cannot be read.
    """
    root = Path(data_dir)
    if not root.is_dir():
        raise ValueError(f"There is no data folder '{root}'; check `data_dir`.")
    if (root / CAMERA_FILE).is_file():
        raise ValueError(f"'{root}' is one date of KITTI raw; pass the folder above as `data_dir`.")
    known: dict[tuple[str, str], KittiDrive] = {}
    calibrations: dict[str, KittiCalibration] = {}

    def drive(folder: str, side: str) -> KittiDrive:
        if (folder, side) not in known:
            date = folder.split("/")[0]
            if date not in calibrations:
                calibrations[date] = read_raw_calibration(root / date)
            known[folder, side] = KittiDrive(
                root,
                folder,
                side,
                calibrations[date],
                truth=truth,
                lidar_distance=lidar_distance,
                depth_root=None if depth_dir is None else Path(depth_dir),
            )
        return known[folder, side]

    described = f"lidar, {lidar_distance} distance" if truth == "lidar" else "improved truth"
    title = f"{root.resolve().name}/{split}"
    if split_file is not None or split == "test":
        shipped = "kitti_eigen_test_improved" if truth == "improved" else "kitti_eigen_test"
        name = str(split_file) if split_file else "the Eigen test split"
        lines = shipped_split(shipped)
        if split_file is not None:
            title = f"{root.resolve().name}/{os.path.basename(split_file)}"
            lines = [_drive_line(line, name) for line in read_split(split_file)]
        _check_drives(root, lines, name)
        targets = [Target(drive(line.folder, line.side), line.frame) for line in lines]
        distance = None if split_file is None else read_distance(split_file)
        return FrameTargets(targets, title, name, described, distance)
    test = {line.folder for line in shipped_split("kitti_eigen_test")}
    folders = [folder for folder in find_drives(root) if folder not in test]
    if not folders:
        raise ValueError(
            f"'{root}' holds no drives of KITTI raw for {split}: folders such as "
            "2011_09_26/2011_09_26_drive_0001_sync that are not part of the Eigen test split."
        )
    drives = open_usable(folders, lambda folder: drive(folder, "l"), "drives", strict)
    frames = [Target(opened, number) for opened in drives for number in opened.numbers]
    kept = hold_out(frames, split, holdout_every, f"'{root}'", holdout_block)
    if split == "validation":
        title = held_out_title(title, holdout_every, holdout_block)
    return FrameTargets(kept, title, truth=described)


def find_drives(root: Path) -> list[str]:
    """The drives `date/drive` below a folder, sorted."""
    return sorted(
        drive.relative_to(root).as_posix()
        for drive in root.glob("*/*")
        if _DRIVE.fullmatch(drive.name) and drive.is_dir()
    )


def _drive_line(line: SplitLine, name: str) -> SplitLine:
    """The drive, frame and side of a line, whether it names them, an image or a scan."""
    found = _DRIVE_IN_NAME.search(line.folder)
    if found is None:
        if not isinstance(line.number, str):
            return line
        raise ValueError(
            f"'{name}' lists '{line.image}', which names no drive of KITTI raw such as "
            "2011_09_26_drive_0001_sync."
        )
    folder = f"{found['date']}/{found['drive']}"
    # SfMLearner writes the camera behind the drive, others name its folder.
    camera = found["camera"] or next(iter(_CAMERA.findall(line.folder)), None)
    side = _SIDES[int(camera)] if camera else line.side
    if not isinstance(line.number, str):
        return SplitLine(folder, line.number, side)
    number = PurePosixPath(line.number).stem
    if not (number.isascii() and number.isdecimal()):
        raise ValueError(f"'{name}' lists '{line.image}', whose name is not a frame number.")
    return SplitLine(folder, int(number), side)


def _check_drives(root: Path, lines: list[SplitLine], name: str) -> None:
    folders = list(dict.fromkeys(line.folder for line in lines))
    missing = [folder for folder in folders if not (root / folder).is_dir()]
    if missing:
        more = f" ({len(missing)} of {len(folders)} drives are missing)" if len(folders) > 1 else ""
        raise ValueError(
            f"'{root}' has no drive '{missing[0]}' that {name} lists{more}. Pass a `split_file` of "
            "the frames that are there."
        )
