"""One's own photographs and depth maps: a folder, or a CSV file with rows `image,depth`."""

import os
import warnings
from pathlib import Path, PurePosixPath

from densedepth_tf.data.holdout import held_out_title, hold_out
from densedepth_tf.data.pairs.folder_pairs import pair_up
from densedepth_tf.data.pairs.pair_list import Pair, parse_pairs
from densedepth_tf.data.pairs.pairs_source import PairsSource
from densedepth_tf.data.pairs.validity_masks import find_masks, is_mask
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.file_tree import FileTree, FolderTree
from densedepth_tf.files.suffixes import DEPTH_SUFFIXES, IMAGE_SUFFIXES, count_kinds, suffix_of
from densedepth_tf.files.text_file import MOST_BYTES

_SPLIT_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid"),
    "test": ("test", "testing"),
}
_NAMES_SHOWN = 3


class FolderSource(PairsSource):
    """Pairs from a folder or a CSV file.

    The list of a split is the first of these that exists:

    1. `data_dir` itself, if it is a CSV file;
    2. `<split>.csv` in `data_dir` (`val.csv` too);
    3. the folder `<split>/` in `data_dir` (`val/` too), paired as `find_pairs` says;
    4. for validation: every `holdout_every`-th row of the training list;
    5. the only CSV file in `data_dir`, whatever its name;
    6. all of `data_dir`, paired as `find_pairs` says.

    5 and 6 know no splits: training is all but the held-out rows, validation and test are the
    held-out rows; without any, test is everything, with a warning. File names in a CSV file are
    relative to its folder.

    Args:
        data_dir: The folder or the CSV file.
        split: "train", "validation" or "test".
        depth_scale: Metres per stored unit; by default decided by the bit depth.
        holdout_every: k sets rows k-1, 2k-1, ... aside for validation where there is no list.
        holdout_block: So many of them are set aside together, see `hold_out`.
        strict: Photographs without a depth map are an error, instead of left out with a warning.

    Raises:
        ValueError: If there is nothing to read for the split, a CSV row is wrong, no photograph
            has a depth map, or names are ambiguous.
        OSError: If a folder cannot be read.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike,
        split: str = "train",
        *,
        depth_scale: float | None = None,
        holdout_every: int = 0,
        holdout_block: int = 1,
        strict: bool = False,
    ):
        root, given = _open(data_dir)
        listing, is_split = (given, False) if given else _listing(root, split)
        is_list = given or root.exists(listing)
        tree = root.at("" if is_list else listing)
        pairs = read_list_in(root, listing) if is_list else read_folder(tree, strict)
        path = root.path(given) if given else root.title
        stem = PurePosixPath(path).stem if is_bucket(path) else Path(path).resolve().stem
        title = f"{stem}/{split}"
        if not is_split and (split != "test" or holdout_every):
            # Without a test list the rows that training never sees are the ones to measure on.
            part = "validation" if split == "test" else split
            pairs = hold_out(pairs, part, holdout_every, f"'{path}'", holdout_block)
            if split != "train":
                title = f"{stem}/{'held out' if split == 'test' else split}"
                title = held_out_title(title, holdout_every, holdout_block)
        elif not is_split:
            title = f"{stem}/all rows"
            warnings.warn(
                f"'{path}' has no test list: all {len(pairs)} rows are measured, any that were "
                "trained on included. Pass the training's `holdout_every` K to hold them out.",
                stacklevel=2,
            )
        super().__init__(tree, pairs, title, depth_scale, find_masks(tree, pairs))


def _open(data_dir: str | os.PathLike) -> tuple[FileTree, str]:
    """The folder's files, and which of them is the list that was named; "" for none."""
    if is_bucket(data_dir):
        from densedepth_tf.files.bucket_tree import open_bucket_folder

        address = os.fspath(data_dir).rstrip("/")
        if address.lower().endswith(".csv"):
            folder, _, name = address.rpartition("/")
            return open_bucket_folder(folder, address).listed_by_folder(), name
        return open_bucket_folder(address, address).listed(), ""
    path = Path(data_dir)
    if not path.exists():
        raise ValueError(f"There is no data folder or file '{path}'; check `data_dir`.")
    if path.is_dir():
        return FolderTree(path), ""
    if path.suffix.lower() != ".csv":
        raise ValueError(f"`data_dir` must be a folder or a CSV file. Received: '{path}'")
    return FolderTree(path.parent), path.name


def _listing(root: FileTree, split: str) -> tuple[str, bool]:
    """The CSV file or folder to list, "" for all, and whether it is the split already."""
    own = _split_listing(root, split)
    train = _split_listing(root, "train")
    if own is not None:
        # A training list gives up held-out rows only where validation has no list of its own.
        return own, split != "train" or _split_listing(root, "validation") is not None
    if train is not None and split == "validation":
        return train, False
    others = [name for name in _SPLIT_NAMES if _split_listing(root, name) is not None]
    if others:
        raise ValueError(
            f"'{root.title}' has no {split} split, only {', '.join(others)}. Add {split}.csv or a "
            f"folder '{split}'."
        )
    csv_files = [name for name in root.names_at_top() if name.endswith(".csv")]
    if len(csv_files) > 1:
        raise ValueError(
            f"'{root.title}' has several CSV files: {', '.join(csv_files)}. Name one {split}.csv, "
            "or pass it as `data_dir`."
        )
    return (csv_files[0] if csv_files else ""), False


def _split_listing(root: FileTree, split: str) -> str | None:
    lists = (f"{name}.csv" for name in _SPLIT_NAMES[split])
    found = next(filter(root.exists, lists), None)
    return found or next(filter(root.is_folder, _SPLIT_NAMES[split]), None)


def read_listing(listing: Path, strict: bool) -> list[Pair]:
    """The pairs of a CSV file, or of a folder as `find_pairs` says.

    Raises:
        ValueError: If there are none, names are ambiguous or a row is wrong; with `strict` also if
            a photograph has no depth map (otherwise a warning).
        OSError: If it cannot be read.
    """
    if listing.is_dir():
        return read_folder(FolderTree(listing), strict)
    return read_list_in(FolderTree(listing.parent), listing.name)


def read_list_in(tree: FileTree, name: str) -> list[Pair]:
    """The pairs of a CSV file; raises as `read_listing`."""
    try:
        content = tree.read(name, MOST_BYTES)
    except BadSampleError as error:  # A list is no sample, and nothing goes on without it.
        raise OSError(str(error).rstrip(".")) from error
    return parse_pairs(content, tree.path(name))


def read_folder(tree: FileTree, strict: bool) -> list[Pair]:
    """The pairs of all files of a tree, as `find_pairs` says; raises as `read_listing`."""
    listing = tree.title
    try:
        names = tree.names()
    except OSError as error:
        if error.filename is None:
            raise
        raise OSError(f"Cannot read folder '{error.filename}': {error.strerror}") from error
    pairs, alone = pair_up(names)
    others = [name for name in names if suffix_of(name) not in IMAGE_SUFFIXES + DEPTH_SUFFIXES]
    if others:
        warnings.warn(
            f"Left out of '{listing}', neither images nor depth maps: {count_kinds(others)}.",
            stacklevel=3,
        )
    used = {*alone, *others, *(name for pair in pairs for name in pair)}
    lone = [n for n in names if n not in used and not is_mask(n)]
    if lone and (pairs or alone):
        warnings.warn(
            f"Left out of '{listing}': {len(lone)} depth maps without a photograph, '{lone[0]}' "
            "and so on."
            if len(lone) > 1
            else f"Left out of '{listing}': '{lone[0]}', a depth map without a photograph.",
            stacklevel=3,
        )
    if not pairs and not alone:
        raise ValueError(f"'{listing}' holds no photographs with depth maps.")
    if alone:
        first = ", ".join(f"'{name}'" for name in alone[:_NAMES_SHOWN])
        more = f" and {len(alone) - _NAMES_SHOWN} more" if len(alone) > _NAMES_SHOWN else ""
        message = f"{len(alone)} photographs in '{listing}' have no depth map: {first}{more}."
        if not pairs:
            raise ValueError(f"{message} See docs/data.md for how they are paired.")
        if strict:
            raise BadSampleError(message)
        warnings.warn(f"{message} They are left out.", stacklevel=3)
    return pairs
