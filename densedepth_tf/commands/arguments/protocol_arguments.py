"""The flags of `evaluate.py` that say how predictions become figures."""

import argparse
import math
from typing import TYPE_CHECKING

from densedepth_tf.commands.arguments.number_arguments import LEAST_METRES, factor, metres
from densedepth_tf.commands.arguments.sequence_arguments import sequence_options

if TYPE_CHECKING:
    from densedepth_tf.data.kitti.drive import Truth
    from densedepth_tf.data.sequence_datasets import SequenceOptions
    from densedepth_tf.evaluation.protocol import Protocol

DEPTH_PROTOCOLS = (
    "nyu",
    "eigen-nyu",
    "kitti-eigen",
    "kitti-eigen-improved-monodepth2",
    "kitti-eigen-improved-bts",
    "kitti-eigen-improved",
    "eigen-kitti",
    "full",
)
# The crops that are called Eigen's: the flag's word -> one of `evaluation.crop.CROPS`.
EIGEN_CROPS = {"eigen-nyu": "nyu", "eigen-kitti": "eigen"}
# What is measured without depth maps to compare with.
ODOMETRY, BENCHMARK = "odometry", "kitti-benchmark"
# Which true depth of KITTI raw a protocol is about.
_TRUTH: "dict[str, Truth]" = {
    "kitti-eigen": "lidar",
    "eigen-kitti": "lidar",
    "kitti-eigen-improved-monodepth2": "improved",
    "kitti-eigen-improved-bts": "improved",
    "kitti-eigen-improved": "improved",
}


def add_protocol_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that `protocol_from` reads."""
    group = parser.add_argument_group("protocol")
    group.add_argument(
        "--protocol",
        choices=(*DEPTH_PROTOCOLS, ODOMETRY, BENCHMARK),
        help="nyu: 0.1..10 m, mirrored averaging, Eigen's crop; kitti-eigen: up to 80 m, Garg's "
        "crop, against LiDAR; kitti-eigen-improved-bts (also kitti-eigen-improved): the same "
        "against the improved ground truth, as BTS and AdaBins do; kitti-eigen-improved-"
        "monodepth2: as Monodepth2's eigen_benchmark does, the whole image and all truth, only "
        "predictions end at 80 m; eigen-nyu, eigen-kitti: as "
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
        type=factor,
        metavar="X",
        help="multiply all predictions by X, e.g. 5.4 after stereo training with baseline 0.1",
    )
    group.add_argument(
        "--lens",
        choices=("ignore", "auto"),
        help="auto: predictions are brought to the camera of each image where the data tells it "
        "and the model knows the one it learnt from; default: ignore, as published figures do",
    )
    group.add_argument(
        "--crop",
        choices=("garg", "eigen", *EIGEN_CROPS, "nyu", "bts-nyu", "none"),
        help="the part of the images that counts: eigen is the data set's own, eigen-nyu (also "
        "nyu) or eigen-kitti; bts-nyu: rows 45..470, columns 41..600; default: the protocol's",
    )
    group.add_argument(
        "--cap",
        type=metres,
        metavar="METRES",
        help="truth beyond does not count, predictions are clipped to it; default: the protocol's",
    )
    group.add_argument(
        "--truth-cap",
        type=_truth_cap,
        metavar="METRES",
        help="truth beyond does not count; none: all of it counts, also beyond predictions' cap",
    )
    group.add_argument(
        "--prediction-cap",
        type=metres,
        metavar="METRES",
        help="predictions are clipped to it; truth beyond does not count but with --truth-cap",
    )
    group.add_argument(
        "--missing-predictions",
        choices=("nearest", "exclude"),
        help="pixels of --predictions that are 0, negative or NaN count as the protocol's smallest "
        "depth, as in official evaluations, or do not count; default: nearest",
    )
    group.add_argument(
        "--edges",
        action="store_true",
        default=None,
        help="report precision, recall and F1 of depth edges as well: Sobel above .25, .5 and 1 m",
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
    if options.lens is not None:
        protocol = protocol.replace(lens=options.lens)
    if options.crop is not None:
        crop = _own_crop(options) if options.crop == "eigen" else options.crop
        protocol = protocol.replace(crop=CROPS.get(EIGEN_CROPS.get(crop, crop)))
    if options.cap is not None:
        protocol = protocol.replace(
            max_depth=options.cap, truth_below=options.cap, truth_beyond="dropped"
        )
    if options.prediction_cap is not None:
        protocol = protocol.replace(max_depth=options.prediction_cap)
    if options.truth_cap is not None:
        protocol = protocol.replace(truth_below=options.truth_cap, truth_beyond="counted")
    if options.missing_predictions is not None:
        protocol = protocol.replace(missing_predictions=options.missing_predictions)
    if options.edges:
        protocol = protocol.replace(edges=True)
    return protocol


def _own_crop(options: argparse.Namespace) -> str:
    """Which of the crops known as Eigen's is the data set's own."""
    name = depth_protocol_name(options)
    for data in ("nyu", "kitti"):
        if options.dataset.startswith(data) or data in name:
            return f"eigen-{data}"
    raise ValueError(
        "--crop eigen is the data set's own crop, which only NYU and KITTI have; pass eigen-nyu or "
        f"eigen-kitti. Received: --dataset {options.dataset}, --protocol {name}"
    )


def _truth_cap(text: str) -> float:
    """Metres, or infinity for `none`.

    Raises:
        argparse.ArgumentTypeError: If it is neither.
    """
    try:
        metres = math.inf if text == "none" else float(text)
    except ValueError:
        metres = 0.0
    if not metres >= LEAST_METRES:
        raise argparse.ArgumentTypeError(f"a cap is metres above 0, or none. Received: '{text}'")
    return metres


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
        + ("truth_cap", "prediction_cap", "missing_predictions", "prediction_kind", "edges")
        + ("sharpen", "depth_scale", "image_size", "prediction_scale", "truth", "lidar_distance")
        + ("lens",),
        BENCHMARK: ("crop", "num_images", "depth_scale", "image_size", "split_file", "truth")
        + ("truth_cap", "missing_predictions", "prediction_kind", "edges", "lens")
        + ("sharpen", "lidar_distance", "depth_dir", "intrinsics", "hfov", "camera"),
    }
    given = [
        name for name in unused.get(options.protocol, ()) if getattr(options, name) is not None
    ]
    return [f"--{name.replace('_', '-')}" for name in given]
