"""`export.py`: a trained model in a format that other runtimes load."""

import argparse
from typing import TYPE_CHECKING, NoReturn

from densedepth_tf.commands.arguments.checkpoint_arguments import (
    add_checkpoint_range,
    checkpoint_range,
)
from densedepth_tf.commands.arguments.holdout_arguments import add_holdout_arguments
from densedepth_tf.commands.arguments.number_arguments import count, metres_per_unit
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, image_size, run
from densedepth_tf.data.datasets import DATASETS
from densedepth_tf.export.exporters import (
    FORMATS,
    PRECISIONS,
    check_export,
    export_checkpoint,
)

if TYPE_CHECKING:
    from densedepth_tf.export.quantization.int8_calibration import Int8Calibration

CALIBRATION_IMAGES = 100


@command_edge("export.py")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses the command line and exports; exits 0, or 2 with nothing written."""
    parser = Parser(
        prog="export.py",
        description="Exports a model: uint8 RGB images in, float32 metres out. What is written "
        "is loaded back, run and compared with the model before it takes its place.",
        epilog="Without --size an artefact takes images of any size and any number at once; with "
        "it, one image of that size, or for a SavedModel any number. What is exported resizes to "
        "the size the network was trained at, and back.",
        formatter_class=argparse.HelpFormatter,
        other_names={"format_name": "--format", "num_images": "--calibration-images"},
    )
    parser.add_argument(
        "--checkpoint", required=True, help="preset, run folder, .keras or official .h5"
    )
    add_checkpoint_range(parser)
    parser.add_argument(
        "--format", default="savedmodel", choices=list(FORMATS), help="default: savedmodel"
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar="PATH",
        help="folder of the SavedModel, or file: .tflite, .onnx, .xml; here or at s3://, gs://",
    )
    parser.add_argument(
        "--precision",
        default="float32",
        choices=PRECISIONS,
        help="dynamic: int8 weights; int8: int8 arithmetic too; default: float32",
    )
    parser.add_argument(
        "--size", type=image_size, metavar="HxW", help="the only size it is to take"
    )
    group = parser.add_argument_group("int8 calibration")
    group.add_argument(
        "--calibration", metavar="PATH", help="photographs like those it will see: folder, pattern"
    )
    group.add_argument(
        "--dataset",
        choices=[name for name in DATASETS if name != "tfrecord"],
        help="the calibration path is of this data set, whose depth shows what int8 costs",
    )
    group.add_argument(
        "--depth-scale", type=metres_per_unit, metavar="METRES", help="of that data set"
    )
    add_holdout_arguments(group)
    group.add_argument(
        "--calibration-images",
        type=count,
        default=CALIBRATION_IMAGES,
        metavar="N",
        help=f"at most so many, evenly spaced; default: {CALIBRATION_IMAGES}",
    )
    options = parser.parse_args(arguments)

    # Not above: it imports NumPy, which --help can do without.
    from densedepth_tf.checkpoints import is_there

    def body() -> None:
        check_export(
            options.format,
            options.output,
            options.precision,
            options.size,
            options.calibration is not None,
        )
        report = export_checkpoint(
            options.checkpoint,
            options.format,
            options.output,
            precision=options.precision,
            size=options.size,
            calibration=_int8_calibration(options),
            model_range=checkpoint_range(options, options.checkpoint),
        )
        print(f"{options.output}: {options.format} {options.precision}, {report}")

    run(parser, body, tensorflow=lambda: is_there(options.checkpoint))


def _int8_calibration(options: argparse.Namespace) -> "Int8Calibration | None":
    held_out = options.holdout_every or options.holdout_block > 1
    if options.calibration is None:
        if options.dataset is not None or options.depth_scale is not None or held_out:
            raise ValueError(
                "--dataset, --depth-scale, --holdout-every and --holdout-block describe "
                "--calibration, which is missing"
            )
        return None
    if options.dataset is None and held_out:
        raise ValueError(
            "--holdout-every and --holdout-block are about the training rows of a --dataset, which "
            "is missing"
        )
    from densedepth_tf.export.quantization.int8_calibration import Int8Calibration

    if options.dataset is None:
        return Int8Calibration.from_images(options.calibration, options.calibration_images)
    return Int8Calibration.from_dataset(
        *(options.dataset, options.calibration, options.calibration_images),
        depth_scale=options.depth_scale,
        holdout_every=options.holdout_every,
        holdout_block=options.holdout_block,
    )
