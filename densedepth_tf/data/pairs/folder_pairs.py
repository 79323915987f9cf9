"""Finding which depth map belongs to which photograph in a folder of one's own."""

import os
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from densedepth_tf.data.pairs.pair_list import Pair
from densedepth_tf.data.pairs.validity_masks import is_mask
from densedepth_tf.files.file_tree import FolderTree
from densedepth_tf.files.suffixes import (
    DEPTH_SUFFIXES,
    IMAGE_OR_DEPTH_SUFFIXES,
    IMAGE_SUFFIXES,
    suffix_of,
)

_IMAGE_WORDS = ("image", "images", "img", "rgb", "color", "colors", "colour", "colours", "photo")
_DEPTH_WORDS = ("depth", "depths", "groundtruth", "gt")
_WORDS = "|".join(sorted(_IMAGE_WORDS + _DEPTH_WORDS, key=len, reverse=True))
_FIRST_WORD = re.compile(rf"^({_WORDS})[._-]+(?=.)", re.IGNORECASE)
_LAST_WORD = re.compile(rf"(?<=.)[._-]+({_WORDS})$", re.IGNORECASE)


def find_pairs(root: str | os.PathLike) -> tuple[list[Pair], list[str]]:
    """Pairs the photographs below a folder with their depth maps, by name.

    Two files belong together if their relative paths are the same once the suffix and the words
    that tell the two apart are taken away. All of these pair up, at any depth of folders:

    | photograph | depth map |
    |---|---|
    | `image/x.jpg` (or `rgb`, `color`, ...) | `depth/x.png` (or `groundtruth`, `gt`) |
    | `x.jpg` | `x.png`, `x.npy`, `x_depth.png` |
    | `x.ppm` | `x.pgm` |
    | `frame-000000.color.jpg` | `frame-000000.depth.png` |
    | `rgb_0001.png` | `depth_0001.png` |
    | `scene/image.png` | `scene/depth.npy` |

    Files that are called like masks of valid depth (`validity_masks`) are neither.

    Returns:
        The pairs, and the photographs without a depth map; both in the order of their names,
        relative to `root`.

    Raises:
        ValueError: If two photographs, or two depth maps, share a name; the message names them.
        OSError: If a folder cannot be read.
    """
    return pair_up(list_files(root))


def pair_up(names: Iterable[str]) -> tuple[list[Pair], list[str]]:
    """As `find_pairs`, of the files of these names."""
    images: dict[str, str] = {}
    depths: dict[str, str] = {}
    either: dict[str, list[str]] = {}
    for name in names:
        key, role = _key_and_role(name)
        if role == "other":
            continue
        if role == "either":
            either.setdefault(key, []).append(name)
        else:
            _enter(images if role == "image" else depths, key, name)
    # A PNG that nothing marks is depth beside a photograph, and a photograph otherwise.
    for key, names in either.items():
        for name in names:
            _enter(depths if key in images and key not in depths else images, key, name)
    ordered = sorted(images.items(), key=lambda item: item[1])
    pairs = [Pair(image, depths[key]) for key, image in ordered if key in depths]
    return pairs, [image for key, image in ordered if key not in depths]


def list_files(root: str | os.PathLike) -> list[str]:
    """The names of all files below a folder, relative to it and in order; hidden ones are none.

    Raises:
        OSError: If a folder cannot be read.
    """
    return FolderTree(root).names()


def _key_and_role(name: str) -> tuple[str, str]:
    path = PurePosixPath(name)
    suffix = suffix_of(path)
    if suffix not in IMAGE_SUFFIXES + DEPTH_SUFFIXES or is_mask(name):
        return name, "other"
    *folders, stem = path.with_suffix("").parts
    words = [folder.lower() for folder in folders if folder.lower() in _IMAGE_WORDS + _DEPTH_WORDS]
    folders = [folder for folder in folders if folder.lower() not in _IMAGE_WORDS + _DEPTH_WORDS]
    if stem.lower() in _IMAGE_WORDS + _DEPTH_WORDS:
        words.append(stem.lower())
        stem = ""
    for pattern in (_LAST_WORD, _FIRST_WORD):
        if match := pattern.search(stem):
            words.append(match[1].lower())
            stem = pattern.sub("", stem)
    key = "/".join([*folders, stem])
    if suffix in DEPTH_SUFFIXES or (words and words[-1] in _DEPTH_WORDS):  # nearest word wins
        return key, "depth"
    if suffix not in IMAGE_OR_DEPTH_SUFFIXES or words:
        return key, "image"
    return key, "either"


def _enter(files: dict[str, str], key: str, name: str) -> None:
    if key in files:
        raise ValueError(
            f"Cannot tell which file is which: '{files[key]}' and '{name}' share a name. Give the "
            "pairs in a CSV file with rows `image,depth`."
        )
    files[key] = name
