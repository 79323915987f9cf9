"""One's own photographs and depth maps: a folder, or a CSV file with rows `image,depth`."""

import os
import warnings
from pathlib import Path

from densedepth_tf.data.holdout import held_out_title, hold_out
from densedepth_tf.data.pairs.folder_pairs import find_pairs, list_files
from densedepth_tf.data.pairs.pair_list import Pair, parse_pairs
from densedepth_tf.data.pairs.pairs_source import PairsSource
from densedepth_tf.data.pairs.validity_masks import find_masks, is_mask
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.file_tree import FolderTree
from densedepth_tf.files.suffixes import DEPTH_SUFFIXES, IMAGE_SUFFIXES, count_kinds, suffix_of
from densedepth_tf.files.text_file import read_list

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
        path = Path(data_dir)
        if not path.exists():
            raise ValueError(f"There is no data folder or file '{path}'; check `data_dir`.")
        listing, is_split = _listing(path, split)
        root = listing if listing.is_dir() else listing.parent
        pairs = read_listing(listing, strict)
        title = f"{path.resolve().stem}/{split}"
        if not is_split and (split != "test" or holdout_every):
            # Without a test list the rows that training never sees are the ones to measure on.
            part = "validation" if split == "test" else split
            pairs = hold_out(pairs, part, holdout_every, f"'{path}'", holdout_block)
            if split != "train":
                title = f"{path.resolve().stem}/{'held out' if split == 'test' else split}"
                title = held_out_title(title, holdout_every, holdout_block)
        elif not is_split:
            title = f"{path.resolve().stem}/all rows"
            warnings.warn(
                f"'{path}' has no test list: all {len(pairs)} rows are measured, any that were "
                "trained on included. Pass the training's `holdout_every` K to hold them out.",
                stacklevel=2,
            )
        tree = FolderTree(root)
        super().__init__(tree, pairs, title, depth_scale, find_masks(tree, pairs))


def _listing(path: Path, split: str) -> tuple[Path, bool]:
    """The CSV file or folder to list, and whether it is the split already."""
    if not path.is_dir():
        if path.suffix.lower() != ".csv":
            raise ValueError(f"`data_dir` must be a folder or a CSV file. Received: '{path}'")
        return path, False
    own = _split_listing(path, split)
    train = _split_listing(path, "train")
    if own is not None:
        # A training list gives up held-out rows only where validation has no list of its own.
        return own, split != "train" or _split_listing(path, "validation") is not None
    if train is not None and split == "validation":
        return train, False
    others = [name for name in _SPLIT_NAMES if _split_listing(path, name) is not None]
    if others:
        raise ValueError(
            f"'{path}' has no {split} split, only {', '.join(others)}. Add {split}.csv or a folder "
            f"'{split}'."
        )
    csv_files = sorted(path.glob("*.csv"))
    if len(csv_files) > 1:
        raise ValueError(
            f"'{path}' has several CSV files: {', '.join(file.name for file in csv_files)}. Name "
            f"one {split}.csv, or pass it as `data_dir`."
        )
    return (csv_files[0] if csv_files else path), False


def _split_listing(path: Path, split: str) -> Path | None:
    candidates = [path / f"{name}.csv" for name in _SPLIT_NAMES[split]]
    candidates += [path / name for name in _SPLIT_NAMES[split]]
    return next((candidate for candidate in candidates if candidate.exists()), None)


def read_listing(listing: Path, strict: bool) -> list[Pair]:
    """The pairs of a CSV file, or of a folder as `find_pairs` says.

    Raises:
        ValueError: If there are none, names are ambiguous or a row is wrong; with `strict` also if
            a photograph has no depth map (otherwise a warning).
        OSError: If it cannot be read.
    """
    if not listing.is_dir():
        try:
            content = read_list(listing)
        except OSError as error:
            raise OSError(f"Cannot read '{listing}': {error.strerror}") from error
        return parse_pairs(content, str(listing))
    try:
        names, (pairs, alone) = list_files(listing), find_pairs(listing)
    except OSError as error:
        raise OSError(f"Cannot read folder '{error.filename}': {error.strerror}") from error
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
