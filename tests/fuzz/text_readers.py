"""Readers of calibrations, poses, scans, lists and settings."""

import struct
from pathlib import Path

from reader_registry import encoded, file, image, reader


@reader("poses", file("a.txt", b"1 0 0 0 0 1 0 0 0 0 1 0\n" * 3), is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.files.arrays.poses_file import read_poses

    read_poses(path)


@reader("pose", file("a.txt", b"1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n"), is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.files.arrays.poses_file import read_pose

    read_pose(path)


_ROWS = b"".join(b"P%d: 700 0 600 %d 0 700 180 0 0 0 1 0\n" % (i, -40 * i) for i in range(4))


@reader("odometry calibration", file("calib.txt", _ROWS + b"Tr: 1 0 0 0 0 1 0 0 0 0 1 0\n"), True)
def _(path: Path) -> None:
    from densedepth_tf.data.kitti.calibration import read_odometry_calibration

    calibration = read_odometry_calibration(path)
    calibration.intrinsics(0, (370, 1226))
    calibration.stereo_transform(0, 1)


_CAMERAS = b"".join(
    b"S_rect_0%d: 1242 375\nP_rect_0%d: 721 0 609 -40 0 721 172 0 0 0 1 0\n" % (i, i)
    for i in range(4)
)


def _raw_calibration(folder: Path) -> Path:
    (folder / "calib_velo_to_cam.txt").write_bytes(b"R: 0 -1 0 0 0 -1 1 0 0\nT: 0 0 0\n")
    return file("calib_cam_to_cam.txt", b"R_rect_00: 1 0 0 0 1 0 0 0 1\n" + _CAMERAS)(folder)


@reader("raw calibration", _raw_calibration, is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.data.kitti.calibration import read_raw_calibration

    calibration = read_raw_calibration(path.parent)
    calibration.intrinsics(2, (375, 1242))
    calibration.velodyne_to_pixels(2, (375, 1242))


@reader("velodyne", file("a.bin", struct.pack("<4f", 1, 2, 3, 0.5) * 20))
def _(path: Path) -> None:
    from densedepth_tf.data.kitti.lidar_projection import read_velodyne

    read_velodyne(path)


@reader("split file", file("a.txt", b"2011_09_26/drive_0002_sync 69 l\nb 3 r\nc 7\n"), is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.data.sequences.sequence_split import read_split

    read_split(path)


def _frames(folder: Path) -> Path:
    for number in range(3):
        (folder / f"frame-{number:06d}.color.jpg").write_bytes(encoded(".jpg", image)())
    return file("camera-intrinsics.txt", b"60 0 32\n0 60 24\n0 0 1\n")(folder)


@reader("intrinsics", _frames, is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.data.sequences.own_sequences import open_own_sequences

    open_own_sequences(path.parent, "test")


@reader("yaml", file("a.yaml", b"model: eigen\nepochs: 3\noutput_rows: [1, 9]\nema: 0.5\n"), True)
def _(path: Path) -> None:
    from densedepth_tf.commands.train import _check_config_file
    from densedepth_tf.files.yaml_file import read_yaml
    from densedepth_tf.training.families import read_options

    _check_config_file(path)
    read_options(read_yaml(path))


_STUDY = b"title: a\nprotocol: nyu\nsplit: test\ncommon: {epochs: 2}\nsystems: {b: {seed: 1}}\n"


@reader("study", file("a.yaml", _STUDY), is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.study.config import read_study

    read_study(path, path.parent)
