"""Reading frames with their neighbours for a pipeline."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from densedepth_tf.data.batches.cached import CachedSource
from densedepth_tf.data.batches.loader import Loader
from densedepth_tf.data.sequences.sequence_source import SequenceSource


class SequenceLoader(Loader):
    """Reads one frame and its neighbours per position of a run; bad ones are skipped and named.

    Args:
        source: Where samples come from.
        image_size: `(height, width)` of the networks.
        unit: Metres that are one unit of depth; translations are divided by it.
        strict: Stop at the first bad sample instead of skipping it.
        cache: Keep decoded samples in memory.

    Attributes:
        frame_offsets: The neighbours of every frame.
    """

    def __init__(
        self,
        source: SequenceSource,
        image_size: tuple[int, int],
        unit: float = 1.0,
        strict: bool = False,
        cache: bool = False,
    ):
        super().__init__(CachedSource(source) if cache else source, strict)
        self.frame_offsets = source.frame_offsets
        self.image_size = image_size
        self.unit = unit

    def arrays(self, sample: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
        """Images uint8 (1 + F, H, W, 3), the frame first; intrinsics and stereo transform.

        The intrinsics are float32 (3, 3) in pixels of the images, the transform float32 (4, 4)
        in units, the identity where there is no stereo partner.
        """
        images = np.concatenate([sample["image"][None], sample["frames"]])
        intrinsics = np.asarray(sample["intrinsics"], np.float32)
        transform = np.array(sample.get("stereo_transform", np.eye(4)), np.float32)
        transform[:3, 3] /= self.unit
        return images, intrinsics, transform
