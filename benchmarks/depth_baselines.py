"""Predictions that a network has to beat: one depth everywhere, and each pixel's mean depth.

    python benchmarks/depth_baselines.py --dataset sequence --data-dir DIR --split test \\
        --split-file train.txt --test-split-file test.txt --output baselines
    python evaluate.py --predictions baselines/mean --dataset sequence --data-dir DIR ...

The mean is taken over the true depth of the first split; both are written as npy in metres for the
frames of the second, by their names. Pixels that never have depth take the median of the others.
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from densedepth_tf.commands.arguments.data_arguments import add_data_arguments, open_from
from densedepth_tf.files.atomic import atomic_path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_data_arguments(parser)
    parser.add_argument("--test-split-file", help="frames to predict; default: the same")
    parser.add_argument("--test-split", help="split to predict; default: the same")
    parser.add_argument("--output", required=True, type=Path, help="folder of the predictions")
    options = parser.parse_args()
    mean = _mean_depth(open_from(options))
    options.split = options.test_split or options.split
    options.split_file = options.test_split_file or options.split_file
    test = open_from(options)
    constant = np.full_like(mean, np.median(mean))
    for kind, depth in (("constant", constant), ("mean", mean)):
        for index in tqdm(range(len(test)), desc=kind, unit="frame"):
            path = (options.output / kind / test.sample_name(index)).with_suffix(".npy")
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(path) as temporary, open(temporary, "wb") as file:
                np.save(file, depth)


def _mean_depth(source) -> np.ndarray:
    total = count = 0
    for index in tqdm(range(len(source)), desc="mean of the true depth", unit="frame"):
        depth = source[index]["depth"].astype(np.float64)
        total, count = total + depth, count + (depth > 0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.where(count > 0, mean, np.nanmedian(mean)).astype(np.float32)


if __name__ == "__main__":
    main()
