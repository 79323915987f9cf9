"""The flags that only data sets of consecutive frames know."""

import argparse
from typing import TYPE_CHECKING

from densedepth_tf.commands.arguments.camera_arguments import (
    add_intrinsics_arguments,
    intrinsics_source,
)
from densedepth_tf.commands.arguments.number_arguments import count

if TYPE_CHECKING:
    from densedepth_tf.data.kitti.drive import Truth
    from densedepth_tf.data.kitti.lidar_projection import LidarDistance
    from densedepth_tf.data.sequence_datasets import SequenceOptions


def add_sequence_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that `sequence_options` reads."""
    group = parser.add_argument_group(
        "consecutive frames", "For --dataset kitti, kitti-odometry and sequence."
    )
    group.add_argument(
        "--split-file", metavar="FILE", help="lines 'folder frame side' in place of the split"
    )
    group.add_argument(
        "--truth",
        choices=("lidar", "improved"),
        help="true depth of KITTI raw: projected scans, or the improved maps",
    )
    group.add_argument(
        "--lidar-distance",
        choices=("camera", "velodyne"),
        help="what scans measure: metres along the camera's axis, or ahead of the scanner",
    )
    group.add_argument(
        "--depth-dir", metavar="DIR", help="KITTI's improved depth maps, if not with the raw data"
    )
    group.add_argument(
        "--every", type=count, default=1, metavar="N", help="every N-th frame of --dataset sequence"
    )
    add_intrinsics_arguments(group)


def sequence_options(
    options: argparse.Namespace,
    truth: "Truth" = "lidar",
    lidar_distance: "LidarDistance" = "camera",
) -> "SequenceOptions":
    """The `SequenceOptions` that the flags describe.

    Args:
        options: The parsed flags.
        truth: The truth where `--truth` is not given.
        lidar_distance: The distance where `--lidar-distance` is not given.

    Raises:
        ValueError: If they contradict each other.
    """
    from densedepth_tf.data.sequence_datasets import SequenceOptions

    given = (options.intrinsics, options.intrinsics_size, options.hfov, options.camera)
    return SequenceOptions(
        split_file=options.split_file,
        truth=options.truth or truth,
        lidar_distance=options.lidar_distance or lidar_distance,
        depth_dir=options.depth_dir,
        camera=None if all(flag is None for flag in given) else intrinsics_source(options),
        every=options.every,
        strict=getattr(options, "strict", False),
    )
