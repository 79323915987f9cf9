"""Lists of NYU's images and depth maps as BTS, AdaBins and their relatives publish them."""

import os

import numpy as np
from typing_extensions import override

from densedepth_tf.data.pairs.pair_list import Pair
from densedepth_tf.data.pairs.pairs_source import PairsSource
from densedepth_tf.files.file_tree import FileTree, relative_name
from densedepth_tf.files.text_file import read_list_text
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics


class NYUPairList(PairsSource):
    """The pairs of a list with lines `image depth focal`, with names relative to `tree`.

    `/kitchen_0001a/rgb_00045.jpg /kitchen_0001a/sync_depth_00045.png 518.8579` is such a line.
    Depth maps are 16-bit PNG in millimetres.

    Args:
        tree: Where the files are.
        list_file: The list.
        depth_scale: Metres per stored unit, to override the bit depth.

    Raises:
        ValueError: If the list names no pairs, or a line is no pair; the message names it.
        OSError: If it cannot be read.
    """

    def __init__(
        self, tree: FileTree, list_file: str | os.PathLike, depth_scale: float | None = None
    ):
        pairs = parse_pair_lines(read_list_text(list_file), os.fspath(list_file))
        super().__init__(tree, pairs, f"nyu/{os.path.basename(list_file)}", depth_scale)

    @override
    def intrinsics(self, height: int, width: int) -> np.ndarray:
        return nyu_intrinsics((height, width))


def parse_pair_lines(content: str, name: str) -> list[Pair]:
    """Reads lines `image depth focal`; the focal length is optional and not looked at.

    Empty lines, those that begin with `#`, and images whose depth is `None` are skipped.

    Args:
        content: The text.
        name: What to call it in messages.

    Raises:
        ValueError: If a line is no pair or leads outside the folder, or there is none.
    """
    pairs = []
    for row, text in enumerate(content.splitlines(), start=1):
        words = text.split()
        if not words or words[0].startswith("#") or words[1:2] == ["None"]:
            continue
        if len(words) not in (2, 3):
            raise ValueError(
                f"'{name}', line {row}: needs 'image depth focal', e.g. "
                f"'kitchen/rgb_00045.jpg kitchen/sync_depth_00045.png 518.8579'. Received: "
                f"'{text.strip()[:100]}'"
            )
        try:
            # They begin with a slash, as if the data folder were the root of all.
            pairs.append(Pair(*(relative_name(word.lstrip("/")) for word in words[:2])))
        except ValueError as error:
            raise ValueError(f"'{name}', line {row}: {error}") from error
    if not pairs:
        raise ValueError(f"'{name}' lists no pairs; it needs lines 'image depth focal'.")
    return pairs
