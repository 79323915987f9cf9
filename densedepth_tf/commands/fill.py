"""`python -m densedepth_tf fill`: fill the holes of depth maps along their photographs' edges."""

import argparse
import os
import sys
from typing import NoReturn

from densedepth_tf.commands.arguments.number_arguments import metres_per_unit, number
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, report_bad, run
from densedepth_tf.data.datasets import SEQUENCE_DATASETS
from densedepth_tf.data.source import DepthSource, at_any_place
from densedepth_tf.process.available_cores import available_cores


@command_edge("densedepth fill")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Fills what is missing in the output folder; exits 0, 1 if some pairs are bad, 2 on errors."""
    parser = Parser(
        prog="densedepth fill",
        description="Fills missing depth, of depth cameras or LiDAR, so that it changes where the "
        "photograph does (Levin et al. 2004, as DenseDepth does). Writes 16-bit PNG by the depth "
        "maps' names. A run that was stopped continues when started again.",
    )
    add = parser.add_argument
    add(
        "--data-dir",
        metavar="PATH",
        required=True,
        help="folder of photographs and depth maps, or a CSV file with rows `image,depth`",
    )
    add(
        "--dataset",
        choices=("folder", *SEQUENCE_DATASETS),
        default="folder",
        help="kitti: scans are projected into their frames and filled; --output becomes a folder "
        "of pairs to train on",
    )
    add("--split-file", metavar="FILE", help="frames of --dataset kitti, lines 'folder frame side'")
    add("--output", metavar="DIR", required=True, help="folder to write")
    add(
        "--depth-scale",
        type=metres_per_unit,
        metavar="METRES",
        help="metres per stored unit of the input, e.g. 0.00390625 (KITTI); decided by the files "
        "if not given",
    )
    add(
        "--depth-png-scale",
        type=metres_per_unit,
        default=0.001,
        metavar="METRES",
        help="metres per unit of the 16-bit PNG written; 65534 units are the deepest",
    )
    add(
        "--alpha",
        type=number(0, 1e6, above=True, what="alpha is a finite number"),
        default=1.0,
        help="how firmly known depth holds",
    )
    add(
        "--method",
        choices=("exact", "approximate"),
        default="exact",
        help="approximate is several times faster and differs by millimetres to decimetres",
    )
    add(
        "--jobs",
        type=int,
        default=available_cores(),
        metavar="N",
        help="depth maps at the same time",
    )
    add("--overwrite", action="store_true", help="fill those that are there already, too")
    add("--strict", action="store_true", help="stop at the first pair that cannot be used")
    options = parser.parse_args(arguments)
    run(parser, lambda: _fill(options))


def _fill(options: argparse.Namespace) -> int:
    if options.jobs > 1:
        # Every job keeps a core busy; NumPy reads these when it is first imported.
        for library in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
            os.environ.setdefault(library, "1")
    from densedepth_tf.depth_filling.fill_folder import fill_folder, fill_frames

    settings = {
        "alpha": options.alpha,
        "method": options.method,
        "png_scale": options.depth_png_scale,
        "jobs": options.jobs,
        "overwrite": options.overwrite,
        "strict": options.strict,
    }
    if options.dataset == "folder":
        if options.split_file:
            raise ValueError(
                f"--split-file does not apply to 'folder'. Received: '{options.split_file}'"
            )
        settings["depth_scale"] = options.depth_scale
        report = fill_folder(options.data_dir, options.output, **settings)
    else:
        report = fill_frames(_frames(options), options.output, **settings)
    skipped = report.num_skipped
    there = f", {skipped} were there already (--overwrite replaces them)" if skipped else ""
    print(
        f"{options.output}: {report.num_filled} depth maps filled ({options.method}), "
        f"metres = value * {options.depth_png_scale:g}{there}"
    )
    if report.cut_off:
        from densedepth_tf.files.depth.depth_file import largest_png_depth

        print(
            f"{len(report.cut_off)} depth maps reach beyond "
            f"{largest_png_depth(options.depth_png_scale):g} m, "
            "which their 16-bit PNG cannot hold (a larger --depth-png-scale does), first: "
            f"{report.cut_off[0]}",
            file=sys.stderr,
        )
    return report_bad(f"Left out {len(report.bad)} pairs that cannot be used:", report.bad)


def _frames(options: argparse.Namespace) -> DepthSource:
    from densedepth_tf.data.sequence_datasets import SequenceOptions
    from densedepth_tf.data.sources import open_source

    source = open_source(
        options.dataset,
        options.data_dir,
        "train",
        depth_scale=options.depth_scale,
        sequence_options=SequenceOptions(split_file=options.split_file),
    )
    return at_any_place(source)
