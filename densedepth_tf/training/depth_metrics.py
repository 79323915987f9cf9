"""Metrics in metres for `compile`, on targets and outputs of any model's target space."""

from collections.abc import Callable

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor


class DepthMetric(keras.metrics.Mean):
    """Mean of a per-pixel error in metres over the valid pixels of all batches.

    For watching a training at the target's size; `evaluation` holds the published protocols.

    Args:
        error: `(truth, prediction)` in metres to a per-pixel value.
        to_depth: The model's `to_depth`.
        name: Name in logs.
        root: Take the square root of the mean.
    """

    def __init__(
        self,
        error: Callable[[Tensor, Tensor], Tensor],
        to_depth: Callable[[Tensor], Tensor],
        name: str,
        root: bool = False,
    ):
        super().__init__(name=name, dtype="float32")
        self._error = error
        self._to_depth = to_depth
        self._root = root

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Adds a batch of targets (0 = missing) and outputs, `(N, H, W, 1)`."""
        valid = y_true > 0
        truth = self._to_depth(ops.where(valid, y_true, 1.0))
        values = self._error(truth, self._to_depth(y_pred))
        super().update_state(values, sample_weight=ops.cast(valid, "float32"))

    @override
    def result(self) -> Tensor:
        mean = super().result()
        return ops.sqrt(mean) if self._root else mean


def depth_metrics(to_depth: Callable[[Tensor], Tensor]) -> list[DepthMetric]:
    """delta1, abs_rel and rmse of outputs that `to_depth` turns into metres."""
    return [
        DepthMetric(_within_a_quarter, to_depth, "delta1"),
        DepthMetric(lambda truth, depth: ops.abs(truth - depth) / truth, to_depth, "abs_rel"),
        DepthMetric(lambda truth, depth: (truth - depth) ** 2, to_depth, "rmse", root=True),
    ]


def _within_a_quarter(truth: Tensor, depth: Tensor) -> Tensor:
    return ops.cast(ops.maximum(truth / depth, depth / truth) < 1.25, "float32")
