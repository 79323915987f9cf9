"""The loss of Eigen et al.: squared error of log depth, blind to scale in part."""

from typing import Any

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.keras_model.depth_loss import DepthLoss


@keras.saving.register_keras_serializable(package="densedepth_tf")
class EigenLoss(DepthLoss):
    """Scale-invariant log error (Eigen et al. 2014, sections 3.2 and 3.3, equations 1 to 4).

    With d the difference of log depths, over the valid pixels of an image:

        mean(d^2) - lambda * mean(d)^2  =  variance(d) + (1 - lambda) * mean(d)^2

    The right-hand form is computed: it cannot become negative. With lambda 0 it is the squared
    error of the logarithms, with 1 a factor common to all depths costs nothing, and 0.5, the
    published choice, is the mean of the two.

    Works in target space (`LogDepthCodec`) on float32. Targets of 0, or not finite, are missing:
    they add nothing, and predictions there get no gradient. An image without a valid pixel has
    loss 0.

    Args:
        scale_invariance: lambda, in [0, 1].
        reduction: As in Keras; `call` returns one value per image.
        name: Name of the loss.

    Raises:
        ValueError: If lambda is outside [0, 1].
    """

    def __init__(
        self,
        scale_invariance: float = 0.5,
        reduction: str = "sum_over_batch_size",
        name: str = "eigen_loss",
    ):
        super().__init__(name=name, reduction=reduction, dtype="float32")
        if not 0 <= scale_invariance <= 1:
            raise ValueError(
                "The scale-invariant loss needs lambda in [0, 1] (`scale_invariance`). "
                f"Received: {scale_invariance}"
            )
        self.scale_invariance = scale_invariance

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Loss of each image.

        Args:
            y_true: `(N, H, W, 1)` targets, 0 = missing.
            y_pred: `(N, H, W, 1)` predictions.

        Returns:
            float32 tensor `(N,)`.
        """
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        valid = ops.logical_and(y_true > 0, ops.isfinite(y_true))
        # Invalid values go before any arithmetic: masking afterwards leaves NaN gradients.
        difference = ops.where(valid, y_pred, 0.0) - ops.where(valid, y_true, 0.0)
        count = ops.sum(ops.cast(valid, "float32"), axis=(1, 2, 3))
        count = ops.maximum(count, 1.0)
        mean = ops.sum(difference, axis=(1, 2, 3)) / count
        apart = ops.where(valid, difference - mean[:, None, None, None], 0.0)
        variance = ops.sum(ops.square(apart), axis=(1, 2, 3)) / count
        return variance + (1 - self.scale_invariance) * ops.square(mean)

    @override
    def get_config(self) -> dict[str, Any]:
        return {
            "scale_invariance": self.scale_invariance,
            "reduction": self.reduction,
            "name": self.name,
        }
