"""Metrics in metres for `compile`, on targets and outputs of any model's target space."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.keras_model.first_mistakes import check_target_shape
from densedepth_tf.models.target_codec import TargetCodec


@dataclass(frozen=True)
class _Error:
    """The error of a pixel: `(truth, depth)` in metres to a value.

    Attributes:
        of: The error.
        root: Take the square root of the mean.
    """

    of: Callable[[Tensor, Tensor], Tensor]
    root: bool = False


def _within(power: int) -> _Error:
    """1 where truth and depth differ by less than a factor of 1.25^power."""
    return _Error(
        lambda truth, depth: ops.cast(
            ops.maximum(truth / depth, depth / truth) < 1.25**power, "float32"
        )
    )


_ERRORS: dict[str, _Error] = {
    "delta1": _within(1),
    "delta2": _within(2),
    "delta3": _within(3),
    "abs_rel": _Error(lambda truth, depth: ops.abs(truth - depth) / truth),
    "sq_rel": _Error(lambda truth, depth: (truth - depth) ** 2 / truth),
    "rmse": _Error(lambda truth, depth: (truth - depth) ** 2, root=True),
    "rmse_log": _Error(lambda truth, depth: (ops.log(truth) - ops.log(depth)) ** 2, root=True),
    "log10": _Error(lambda truth, depth: ops.abs(ops.log10(truth) - ops.log10(depth))),
}
WATCHED = ("delta1", "abs_rel", "rmse")


@keras.saving.register_keras_serializable(package="densedepth_tf")
class DepthMetric(keras.metrics.Mean):
    """A metric of Eigen et al. 2014 (section 4) in metres, over the valid pixels of all batches.

    For watching a training at the target's size; `evaluate.py` has the published protocols.

    Args:
        error: `"delta1"`, `"delta2"`, `"delta3"`, `"abs_rel"`, `"sq_rel"`, `"rmse"`, `"rmse_log"`
            or `"log10"`.
        codec: The model's `codec`, which turns its target space into metres.
        name: Name in logs; default: the error's.

    Raises:
        ValueError: For an error of another name.

    Example:
        >>> model.compile("adam", DenseDepthLoss(), metrics=[DepthMetric("delta1", model.codec)])
    """

    def __init__(
        self, error: str, codec: TargetCodec, name: str | None = None, dtype: str | None = None
    ):
        if error not in _ERRORS:
            raise ValueError(f"`error` is one of {', '.join(_ERRORS)}. Received: {error!r}")
        # Half precision cannot count pixels, whatever the global policy is.
        super().__init__(name=name or error, dtype="float32")
        self.error = error
        self.codec = codec

    @override
    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Adds a batch of targets (0 = missing) and outputs, `(N, H, W, 1)`."""
        check_target_shape(y_true, y_pred)
        valid = y_true > 0
        truth = self.codec.to_depth(ops.where(valid, y_true, 1.0))
        values = _ERRORS[self.error].of(truth, self.codec.to_depth(y_pred))
        super().update_state(values, sample_weight=ops.cast(valid, "float32"))

    @override
    def result(self) -> Tensor:
        mean = super().result()
        return ops.sqrt(mean) if _ERRORS[self.error].root else mean

    @override
    def get_config(self) -> dict[str, Any]:
        return {
            "error": self.error,
            "codec": keras.saving.serialize_keras_object(self.codec),
            "name": self.name,
        }

    @classmethod
    @override
    def from_config(cls, config: dict[str, Any]) -> "DepthMetric":
        codec = keras.saving.deserialize_keras_object(config["codec"])
        return cls(**{**config, "codec": codec})


def depth_metrics(codec: TargetCodec) -> list[DepthMetric]:
    """The metrics that every training shows: delta1, abs_rel and rmse."""
    return [DepthMetric(error, codec) for error in WATCHED]
