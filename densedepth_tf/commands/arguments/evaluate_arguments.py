"""The flags of `evaluate.py`."""

import argparse

from densedepth_tf.commands.arguments.checkpoint_arguments import add_checkpoint_range
from densedepth_tf.commands.arguments.engine_arguments import add_engine_arguments
from densedepth_tf.commands.arguments.gpu_arguments import add_gpu_arguments
from densedepth_tf.commands.arguments.holdout_arguments import add_holdout_arguments
from densedepth_tf.commands.arguments.number_arguments import (
    count,
    images_at_once,
    metres_per_unit,
    seed,
)
from densedepth_tf.commands.arguments.protocol_arguments import add_protocol_arguments
from densedepth_tf.commands.arguments.sequence_arguments import add_sequence_arguments
from densedepth_tf.commands.shell.command_line import Parser, image_size

# What this command shows of the library's arguments that its flags call otherwise.
OTHER_NAMES = {
    "alignment='median'": "--median-scaling",
    "images": "--data-dir",
    "kind": "--prediction-kind",
    "max_depth": "--cap",
    "mirrored_averaging=False": "--no-mirrored",
    "protocol.scale": "--scale-factor",
    "scale": "--prediction-scale",
}


def evaluate_parser() -> Parser:
    """What `evaluate.py` takes: models, data, protocol, work."""
    from densedepth_tf.data.datasets import DATASETS, SPLITS

    parser = Parser(
        prog="evaluate.py",
        description="Measures depth models on a data set and writes metrics.json, per_image.csv "
        "and figures of the best, median and worst images; or camera motion against true poses.",
        epilog="With several --checkpoint the same samples go through every model, and "
        "comparison.md, comparison.csv and comparison.png are written beside one report each.",
        formatter_class=argparse.HelpFormatter,
        other_names=OTHER_NAMES,
    )
    models = parser.add_argument_group("models")
    models.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="PATH",
        help="preset (nyu_small, nyu, kitti, rooms_small), run folder, .keras, official .h5, "
        "folder of official .pth, SavedModel or other exported artefact; repeat to compare",
    )
    add_checkpoint_range(models)
    models.add_argument(
        "--predictions",
        metavar="PATH",
        help="anybody's predictions, named like the samples: npy, TIFF or PFM in metres or 16-bit "
        "PNG in mm; or one npy of all of them; for odometry a trajectory in KITTI's or TUM's form",
    )
    models.add_argument(
        "--prediction-kind",
        choices=("depth", "disparity"),
        help="what the files in --predictions hold; disparity: 1 / depth, as Monodepth2's "
        "evaluate_depth.py --save_pred_disps and test_simple.py leave it; default: depth, but a "
        "single npy of all maps must be told",
    )
    models.add_argument(
        "--prediction-scale",
        type=metres_per_unit,
        metavar="METRES",
        help="metres per unit of the files in --predictions",
    )
    models.add_argument(
        "--sharpen",
        action="store_true",
        default=None,
        help="measure depth whose soft edges are brought to those of the photograph, as predict.py "
        "--sharpen does",
    )
    data = parser.add_argument_group("data")
    data.add_argument("--dataset", choices=DATASETS, help="kind of data set")
    data.add_argument("--data-dir", metavar="PATH", help="the data set's folder or archive")
    data.add_argument("--split", choices=SPLITS, default="test")
    add_holdout_arguments(data)
    data.add_argument(
        "--depth-scale",
        type=metres_per_unit,
        metavar="METRES",
        help="metres per unit of the true depth",
    )
    data.add_argument("--num-images", type=count, metavar="N", help="how many images; default: all")
    data.add_argument("--image-size", type=image_size, metavar="HxW", help="of rendered rooms")
    data.add_argument("--seed", type=seed, default=0, metavar="N", help="of rendered rooms")
    add_sequence_arguments(parser)
    add_protocol_arguments(parser)
    work = parser.add_argument_group("work")
    work.add_argument(
        "--batch-size", type=images_at_once, default=4, metavar="N", help="default: 4"
    )
    work.add_argument(
        "--output",
        metavar="DIR",
        help="default: the run folder of a single --checkpoint, else evaluation/NAME",
    )
    work.add_argument(
        "--strict", action="store_true", help="stop at the first image that cannot be used"
    )
    add_engine_arguments(
        parser,
        "many images",
        "; depth of checkpoints only",
    )
    add_gpu_arguments(parser)
    return parser
