"""The data sets and splits by their names, and data sets of one's own."""

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from densedepth_tf.data.source import DepthSource

SEQUENCE_DATASETS = ("kitti", "kitti-odometry", "sequence")
# Those whose images may have neighbours to learn depth from.
NEIGHBOUR_DATASETS = (*SEQUENCE_DATASETS, "rooms")
# What opens a data set of one's own, given `data_dir` and the split.
Opener = Callable[[str | os.PathLike | None, str], "DepthSource"]
# Every data set by its name; None for those that `open_source` knows itself.
DATASETS: dict[str, Opener | None] = dict.fromkeys(
    ("rooms", "nyu", "folder", "tfrecord", *SEQUENCE_DATASETS)
)
SPLITS = ("train", "validation", "test")


def check_split(split: str) -> None:
    """Raises ValueError for a name that is no split's."""
    if split not in SPLITS:
        raise ValueError(f"`split` is one of {', '.join(SPLITS)}. Received: '{split}'")


def register_dataset(name: str, opener: Opener) -> None:
    """Adds a data set of one's own, so that `open_source` and every `--dataset` know it.

    Args:
        name: What it is chosen by: letters, digits, "-" and "_".
        opener: Gets `data_dir` and the split, "train", "validation" or "test", and returns a
            `DepthSource`. Raises ValueError for a split that there is none of; where rows of the
            training list are set aside for validation, it is asked for "train".

    Raises:
        ValueError: If the name is none, or belongs to another data set.
    """
    if not re.fullmatch(r"[\w-]+", name) or DATASETS.get(name, opener) is not opener:
        raise ValueError(
            "`name` is a word of letters, digits, '-' and '_' that no other data set has. "
            f"Received: '{name}'"
        )
    DATASETS[name] = opener
