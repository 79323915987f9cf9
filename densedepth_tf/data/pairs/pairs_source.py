"""A source over pairs of files, the common part of the NYU and folder readers."""

import numpy as np
from typing_extensions import override

from densedepth_tf.data.pairs.pair_list import Pair
from densedepth_tf.data.pairs.validity_masks import apply_mask
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.sample_check import UnitCheck, checked_sample
from densedepth_tf.data.source import DepthSource
from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.file_tree import FileTree
from densedepth_tf.files.images.image_file import read_image


class PairsSource(DepthSource):
    """Samples from pairs of an image file and a depth file; a sample is named by its image.

    Args:
        tree: Where the files are.
        pairs: Their names, relative to `tree`.
        title: What is read, for titles and reports.
        depth_scale: Metres per stored unit, which is believed; by default decided by the bit depth.
        masks: For names of depth maps those of their masks, see `validity_masks`.
    """

    def __init__(
        self,
        tree: FileTree,
        pairs: list[Pair],
        title: str,
        depth_scale: float | None = None,
        masks: dict[str, str] | None = None,
    ):
        self.title = title
        self._tree = tree
        self._pairs = pairs
        self._depth_scale = depth_scale
        self._masks = masks or {}
        self.check_unit = UnitCheck(believed=depth_scale is not None)

    def __len__(self) -> int:
        return len(self._pairs)

    @override
    def sample_name(self, index: int) -> str:
        return self._pairs[self.check_index(index)].image

    @override
    def image_content(self, index: int) -> bytes:
        return self._tree.read(self._pairs[self.check_index(index)].image)

    def __getitem__(self, index: int) -> Sample:
        pair = self._pairs[self.check_index(index)]
        image = read_image(self._tree.read(pair.image), self._tree.path(pair.image))
        depth_path = self._tree.path(pair.depth)
        depth = read_depth(self._tree.read(pair.depth), self._depth_scale, depth_path)
        if pair.depth in self._masks:
            mask = self._masks[pair.depth]
            depth = apply_mask(depth, self._tree.read(mask), self._tree.path(mask))
        intrinsics = self.intrinsics(*image.shape[:2])
        sample = checked_sample(image, depth, depth_path, intrinsics, self.check_unit)
        sample["name"] = pair.image
        return sample

    def intrinsics(self, height: int, width: int) -> np.ndarray | None:
        """The camera matrix, float32 (3, 3), for images of this size; None if unknown."""
        return None
