"""Pairs whose training depth is thinned to single points or lines, to learn from as from LiDAR.

    python benchmarks/thin_depth.py --data-dir NYU_LABELED_TRAIN --keep 4% --output thin4
    python benchmarks/thin_depth.py --data-dir NYU_LABELED_TRAIN --keep 1/16 --output lines
    python train.py --dataset folder --data-dir thin4 ...

`4%` keeps that share of the pixels, others in every image; `1/16` every 16th row. Held-out pairs
keep all their depth. Writes the folders `train` and `validation`.
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from densedepth_tf.data.sources import open_source
from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.depth.exact_depth import encode_exactly


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", required=True, help="NYU Depth v2")
    parser.add_argument("--keep", required=True, help="e.g. 4%% of the pixels, or 1/16 of the rows")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--holdout-every", type=int, default=8, metavar="K")
    options = parser.parse_args()
    for split in ("train", "validation"):
        source = open_source("nyu", options.data_dir, split, holdout_every=options.holdout_every)
        for index in tqdm(range(len(source)), desc=split, unit="image"):
            depth = source[index]["depth"]
            if split == "train":
                depth = np.where(_kept(options.keep, depth.shape, index), depth, np.float32(0))
            path = options.output / split / f"{index:05d}"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path.with_suffix(".jpg"), source.image_content(index))
            write_bytes(path.with_suffix(".png"), encode_exactly(depth))


def _kept(keep: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    if keep.endswith("%"):
        return np.random.default_rng(seed).random(shape) < float(keep[:-1]) / 100
    rows = np.arange(shape[0]) % int(keep.removeprefix("1/")) == 0
    return np.broadcast_to(rows[:, np.newaxis, np.newaxis], shape)


if __name__ == "__main__":
    main()
