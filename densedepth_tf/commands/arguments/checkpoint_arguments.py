"""The flag that says what an official .h5 file does not: its range of depth."""

import argparse
from pathlib import Path

from densedepth_tf.commands.arguments.video_arguments import depth_range

OFFICIAL_SUFFIXES = (".h5", ".hdf5")


def add_checkpoint_range(parser: argparse._ActionsContainer) -> None:
    """Adds the flag that `checkpoint_range` reads to a parser or a group of arguments."""
    parser.add_argument(
        "--checkpoint-range",
        type=_range,
        metavar="MIN,MAX",
        help="metres that an official .h5 file was trained for, which does not say it: 1,80 for "
        "kitti.h5; without, nyu.h5's 0.1,10 is assumed",
    )


def checkpoint_range(
    options: argparse.Namespace, checkpoint: str
) -> tuple[float | None, float | None]:
    """The smallest and largest depth for `load`; None where the checkpoint knows its own.

    Raises:
        ValueError: If a range is given and no checkpoint of the command is an .h5 file.
    """
    if options.checkpoint_range is None:
        return None, None
    named = options.checkpoint if isinstance(options.checkpoint, list) else [options.checkpoint]
    if not any(Path(name).suffix in OFFICIAL_SUFFIXES for name in named):
        raise ValueError(
            "--checkpoint-range is for official .h5 files; every other checkpoint knows its own "
            f"range. Received: '{checkpoint}'"
        )
    is_official = Path(checkpoint).suffix in OFFICIAL_SUFFIXES
    return options.checkpoint_range if is_official else (None, None)


def _range(text: str) -> tuple[float, float]:
    low, high = depth_range(text)
    if low is None or high is None:
        raise argparse.ArgumentTypeError(f"a range is MIN,MAX in metres. Received: '{text}'")
    return low, high
