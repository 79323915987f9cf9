"""Photographs whose depth nobody knows: what there is to see, and no more."""

import os
from pathlib import Path

import numpy as np
from typing_extensions import override

from densedepth_tf.data.pairs.folder_pairs import find_pairs
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import DepthSource
from densedepth_tf.files.file_tree import FolderTree
from densedepth_tf.files.images.image_file import read_image


class PhotographsSource(DepthSource):
    """The photographs below a folder, in the order of their names; all depth is missing.

    Depth maps beside them, as `find_pairs` finds them, are not looked at.

    Args:
        path: The folder.

    Raises:
        ValueError: If it holds no photograph, or two of one name.
        OSError: If it cannot be read.
    """

    def __init__(self, path: str | os.PathLike):
        pairs, alone = find_pairs(path)
        self._names = sorted([*alone, *(pair.image for pair in pairs)])
        if not self._names:
            raise ValueError(f"There is no photograph. Received: '{path}'")
        self._tree = FolderTree(path)
        self.title = f"{Path(path).resolve().name}/photographs"

    def __len__(self) -> int:
        return len(self._names)

    @override
    def sample_name(self, index: int) -> str:
        return self._names[self.check_index(index)]

    @override
    def image_content(self, index: int) -> bytes:
        return self._tree.read(self.sample_name(index))

    def __getitem__(self, index: int) -> Sample:
        name = self.sample_name(index)
        image = read_image(self._tree.read(name), self._tree.path(name))
        return {
            "image": image,
            "depth": np.zeros((*image.shape[:2], 1), np.float32),
            "name": name,
        }
