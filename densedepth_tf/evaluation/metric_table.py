"""The measures by their names, and measures of one's own."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from densedepth_tf.evaluation.edges import EDGE_METRIC_NAMES

METRIC_NAMES = (
    "delta1",
    "delta2",
    "delta3",
    "abs_rel",
    "sq_rel",
    "rmse",
    "rmse_log",
    "si_rmse_log",
    "log10",
    "silog",
)
# What KITTI's depth benchmark ranks by besides `silog` and `abs_rel`.
KITTI_METRIC_NAMES = ("irmse", "sq_error_rel")
_HIGHER_IS_BETTER = ("delta1", "delta2", "delta3", *EDGE_METRIC_NAMES)


@dataclass(frozen=True)
class OwnMetric:
    """A measure that is made of a mean over pixels.

    Attributes:
        error: A number for every pixel.
        finish: What is made of their mean.
        higher_is_better: Whether more of it is better.
    """

    error: Callable[[np.ndarray, np.ndarray], np.ndarray]
    finish: Callable[[float], float]
    higher_is_better: bool


OWN_METRICS: dict[str, OwnMetric] = {}


def register_metric(
    name: str,
    error: Callable[[np.ndarray, np.ndarray], np.ndarray],
    finish: Callable[[float], float] = float,
    *,
    higher_is_better: bool = False,
) -> None:
    """Adds a measure of one's own, which every evaluation then reports beside the others.

    Args:
        name: Its name in tables, CSV and JSON files: letters, digits and "_".
        error: Gets predictions and truths in metres, float32 `(n,)`, both known and above 0, and
            returns a number for every pixel, `(n,)`. Images are measured in parts: a pixel's
            number depends on that pixel alone.
        finish: What is made of the mean over the pixels of an image, or of all images, e.g.
            `math.sqrt`; without a word the mean itself.
        higher_is_better: Whether more of it is better, as of delta1.

    Raises:
        ValueError: If the name is none, or belongs to another measure.
    """
    metric = OwnMetric(error, finish, higher_is_better)
    is_taken = name in (*METRIC_NAMES, *KITTI_METRIC_NAMES, *EDGE_METRIC_NAMES)
    if not re.fullmatch(r"\w+", name) or is_taken or OWN_METRICS.get(name, metric) != metric:
        raise ValueError(
            "`name` is a word of letters, digits and '_' that no other measure has. "
            f"Received: '{name}'"
        )
    OWN_METRICS[name] = metric


def is_better_high(name: str) -> bool:
    """Whether more of a measure is better."""
    own = OWN_METRICS.get(name)
    return own.higher_is_better if own else name in _HIGHER_IS_BETTER


def own_sums(prediction: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """The sum over pixels of every measure of one's own; both arrays float32 `(n,)` metres.

    Raises:
        ValueError: If a measure gives no finite number for a pixel; the message names it.
    """
    sums = {}
    for name, metric in OWN_METRICS.items():
        errors = np.asarray(metric.error(prediction, truth))
        if errors.shape != truth.shape or not np.isfinite(errors).all():
            raise ValueError(
                f"The measure '{name}' gives one finite number for every pixel, shape "
                f"{truth.shape}. Received: shape {errors.shape}"
            )
        sums[name] = float(errors.sum(dtype=np.float64))
    return sums
