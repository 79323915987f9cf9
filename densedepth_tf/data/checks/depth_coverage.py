"""How much depth a data set knows, and by which rule it comes to the target's size."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from densedepth_tf.data.batches.resize_depth import resize_depth
from densedepth_tf.data.batches.sparse_depth import place_points
from densedepth_tf.data.sample import Sample
from densedepth_tf.geometry.region import Region


@dataclass(frozen=True)
class DepthCoverage:
    """What a few samples show.

    Attributes:
        num_samples: How many were looked at.
        num_sparse: Those whose depth is single points, see `sparse_depth`.
        known: The share of their pixels whose depth is known, 0..1.
        kept: The same at the target's size.
    """

    num_samples: int
    num_sparse: int
    known: float
    kept: float

    def __str__(self) -> str:
        if self.num_sparse == self.num_samples:
            rule = "sparse, every known point is kept"
        elif self.num_sparse:
            rule = f"sparse in {self.num_sparse}, where every known point is kept, averaged else"
        else:
            rule = "dense, averaged"
        return (
            f"{self.known:.1%} known in {self.num_samples} samples looked at; {rule}: "
            f"{self.kept:.1%} at the network's size"
        )


def depth_coverage(
    samples: Iterable[Sample], size: tuple[int, int], region: Region
) -> DepthCoverage | None:
    """Looks at samples' depth and at what it becomes.

    Args:
        samples: A few.
        size: `(height, width)` of the target.
        region: The part of the depth that the target shows.

    Returns:
        What was found; None without samples.
    """
    known, kept, sparse = [], [], []
    for sample in samples:
        depth = sample["depth"]
        resized = resize_depth(tf.constant(depth), size, region).numpy()
        known.append(float(np.mean(depth > 0)))
        kept.append(float(np.mean(resized > 0)))
        points = place_points(depth, size, region)
        sparse.append(known[-1] < 0.5 and np.array_equal(resized, points))
    if not known:
        return None
    return DepthCoverage(len(known), sum(sparse), float(np.mean(known)), float(np.mean(kept)))
