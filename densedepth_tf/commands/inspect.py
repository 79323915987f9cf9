"""`python -m densedepth_tf inspect`: look at a data set before training on it."""

import argparse
from typing import NoReturn

from densedepth_tf.commands.arguments.data_arguments import add_data_arguments, open_from
from densedepth_tf.commands.arguments.number_arguments import count_or_none, metres_or_zero
from densedepth_tf.commands.arguments.sequence_arguments import sequence_options
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import EXIT_SOME_BAD, Parser, run
from densedepth_tf.commands.shell.flag_names import with_flags
from densedepth_tf.data.checks.depth_range import USUAL_MODEL_RANGE


@command_edge("densedepth inspect")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Prints sizes, depth in metres, missing depth and bad samples; exits 1 if some are bad."""
    parser = Parser(
        prog="densedepth inspect",
        description="Reads some samples and prints their sizes, depth in metres, the share of "
        "missing depth and what is broken. Exit code: 0, 1 if some samples are bad, 2 if none "
        "can be read.",
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--num-images", type=count_or_none, default=50, help="how many to read; 0 = all"
    )
    for name, metres in zip(("min", "max"), USUAL_MODEL_RANGE, strict=True):
        parser.add_argument(
            f"--{name}-depth",
            type=metres_or_zero,
            default=metres,
            metavar="METRES",
            help="as for train.py: depth beyond is warned of",
        )
    options = parser.parse_args(arguments)
    if not 0 < options.min_depth < options.max_depth:
        parser.error(
            "depth must satisfy 0 < --min-depth < --max-depth. "
            f"Received: {options.min_depth:g}, {options.max_depth:g}"
        )

    def body() -> int:
        from densedepth_tf.data.checks.inspection import inspect_source
        from densedepth_tf.data.sequences.sequence_depth_source import NoDepthError

        try:
            source = open_from(options)
        except NoDepthError as error:
            return _inspect_frames(options, str(error))
        model_range = (options.min_depth, options.max_depth)
        inspection = inspect_source(source, options.num_images, model_range)
        print(with_flags(inspection.report()))
        return EXIT_SOME_BAD if inspection.bad else 0

    run(parser, body)


def _inspect_frames(options: argparse.Namespace, why: str) -> int:
    """What can be said of frames without depth."""
    from densedepth_tf.data.checks.preflight import preflight
    from densedepth_tf.data.sequence_datasets import open_frames

    frames = open_frames(
        options.dataset,
        options.data_dir,
        options.split,
        holdout_every=options.holdout_every,
        holdout_block=options.holdout_block,
        options=sequence_options(options),
    )
    found = preflight(frames, num_frames=options.num_images)
    print(with_flags(f"{found.report()}\nwarning: {why}"))
    return EXIT_SOME_BAD if found.bad else 0
