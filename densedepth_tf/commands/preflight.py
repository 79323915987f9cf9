"""`python -m densedepth_tf preflight`: look at frames before learning depth from them."""

import argparse
from pathlib import Path
from typing import NoReturn

from densedepth_tf.commands.arguments.number_arguments import count, count_or_none
from densedepth_tf.commands.arguments.sequence_arguments import (
    add_sequence_arguments,
    sequence_options,
)
from densedepth_tf.commands.shell.command_edge import EXIT_BAD_INPUT, command_edge
from densedepth_tf.commands.shell.command_line import EXIT_SOME_BAD, Parser, run
from densedepth_tf.commands.shell.flag_names import with_flags
from densedepth_tf.data.datasets import SEQUENCE_DATASETS, SPLITS


@command_edge("densedepth preflight")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Prints what was found; exits 0, 1 if there is something to mend, 2 if it cannot be used."""
    parser = Parser(
        prog="densedepth preflight",
        description="Looks at a video, a folder of frames or KITTI before depth is learned from "
        "it: share of frames from which the camera stood still or only turned, gaps, cuts, pixels "
        "that auto-masking would leave out, frame rate, camera; and ends in a verdict. Exit code: "
        "0, 1 if there are warnings or bad frames, 2 if it cannot be used: unreadable, or next to "
        "no frame shows depth.",
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
    add(
        "--frame-step",
        type=count,
        default=1,
        metavar="N",
        help="neighbours are so many frames before and after, as train.py will be told",
    )
    add("--strict", action="store_true", help="stop at the first drive that cannot be used")
    add("--keep", metavar="FILE", help="write a split file of all frames that show depth")
    add_sequence_arguments(parser)
    options = parser.parse_args(arguments)
    run(parser, lambda: _preflight(options))


def _preflight(options: argparse.Namespace) -> int:
    if not options.keep:
        return _look(options, None)
    from densedepth_tf.data.sequences.sequence_split import check_replaceable_split
    from densedepth_tf.files.outputs.input_safety import InputSafety
    from densedepth_tf.files.outputs.staged_output import staged_output
    from densedepth_tf.files.writable_folder import check_writable_folder

    inputs = [options.data_dir, options.split_file]
    name = Path(options.keep).name
    with staged_output(options.keep, "keep", beside=(), reads=[name], inputs=inputs) as keep:
        # Before an hour of looking at frames.
        InputSafety(inputs).check([keep], "keep")
        check_replaceable_split(keep)
        check_writable_folder(keep.absolute().parent)
        return _look(options, keep)


def _look(options: argparse.Namespace, keep: Path | None) -> int:
    from densedepth_tf.data.checks.preflight import Verdict, preflight
    from densedepth_tf.data.sequence_datasets import open_frames
    from densedepth_tf.data.sequences.sequence_source import FrameOffset

    chosen = sequence_options(options)
    frames = open_frames(options.dataset, options.data_dir, options.split, options=chosen)
    step = options.frame_step
    offsets: tuple[FrameOffset, ...] = (-step, step, "s") if options.stereo else (-step, step)
    found = preflight(frames, offsets, options.num_frames)
    print(with_flags(found.report()))
    if keep is not None:
        from densedepth_tf.data.checks.static_frames import write_moving

        written, total = write_moving(frames, offsets, keep)
        print(f"{options.keep}: {written} of {total} frames that show depth")
    codes = {Verdict.READY: 0, Verdict.MEND: EXIT_SOME_BAD, Verdict.UNUSABLE: EXIT_BAD_INPUT}
    return codes[found.verdict]
