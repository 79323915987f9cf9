"""`predict.py`: depth in metres for images, folders, patterns, videos and webcams."""

import argparse
import sys
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

from densedepth_tf.commands.arguments.camera_arguments import (
    add_camera_arguments,
    intrinsics_source,
)
from densedepth_tf.commands.arguments.checkpoint_arguments import (
    add_checkpoint_range,
    checkpoint_range,
)
from densedepth_tf.commands.arguments.engine_arguments import (
    RAY,
    add_engine_arguments,
    add_shard_arguments,
    engine_options,
)
from densedepth_tf.commands.arguments.gpu_arguments import add_gpu_arguments
from densedepth_tf.commands.arguments.metric_scale_arguments import (
    add_metric_scale_arguments,
    metric_scale_options,
)
from densedepth_tf.commands.arguments.number_arguments import (
    images_at_once,
    metres_or_zero,
    metres_per_unit,
)
from densedepth_tf.commands.arguments.video_arguments import (
    add_video_arguments,
    color_range,
    describe_clip,
    video_options,
)
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import EXIT_SOME_BAD, Parser, leave_at_once, run
from densedepth_tf.commands.shell.flag_names import with_flags
from densedepth_tf.presets.presets import DEFAULT_PRESET, PRESETS
from densedepth_tf.process.wording import counted, tell

if TYPE_CHECKING:
    from densedepth_tf.inference.prediction_report import PredictionReport


# What this command shows of the library's arguments that its flags call otherwise.
OTHER_NAMES = {
    "folder": "--save-calibrated",
    "formats": "--save",
    "height": "--calibrate height=METRES",
    "images": "--calibrate-on",
    "inputs": "--input",
    "known": "--calibrate U,V=METRES ...",
    "save_to": "--save-calibrated",
    "style": "--video-style",
}


def script() -> NoReturn:
    """`predict.py` and `densedepth-predict`."""
    leave_at_once(main)


@command_edge("predict.py")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses the command line and predicts; exits 0, 1 if some files were skipped, or 2."""
    parser = Parser(
        prog="predict.py",
        description="Predicts depth in metres for images and videos and saves it below a folder.",
        epilog="Outputs of X.jpg: X.depth.png (16-bit, millimetres; its scale is in the file and "
        "in X.depth.json beside it), X.depth.npy and X.depth.tiff (float32 metres), X.color.png "
        "(with a bar of metres), X.side_by_side.png, X.ply (x right, y down, z forward) and X.glb "
        "(y up) with coloured points. Folder trees are kept; where a.jpg and a.png lie in one "
        "folder, their outputs are a.jpg.depth.png and a.png.depth.png. Of a video X.mp4: "
        "X_depth.mp4, and for other words than video X/000123.depth.png and so on per frame; of an "
        "interrupted one, X_depth.part.mp4 and X.part/.",
        formatter_class=argparse.HelpFormatter,
        other_names=OTHER_NAMES,
    )
    parser.add_argument(
        "--checkpoint",
        default=DEFAULT_PRESET,
        metavar="PATH",
        help=f"preset ({', '.join(PRESETS)}), run folder, .keras, official .h5, folder of official "
        f".pth, SavedModel or other exported artefact; default: {DEFAULT_PRESET}",
    )
    add_checkpoint_range(parser)
    parser.add_argument(
        "--input",
        required=True,
        nargs="+",
        metavar="PATH",
        help="images, videos, folders, 'patterns*.jpg', shards of `densedepth tfrecord`, camera:0; "
        "here or at s3://, gs://, hf://",
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar="DIR",
        help="folder for the outputs, here or at s3://, gs://",
    )
    parser.add_argument(
        "--save",
        action="extend",
        nargs="+",
        metavar="WORD",
        help="png, json, npy, tiff, color, side_by_side, ply, glb, html, rrd, video; separated by "
        "commas or blanks; json, which comes with png, says what its numbers are; "
        "default: png,color for images, video for videos and webcams",
    )
    parser.add_argument(
        "--depth-png-scale",
        type=metres_per_unit,
        default=0.001,
        metavar="METRES",
        help="metres per unit of the 16-bit PNG, whose largest depth is 65534 units; default: "
        "0.001, up to 65.534 m",
    )
    parser.add_argument(
        "--batch-size",
        type=images_at_once,
        default=4,
        help="images of equal size at once; default: 4",
    )
    parser.add_argument(
        "--min-depth",
        type=metres_or_zero,
        help="metres of the first colour; default: 2nd percentile; of a video: the model's",
    )
    parser.add_argument(
        "--max-depth",
        type=metres_or_zero,
        help="metres of the last colour; default: 98th percentile; of a video: the model's",
    )
    parser.add_argument(
        "--colormap", default="turbo_r", help="a matplotlib colour map; default: turbo_r"
    )
    parser.add_argument(
        "--sharpen",
        action="store_true",
        help="bring soft edges of the depth to those of the photograph",
    )
    parser.add_argument(
        "--skip-existing",
        action="store_true",
        help="leave out what is there already, complete, of the same file with the same settings",
    )
    add_engine_arguments(parser, limits="; images only")
    add_shard_arguments(parser)
    add_video_arguments(parser)
    add_camera_arguments(parser)
    add_metric_scale_arguments(parser)
    add_gpu_arguments(parser)
    options = parser.parse_args(arguments)

    # Not above: it imports NumPy, which --help can do without.
    from densedepth_tf.inference.quick_load import quick_load_needs_tensorflow

    def body() -> int:
        from densedepth_tf.inference.outputs.depth_colors import DepthColors
        from densedepth_tf.inference.outputs.output_options import OutputOptions

        on_engine = engine_options(options)
        if options.checkpoint == DEFAULT_PRESET:
            tell(f"{DEFAULT_PRESET}: {PRESETS[DEFAULT_PRESET].about}")
        words = ",".join(options.save or []).split(",")
        common: dict[str, Any] = {
            "formats": options.save and [word.strip() for word in words if word.strip()],
            "options": OutputOptions(
                colors=DepthColors(*color_range(options), options.colormap),
                png_scale=options.depth_png_scale,
                intrinsics=intrinsics_source(options),
                edge_filter=options.edge_filter,
                point_stride=options.point_stride,
                lens=options.lens,
                sharpen=options.sharpen,
            ),
            "batch_size": options.batch_size,
            "skip_existing": options.skip_existing,
            "metric_scale": metric_scale_options(options, parser.prog),
            "model_range": checkpoint_range(options, options.checkpoint),
        }
        report: PredictionReport
        if options.engine == RAY:
            from densedepth_tf.bulk.predict_on_ray import predict_on_ray

            report = predict_on_ray(
                options.checkpoint, options.input, options.output, **common, **on_engine
            )
        else:
            from densedepth_tf.inference.predict_to_folder import predict_to_folder

            video = video_options(options)
            report = predict_to_folder(
                options.checkpoint, options.input, options.output, **common, video=video
            )
        _print_report(report, options)
        if any(clip.interrupted for clip in report.clips):
            last = report.clips[-1]
            places = " and ".join(
                str(place) for place in (last.video, last.frames_folder) if place is not None
            )
            kind = "a part, the first" if last.is_part else "whole, with"
            raise KeyboardInterrupt(f"{places}: {kind} {counted(last.num_frames, 'frame')}")
        return EXIT_SOME_BAD if report.failures else 0

    run(
        parser,
        body,
        tensorflow=lambda: (
            (options.engine != RAY and quick_load_needs_tensorflow(options.checkpoint))
            or bool(options.save_calibrated)
        ),
    )


def _print_report(report: "PredictionReport", options: argparse.Namespace) -> None:
    if report.lens is not None and (line := report.lens.describe()):
        print(with_flags(line))
    if options.save_calibrated:
        print(f"Calibrated checkpoint: {options.save_calibrated}")
    skipped = f", {report.num_skipped} were there already" if report.num_skipped else ""
    if report.num_predicted or report.num_skipped or not report.clips:
        print(
            f"{counted(report.num_predicted, 'image')} in {report.seconds:.1f} s "
            f"({report.images_per_second:.2f} images/s){skipped}: {options.output}"
        )
    for clip in report.clips:
        print(describe_clip(clip))
        for warning in clip.warnings:
            warnings.warn(warning, stacklevel=2)
    if report.cut_off:
        from densedepth_tf.files.depth.depth_file import largest_png_depth

        largest = largest_png_depth(report.png_scale)
        unit = f" {report.depth_unit}" if report.depth_unit else ""
        print(
            f"{counted(len(report.cut_off), 'image')} with depth beyond {largest:g}{unit},"
            " which their 16-bit PNG cannot hold (a larger --depth-png-scale or --save npy does), "
            f"first: {report.cut_off[0].title}",
            file=sys.stderr,
        )
    if report.depth_unit is None and (report.num_predicted or report.clips):
        print(
            "note: relative depth: the model knows depth up to a factor, its numbers are no "
            "metres; --calibrate finds the factor from something known",
            file=sys.stderr,
        )
    if report.assumed_camera:
        print(
            f"warning: the camera of {counted(len(report.assumed_camera), 'point cloud')} is not "
            "known; 63 degrees across the longer side are assumed (--hfov, --intrinsics or "
            f"--camera tell), first: {report.assumed_camera[0].title}",
            file=sys.stderr,
        )
    if report.failures:
        print(f"Skipped {counted(len(report.failures), 'file')}:", file=sys.stderr)
        for failure in report.failures:
            print(f"  {with_flags(failure.reason)}", file=sys.stderr)
