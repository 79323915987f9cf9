"""`python -m densedepth_tf tfrecord`: write a data set as TFRecord shards."""

import argparse
import functools
import os
import sys
from typing import Any, NoReturn

from densedepth_tf.commands.arguments.data_arguments import add_data_arguments, open_from
from densedepth_tf.commands.arguments.engine_arguments import (
    RAY,
    add_engine_arguments,
    engine_options,
)
from densedepth_tf.commands.arguments.number_arguments import count, whole
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, run
from densedepth_tf.commands.shell.flag_names import with_flags
from densedepth_tf.data.source import DepthSource, at_any_place
from densedepth_tf.process.wording import counted


@command_edge("densedepth tfrecord")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Writes one split; bad samples are left out, named and counted."""
    parser = Parser(
        prog="densedepth tfrecord",
        description="Writes one split of a data set as TFRecord shards, to train from with "
        "`--dataset tfrecord --data-dir OUTPUT`. Depth is kept exactly as it was read.",
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="folder, here or at s3://, gs://"
    )
    parser.add_argument("--num-images", type=count, metavar="N", help="only the first N samples")
    parser.add_argument(
        "--num-shards", type=whole(1, 99_999), metavar="N", help="files; one per 1000 samples"
    )
    parser.add_argument(
        "--image-format",
        choices=("original", "jpeg", "png"),
        default="original",
        help="original: JPEG and PNG files as they are, other images as JPEG of quality 95",
    )
    parser.add_argument("--strict", action="store_true", help="a bad sample is an error")
    add_engine_arguments(parser, "several processes", "; each writes a shard at a time")
    options = parser.parse_args(arguments)

    def body() -> None:
        if options.dataset == "tfrecord":
            raise ValueError("--dataset tfrecord is what this command writes; choose another.")
        on_engine = engine_options(options)
        choices: dict[str, Any] = {"image_format": options.image_format, "strict": options.strict}
        if options.engine == RAY:
            from densedepth_tf.bulk.tfrecord_on_ray import write_shards_on_ray

            if options.data_dir is not None and "://" not in options.data_dir:
                options.data_dir = os.path.abspath(options.data_dir)
            opens = functools.partial(_open, options)
            index = write_shards_on_ray(
                opens, options.output, options.split, options.num_shards, **choices, **on_engine
            )
        else:
            from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards

            index = write_shards(
                _open(options), options.output, options.split, options.num_shards, **choices
            )
        for message in index["skipped"]:
            print(f"warning: left out: {with_flags(message)}", file=sys.stderr)
        size = sum(shard["num_bytes"] for shard in index["shards"]) / 1e6
        print(
            f"{counted(index['num_images'], 'sample')} in "
            f"{counted(len(index['shards']), 'shard')} ({size:.1f} MB) in {options.output}; "
            f"{counted(len(index['skipped']), 'bad sample')} left out"
        )

    run(parser, body, tensorflow=True)


def _open(options: argparse.Namespace) -> DepthSource:
    return at_any_place(open_from(options, options.num_images, options.strict))
