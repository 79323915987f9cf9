"""`python -m densedepth_tf preflight`: look at frames before learning depth from them."""

import argparse
from typing import NoReturn

from densedepth_tf.commands.command_edge import command_edge
from densedepth_tf.commands.command_line import EXIT_SOME_BAD, Parser, run
from densedepth_tf.commands.number_arguments import count_or_none
from densedepth_tf.commands.sequence_arguments import add_sequence_arguments, sequence_options
from densedepth_tf.data.sources import SEQUENCE_DATASETS, SPLITS


@command_edge("densedepth preflight")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Prints what was found; exits 0, 1 if there is something to mend, 2 on bad input."""
    parser = Parser(
        prog="densedepth preflight",
        description="Looks at a video, a folder of frames or KITTI before depth is learned from "
        "it: share of static frames, pixels that auto-masking would leave out, frame rate, "
        "camera. Exit code: 0, 1 if there are warnings or bad frames, 2 if it cannot be used.",
    )
    add = parser.add_argument
    add("--dataset", choices=SEQUENCE_DATASETS, default="sequence", help="kind of data set")
    add("--data-dir", metavar="PATH", required=True, help="video file or folder")
    add("--split", choices=SPLITS, default="train", help="which part")
    add(
        "--num-frames",
        type=count_or_none,
        default=200,
        metavar="N",
        help="how many to look at; 0 = all",
    )
    add(
        "--stereo",
        action="store_true",
        help="ask for the stereo partner of every frame too",
    )
    add("--keep", metavar="FILE", help="write a split file of all frames that are not static")
    add_sequence_arguments(parser)
    options = parser.parse_args(arguments)
    run(parser.prog, lambda: _preflight(options))


def _preflight(options: argparse.Namespace) -> int:
    from densedepth_tf.data.preflight import preflight
    from densedepth_tf.data.sequences import open_frames

    chosen = sequence_options(options)
    frames = open_frames(options.dataset, options.data_dir, options.split, options=chosen)
    offsets = (-1, 1, "s") if options.stereo else (-1, 1)
    found = preflight(frames, offsets, options.num_frames)
    print(found.report())
    if options.keep:
        from densedepth_tf.data.static_frames import write_moving

        written, total = write_moving(frames, offsets, options.keep)
        print(f"{options.keep}: {written} of {total} frames that move")
    return EXIT_SOME_BAD if found.warnings or found.bad else 0
