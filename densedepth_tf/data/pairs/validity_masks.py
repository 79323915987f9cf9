"""Files beside depth maps that say which of their pixels are valid."""

import warnings
from collections.abc import Iterable
from pathlib import PurePosixPath

import numpy as np

from densedepth_tf.data.pairs.pair_list import Pair
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import read_stored
from densedepth_tf.files.file_tree import FileTree

_SUFFIXES = (".npy", ".png", ".tif", ".tiff", ".pgm")
# Words that can mean nothing else, and those that may as well mark a person or a surface.
_CERTAIN = ("valid", "validity", "valid_mask", "validmask")
_UNCERTAIN = ("mask", "masks", "confidence", "conf")
# "valid" is a folder of a split, too.
_FOLDERS = ("mask", "masks", "validity", "valid_mask", "depth_mask", "confidence", "conf")
_DEPTH_WORDS = ("depth", "depths", "gt", "groundtruth")
_NUM_PROBED = 8


def is_mask(name: str) -> bool:
    """Whether a file is called like a mask: `x_depth_mask.npy`, `confidence/x.png`."""
    path = PurePosixPath(name.lower())
    if path.suffix not in _SUFFIXES:
        return False
    if any(folder in _FOLDERS for folder in path.parts[:-1]):
        return True
    words = _CERTAIN + _UNCERTAIN
    return path.stem in words or path.stem.replace("-", "_").endswith(tuple(f"_{w}" for w in words))


def find_masks(tree: FileTree, pairs: list[Pair]) -> dict[str, str]:
    """The mask of each depth map that has one: names of depth maps to names of masks.

    Used are files of two values, 0 where depth is not valid, that are called after the depth map
    (`x_depth.npy` and `x_depth_mask.npy`) or `valid` (`x_valid.png`, `validity/x.png`). A warning
    counts what else may be a mask and is not used, and depth maps that have none.
    """
    used: dict[str, str] = {}
    unused: list[str] = []
    step = max(1, len(pairs) // _NUM_PROBED)
    found = {form for pair in pairs[::step] for form in _forms(tree, pair.depth)}
    for pair in pairs if found else ():
        for form in _forms(tree, pair.depth, found):
            if pair.depth not in used and form[0] and _is_binary(tree, form, pair, used):
                used[pair.depth] = _name(pair.depth, form)
            else:
                unused.append(_name(pair.depth, form))
    if unused:
        warnings.warn(
            f"Not used: {len(unused)} files beside the depth maps that may say which pixels are "
            f"valid, such as '{unused[0]}'. A mask has two values, 0 for what is not valid, and is "
            "called x_valid.png or x_depth_mask.npy.",
            stacklevel=3,
        )
    if used and len(used) < len(pairs):
        first = next(pair.depth for pair in pairs if pair.depth not in used)
        warnings.warn(
            f"{len(pairs) - len(used)} of {len(pairs)} depth maps lack the mask that the others "
            f"have, such as '{first}': all of their depth is used.",
            stacklevel=3,
        )
    return used


# Whether its name leaves no doubt, what replaces the depth map's stem or folder, and the suffix.
_Form = tuple[bool, str, str, str]


def _forms(tree: FileTree, depth: str, among: Iterable[_Form] | None = None) -> list[_Form]:
    """The forms in which a depth map has files that are called like masks."""
    if among is None:
        words = [(True, word) for word in _CERTAIN] + [(False, word) for word in _UNCERTAIN]
        among = [
            (certain or (place == "after" and "mask" in word), place, word, suffix)
            for certain, word in words
            for place in ("after", "instead", "folder")
            for suffix in _SUFFIXES
        ]
    named = {name: form for form in among if (name := _name(depth, form)) not in ("", depth)}
    return [form for name, form in named.items() if tree.exists(name)]


def _name(depth: str, form: _Form) -> str:
    """What a mask of a form is called; empty where the depth map's name has no such form."""
    _, place, word, suffix = form
    path = PurePosixPath(depth)
    if place == "after":
        return str(path.with_name(f"{path.stem}_{word}{suffix}"))
    if place == "instead":
        start, _, last = path.stem.rpartition("_")
        if last.lower() not in _DEPTH_WORDS:
            return ""
        return str(path.with_name(f"{start}_{word}{suffix}" if start else f"{word}{suffix}"))
    parts = list(path.parts)
    for place_of in range(len(parts) - 2, -1, -1):
        if "depth" in parts[place_of].lower() or parts[place_of].lower() in _DEPTH_WORDS:
            parts[place_of] = word
            return str(PurePosixPath(*parts).with_suffix(suffix))
    return ""


def _is_binary(tree: FileTree, form: _Form, pair: Pair, used: dict[str, str]) -> bool:
    """Whether a mask has two values; of the first alone, as reading all takes long."""
    if used:
        return True
    name = _name(pair.depth, form)
    try:
        return len(np.unique(read_stored(tree.read(name), name=tree.path(name))[0])) <= 2
    except BadSampleError:
        return True  # Reading the sample says what is wrong.


def apply_mask(depth: np.ndarray, content: bytes, name: str) -> np.ndarray:
    """Depth that is missing where a mask is 0.

    Args:
        depth: (H, W, 1) metres.
        content: The mask's file.
        name: Its name, for messages.

    Raises:
        BadSampleError: If the mask is damaged, of another size or has more than two values.
    """
    mask = read_stored(content, name=name)[0]
    if mask.shape != depth.shape[:2]:
        raise BadSampleError(
            f"The mask '{name}' is {mask.shape[0]}x{mask.shape[1]} (height x width), its depth map "
            f"{depth.shape[0]}x{depth.shape[1]}."
        )
    if len(np.unique(mask)) > 2:
        raise BadSampleError(f"The mask '{name}' has more than two values.")
    return np.where(mask[..., np.newaxis] != 0, depth, np.float32(0))
