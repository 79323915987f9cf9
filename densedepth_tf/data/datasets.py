"""The data sets and splits by their names."""

SEQUENCE_DATASETS = ("kitti", "kitti-odometry", "sequence")
# Those whose images may have neighbours to learn depth from.
NEIGHBOUR_DATASETS = (*SEQUENCE_DATASETS, "rooms")
DATASETS = ("rooms", "nyu", "folder", "tfrecord", *SEQUENCE_DATASETS)
SPLITS = ("train", "validation", "test")


def check_split(split: str) -> None:
    """Raises ValueError for a name that is no split's."""
    if split not in SPLITS:
        raise ValueError(f"`split` is one of {', '.join(SPLITS)}. Received: '{split}'")
