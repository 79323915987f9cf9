"""The data sets and splits by their names."""

SEQUENCE_DATASETS = ("kitti", "kitti-odometry", "sequence")
# Those whose images may have neighbours to learn depth from.
NEIGHBOUR_DATASETS = (*SEQUENCE_DATASETS, "rooms")
DATASETS = ("rooms", "nyu", "folder", "tfrecord", *SEQUENCE_DATASETS)
SPLITS = ("train", "validation", "test")
