"""Depth that a model of some range cannot tell: how much of it there is, and what to do."""

import warnings
from collections.abc import Iterable

import numpy as np

from densedepth_tf.data.sample import Sample
from densedepth_tf.files.bad_sample import BadSampleError

# What train.py takes without --min-depth and --max-depth, metres.
USUAL_MODEL_RANGE = (0.1, 10.0)


def count_outside(depth: np.ndarray, model_range: tuple[float, float]) -> int:
    """Pixels whose depth (metres, any shape, 0 = missing) lies outside the range."""
    low, high = model_range
    return int(np.count_nonzero((depth > high) | ((depth > 0) & (depth < low))))


def outside_range(share: float, model_range: tuple[float, float]) -> str:
    """What to say of a share (0..1) of the depth that lies outside a model's range, metres."""
    low, high = model_range
    return (
        f"{100 * share:.3g} % of the depth lies outside {low:g}..{high:g} m, where a model of this "
        "range cannot follow. Choose a wider one (`min_depth`, `max_depth`); what has no depth, "
        "like the sky, is stored as 0."
    )


def warn_outside_range(
    samples: Iterable[Sample | BadSampleError], model_range: tuple[float, float]
) -> None:
    """Warns of depth that training would clip and figures would leave out.

    Args:
        samples: Those to judge by; bad ones are passed over.
        model_range: Metres (nearest, farthest) of the model.
    """
    depths = [sample["depth"] for sample in samples if not isinstance(sample, BadSampleError)]
    outside = sum(count_outside(depth, model_range) for depth in depths)
    if outside:
        valid = sum(int(np.count_nonzero(depth > 0)) for depth in depths)
        warnings.warn(outside_range(outside / valid, model_range), stacklevel=2)
