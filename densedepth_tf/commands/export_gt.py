"""`python -m densedepth_tf export-gt`: true depth of a data set's frames as 16-bit PNG."""

import argparse
from typing import NoReturn

from densedepth_tf.commands.arguments.number_arguments import metres_per_unit
from densedepth_tf.commands.arguments.sequence_arguments import (
    add_sequence_arguments,
    sequence_options,
)
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, report_bad, run
from densedepth_tf.data.datasets import SEQUENCE_DATASETS, SPLITS
from densedepth_tf.process.wording import counted


@command_edge("densedepth export-gt")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Writes the depth maps; exits 0, 1 if some frames were left out, 2 on bad input."""
    parser = Parser(
        prog="densedepth export-gt",
        description="Writes the true depth of frames, for KITTI the scans projected into the "
        "camera, as 16-bit PNG (metres = value / 256) laid out like KITTI's own, and frames.txt, "
        "a split file of what was written.",
    )
    add = parser.add_argument
    add("--dataset", choices=SEQUENCE_DATASETS, default="kitti", help="kind of data set")
    add("--data-dir", metavar="PATH", required=True, help="the data set's folder")
    add("--split", choices=SPLITS, default="test", help="which part")
    add("--output", metavar="DIR", required=True, help="folder to write")
    add(
        "--depth-scale",
        type=metres_per_unit,
        metavar="METRES",
        help="metres per stored unit of own depth",
    )
    add("--strict", action="store_true", help="stop at the first frame that cannot be used")
    add_sequence_arguments(parser)
    options = parser.parse_args(arguments)
    run(parser, lambda: _export(options))


def _export(options: argparse.Namespace) -> int:
    from densedepth_tf.data.ground_truth_export import FRAME_LIST, export_ground_truth
    from densedepth_tf.data.sequences.sequence_depth_source import SequenceDepthSource
    from densedepth_tf.data.sources import open_source
    from densedepth_tf.files.bucket import below
    from densedepth_tf.files.outputs.input_safety import InputSafety

    InputSafety([options.data_dir, options.split_file]).check([below(options.output, FRAME_LIST)])
    source = open_source(
        options.dataset,
        options.data_dir,
        options.split,
        depth_scale=options.depth_scale,
        sequence_options=sequence_options(options),
    )
    if not isinstance(source, SequenceDepthSource):
        raise ValueError(f"`dataset` has frames with depth to export. Received: {options.dataset}")
    done = export_ground_truth(source, options.output, options.strict)
    print(f"{options.output}: {done.num_written} depth maps, metres = value / 256")
    return report_bad(f"Left out {counted(len(done.bad), 'frame')} that cannot be used:", done.bad)
