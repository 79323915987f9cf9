"""`predict.py`: depth in metres for images, folders and patterns."""

import argparse
import sys
from typing import NoReturn

from densedepth_tf.commands.camera_arguments import add_camera_arguments, intrinsics_source
from densedepth_tf.commands.command_line import Parser, run

DEFAULT_FORMATS = ["png", "color"]
EXIT_SOME_FAILED = 1


def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses the command line and predicts; exits 0, 1 if some images were skipped, or 2."""
    parser = Parser(
        prog="predict.py",
        description="Predicts depth in metres for images and saves it below a folder.",
        epilog="Outputs of X.jpg: X.depth.png (16-bit, millimetres; its scale is in the file and "
        "in X.depth.json beside it), X.depth.npy and X.depth.tiff (float32 metres), X.color.png "
        "(with a bar of metres), X.side_by_side.png, X.ply (x right, y down, z forward) and X.glb "
        "(y up) with coloured points. Folder trees are kept; where a.jpg and a.png lie in one "
        "folder, their outputs are a.jpg.depth.png and a.png.depth.png.",
        formatter_class=argparse.HelpFormatter,
    )
    parser.add_argument(
        "--checkpoint", required=True, help="run folder, .keras, official .h5 or SavedModel"
    )
    parser.add_argument(
        "--input", required=True, nargs="+", metavar="PATH", help="images, folders, 'patterns*.jpg'"
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder for the outputs")
    parser.add_argument(
        "--save",
        action="extend",
        nargs="+",
        metavar="WORD",
        help="png, npy, tiff, color, side_by_side, ply, glb; separated by commas or blanks; "
        "default: " + ",".join(DEFAULT_FORMATS),
    )
    parser.add_argument(
        "--depth-png-scale",
        type=float,
        default=0.001,
        metavar="METRES",
        help="metres per unit of the 16-bit PNG, whose largest depth is 65534 units; default: "
        "0.001, up to 65.534 m",
    )
    parser.add_argument(
        "--batch-size", type=int, default=4, help="images of equal size at once; default: 4"
    )
    parser.add_argument(
        "--min-depth",
        type=float,
        help="metres of the first colour; default: 2nd percentile",
    )
    parser.add_argument(
        "--max-depth",
        type=float,
        help="metres of the last colour; default: 98th percentile",
    )
    parser.add_argument(
        "--colormap", default="turbo_r", help="a matplotlib colour map; default: turbo_r"
    )
    parser.add_argument(
        "--skip-existing", action="store_true", help="leave out images whose outputs are there"
    )
    add_camera_arguments(parser)
    options = parser.parse_args(arguments)

    def body() -> int:
        from densedepth_tf.inference.depth_colors import DepthColors
        from densedepth_tf.inference.output_options import OutputOptions
        from densedepth_tf.inference.predict_to_folder import predict_to_folder

        words = ",".join(options.save or DEFAULT_FORMATS).split(",")
        report = predict_to_folder(
            options.checkpoint,
            options.input,
            options.output,
            formats=[word.strip() for word in words if word.strip()],
            options=OutputOptions(
                colors=DepthColors(options.min_depth, options.max_depth, options.colormap),
                png_scale=options.depth_png_scale,
                intrinsics=intrinsics_source(options),
                edge_filter=options.edge_filter,
                point_stride=options.point_stride,
            ),
            batch_size=options.batch_size,
            skip_existing=options.skip_existing,
        )
        _print_report(report, options)
        return EXIT_SOME_FAILED if report.failures else 0

    run(parser.prog, body, tensorflow=True)


def _print_report(report, options: argparse.Namespace) -> None:
    skipped = f", {report.num_skipped} were there already" if report.num_skipped else ""
    print(
        f"{report.num_predicted} images in {report.seconds:.1f} s "
        f"({report.images_per_second:.2f} images/s){skipped}: {options.output}"
    )
    if report.cut_off:
        print(
            f"{len(report.cut_off)} images have depth beyond {65534 * options.depth_png_scale:g} m,"
            " which their 16-bit PNG cannot hold (a larger --depth-png-scale or --save npy does), "
            f"first: {report.cut_off[0].path}",
            file=sys.stderr,
        )
    if report.assumed_camera:
        print(
            f"warning: the camera of {len(report.assumed_camera)} point clouds is not known; 63 "
            "degrees across the longer side are assumed (--hfov, --intrinsics or --camera tell), "
            f"first: {report.assumed_camera[0].path}",
            file=sys.stderr,
        )
    if report.failures:
        print(f"Skipped {len(report.failures)} images:", file=sys.stderr)
        for failure in report.failures:
            print(f"  {failure.reason}", file=sys.stderr)
