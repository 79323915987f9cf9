"""The flags that say which data to read, for commands that do no more, and how it is opened."""

import argparse
from typing import TYPE_CHECKING

from densedepth_tf.commands.arguments.holdout_arguments import add_holdout_arguments
from densedepth_tf.commands.arguments.number_arguments import metres_per_unit, seed
from densedepth_tf.commands.arguments.sequence_arguments import (
    add_sequence_arguments,
    sequence_options,
)
from densedepth_tf.commands.shell.command_line import image_size
from densedepth_tf.data.datasets import DATASETS, SPLITS
from densedepth_tf.data.sources import open_source

if TYPE_CHECKING:
    from densedepth_tf.data.sample import Sample
    from densedepth_tf.data.sequence_datasets import SequenceOptions
    from densedepth_tf.data.source import Source


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that `open_from` needs."""
    group = parser.add_argument_group("data")
    group.add_argument("--dataset", choices=DATASETS, required=True, help="kind of data set")
    group.add_argument("--data-dir", metavar="PATH", help="folder, zip, .mat or CSV file")
    group.add_argument("--split", choices=SPLITS, default="train", help="which part")
    group.add_argument(
        "--depth-scale",
        type=metres_per_unit,
        metavar="METRES",
        help="metres per stored unit; by default the bit depth decides",
    )
    add_holdout_arguments(group)
    group.add_argument(
        "--image-size", type=image_size, metavar="HxW", help="size of rendered rooms"
    )
    group.add_argument("--seed", type=seed, default=0, help="for rendered rooms")
    add_sequence_arguments(parser)


def open_from(
    options: argparse.Namespace,
    num_images: int | None = None,
    strict: bool = False,
    believe_unit: bool = False,
    sequences: "SequenceOptions | None" = None,
) -> "Source[Sample]":
    """Opens the data set that the flags name.

    Args:
        options: The parsed flags.
        num_images: As of `open_source`.
        strict: As of `open_source`.
        believe_unit: As of `open_source`.
        sequences: Choices for consecutive frames; None takes those of the flags.
    """
    return open_source(
        options.dataset,
        options.data_dir,
        options.split,
        depth_scale=options.depth_scale,
        holdout_every=options.holdout_every,
        holdout_block=options.holdout_block,
        num_images=num_images,
        image_size=options.image_size,
        seed=options.seed,
        strict=strict,
        believe_unit=believe_unit,
        sequence_options=sequence_options(options) if sequences is None else sequences,
    )
