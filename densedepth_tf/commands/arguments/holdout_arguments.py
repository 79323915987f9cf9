"""The flags that say which rows of a data set a training has set aside."""

import argparse

from densedepth_tf.commands.arguments.number_arguments import count, count_or_none


def add_holdout_arguments(group: argparse._ArgumentGroup) -> None:
    """Adds the flags that say which training rows are validation, as a training was told."""
    group.add_argument(
        "--holdout-every",
        type=count_or_none,
        default=0,
        metavar="K",
        help="every K-th training row is validation, where a data set has no own list of it",
    )
    group.add_argument(
        "--holdout-block",
        type=count,
        default=1,
        metavar="N",
        help="blocks of N consecutive rows are set aside together, as in training",
    )
