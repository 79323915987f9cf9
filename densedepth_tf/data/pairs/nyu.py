"""The official NYU data of DenseDepth: `nyu_data.zip`, or the folder it unpacks to."""

import os

import numpy as np
from typing_extensions import override

from densedepth_tf.data.holdout import held_out_title, hold_out
from densedepth_tf.data.pairs.pair_list import Pair, parse_pairs
from densedepth_tf.data.pairs.pairs_source import PairsSource
from densedepth_tf.files.file_tree import FileTree, open_tree
from densedepth_tf.files.text_file import MOST_BYTES
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics

TRAIN_LIST, TEST_LIST = "nyu2_train.csv", "nyu2_test.csv"


class NYUSource(PairsSource):
    """NYU Depth v2 as DenseDepth uses it: `nyu2_train.csv` and `nyu2_test.csv` (654 rows).

    The rows `image,depth` have no header. Training depth is 8-bit PNG, value * 10 / 255 metres;
    test depth is 16-bit PNG in millimetres; the bit depth decides. Names in the lists may be
    relative to `data_dir`, to the list's folder or to that folder's parent.

    Args:
        data_dir: The folder or the zip archive. The lists lie in it or in its folder `data`.
        split: "train", "validation" (held out of the training list) or "test".
        holdout_every: k sets the training rows k-1, 2k-1, ... aside for validation.
        holdout_block: So many of them are set aside together, see `hold_out`.
        depth_scale: Metres per stored unit, to override the bit depth.

    Raises:
        ValueError: If the list is missing, a row is wrong, or validation is asked for with
            `holdout_every` 0.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike | FileTree,
        split: str = "train",
        *,
        holdout_every: int = 0,
        holdout_block: int = 1,
        depth_scale: float | None = None,
    ):
        tree = data_dir if isinstance(data_dir, FileTree) else open_tree(data_dir)
        file = list_name(split)
        folder = _list_folder(tree, file)
        listing = tree.at(folder)
        pairs = parse_pairs(listing.read(file, MOST_BYTES), listing.path(file))
        base = _base(tree, folder, pairs, listing.path(file))
        if split != "test":
            pairs = hold_out(pairs, split, holdout_every, f"'{tree.title}'", holdout_block)
        title = f"nyu/{split}"
        if split == "validation":
            title = held_out_title(title, holdout_every, holdout_block)
        super().__init__(base, pairs, title, depth_scale)

    @override
    def intrinsics(self, height: int, width: int) -> np.ndarray:
        return nyu_intrinsics((height, width))


def list_name(split: str) -> str:
    """The file that lists a split; validation is held out of the training list."""
    return TEST_LIST if split == "test" else TRAIN_LIST


def has_list(tree: FileTree, split: str) -> bool:
    """Whether a folder or an archive holds the official list for a split."""
    return any(tree.at(folder).exists(list_name(split)) for folder in ("", "data"))


def _list_folder(tree: FileTree, file: str) -> str:
    for folder in ("", "data"):
        if tree.at(folder).exists(file):
            return folder
    raise ValueError(f"'{tree.title}' has no {file}, neither in it nor in its folder 'data'.")


def _base(tree: FileTree, folder: str, pairs: list[Pair], list_path: str) -> FileTree:
    """The place that the names in a list are relative to: where most of a few of them exist."""
    # With the list in data/, the parent of its folder is `tree` itself.
    beside = tree.at(folder) if folder else tree.parent()
    places = [tree] if beside is None else [tree, beside]
    probes = [pair.image for pair in pairs[:: max(1, len(pairs) // 8)]]
    found = [sum(place.exists(probe) for probe in probes) for place in places]
    if not any(found):
        raise ValueError(
            f"'{list_path}' lists '{probes[0]}', which is in none of: "
            + ", ".join(f"'{place.title}'" for place in places)
        )
    return places[found.index(max(found))]
