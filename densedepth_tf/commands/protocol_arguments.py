"""The flags of `evaluate.py` that say how predictions become figures."""

import argparse
from typing import TYPE_CHECKING

from densedepth_tf.commands.sequence_arguments import sequence_options

if TYPE_CHECKING:
    from densedepth_tf.data.sequences import SequenceOptions
    from densedepth_tf.evaluation.protocol import Protocol

DEPTH_PROTOCOLS = (
    "nyu",
    "eigen-nyu",
    "kitti-eigen",
    "kitti-eigen-improved",
    "eigen-kitti",
    "full",
)
# What is measured without depth maps to compare with.
ODOMETRY, BENCHMARK = "odometry", "kitti-benchmark"
# Which true depth of KITTI raw a protocol is about.
_TRUTH = {"kitti-eigen": "lidar", "kitti-eigen-improved": "improved", "eigen-kitti": "lidar"}


def add_protocol_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that `protocol_from` reads."""
    group = parser.add_argument_group("protocol")
    group.add_argument(
        "--protocol",
        choices=(*DEPTH_PROTOCOLS, ODOMETRY, BENCHMARK),
        help="nyu: 0.1..10 m, mirrored averaging, Eigen's crop; kitti-eigen(-improved): up to "
        "80 m, Garg's crop, against LiDAR (the improved ground truth); eigen-nyu, eigen-kitti: as "
        "Eigen et al. 2014, their crops, not mirrored; full: all pixels, up to the model's "
        "largest depth; odometry: 5-frame ATE of the predicted motion; "
        "kitti-benchmark: no figures, predictions of --data-dir as the benchmark takes them; "
        "default: nyu and kitti-eigen for their data, else full",
    )
    group.add_argument(
        "--mirrored",
        action=argparse.BooleanOptionalAction,
        help="use the prediction of the mirrored image too: its mean with the other, for KITTI "
        "blended with ramps at the borders; default: the protocol's",
    )
    scale = group.add_mutually_exclusive_group()
    scale.add_argument(
        "--median-scaling",
        action=argparse.BooleanOptionalAction,
        help="scale every image's prediction to the truth's median; default: the protocol's",
    )
    scale.add_argument(
        "--scale-factor",
        type=float,
        metavar="X",
        help="multiply all predictions by X, e.g. 5.4 after stereo training with baseline 0.1",
    )
    group.add_argument(
        "--crop",
        choices=("garg", "eigen", "nyu", "none"),
        help="the part of the images that counts; default: the protocol's",
    )
    group.add_argument(
        "--cap",
        type=float,
        metavar="METRES",
        help="truth beyond does not count, predictions are clipped to it; default: the protocol's",
    )


def protocol_from(options: argparse.Namespace) -> "Protocol":
    """The protocol that the flags describe.

    Raises:
        ValueError: If a number is out of its range.
    """
    from densedepth_tf.evaluation.crop import CROPS
    from densedepth_tf.evaluation.kitti_benchmark import BENCHMARK as BENCHMARK_PROTOCOL
    from densedepth_tf.evaluation.protocol import get_protocol

    name = depth_protocol_name(options)
    protocol = BENCHMARK_PROTOCOL if name == BENCHMARK else get_protocol(name)
    mirrored = False if options.predictions else options.mirrored
    if mirrored is not None:
        protocol = protocol.replace(mirrored_averaging=mirrored)
    if options.median_scaling is not None:
        alignment = "median" if options.median_scaling else "none"
        protocol = protocol.replace(alignment=alignment)
    if options.scale_factor is not None:
        protocol = protocol.replace(scale=options.scale_factor)
    if options.crop is not None:
        protocol = protocol.replace(crop=CROPS.get(options.crop))
    if options.cap is not None:
        protocol = protocol.replace(max_depth=options.cap, truth_below=options.cap)
    return protocol


def depth_protocol_name(options: argparse.Namespace) -> str:
    """The protocol's name: what `--protocol` says, else what is customary for the data."""
    if options.protocol:
        return options.protocol
    if options.dataset == "kitti":
        return "kitti-eigen-improved" if options.truth == "improved" else "kitti-eigen"
    return "nyu" if options.dataset.startswith("nyu") else "full"


def options_for_protocol(options: argparse.Namespace) -> "SequenceOptions":
    """The `SequenceOptions` of the flags, with the truth that the protocol is about.

    Scans are measured ahead of the scanner under kitti-eigen and eigen-kitti, as published
    figures are.

    Raises:
        ValueError: If `--truth` contradicts the protocol.
    """
    name = depth_protocol_name(options)
    truth = _TRUTH.get(name, "lidar")
    if options.dataset == "kitti" and name in _TRUTH and (options.truth or truth) != truth:
        raise ValueError(
            f"--protocol {name} measures against --truth {truth}. Received: --truth {options.truth}"
        )
    if options.dataset != "kitti":
        return sequence_options(options)
    scanned = name in ("kitti-eigen", "eigen-kitti")
    return sequence_options(options, truth, "velodyne" if scanned else "camera")


def flags_without_use(options: argparse.Namespace) -> list[str]:
    """The flags given that the protocol would not look at."""
    unused = {
        ODOMETRY: ("mirrored", "median_scaling", "scale_factor", "crop", "cap", "num_images")
        + ("depth_scale", "image_size", "prediction_scale", "truth", "lidar_distance"),
        BENCHMARK: ("crop", "num_images", "depth_scale", "image_size", "split_file", "truth")
        + ("lidar_distance", "depth_dir", "intrinsics", "hfov", "camera"),
    }
    given = [
        name for name in unused.get(options.protocol, ()) if getattr(options, name) is not None
    ]
    return [f"--{name.replace('_', '-')}" for name in given]
