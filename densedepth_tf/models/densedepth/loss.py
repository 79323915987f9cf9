"""The DenseDepth loss: L1, gradients and structural similarity of inverse depth."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.models.densedepth.loss_terms import get_loss_term
from densedepth_tf.models.keras_model.depth_loss import DepthLoss
from densedepth_tf.models.replica_sums import counted_together
from densedepth_tf.models.ssim import WINDOW, ssim_map

# The share of an SSIM window that must be valid: what is made up for the rest hardly shows then.
LEAST_VALID = 0.9


@keras.saving.register_keras_serializable(package="densedepth_tf")
class DenseDepthLoss(DepthLoss):
    """0.1 * L1 + gradients + SSIM (Alhashim & Wonka 2018, section 3.2, equations 1-4).

    Works in target space (`max_depth / depth`) on float32. Targets of 0, or not finite, are
    missing: they add nothing to any term, and predictions there get no gradient. L1 is a mean over
    the batch's valid pixels; gradients are means over the pairs of neighbours that are both valid;
    SSIM is a mean over windows of which at least nine tenths are valid, weighted by that share. A
    term without anything to look at is 0: of LiDAR's single points L1 is what remains, and a batch
    without a valid pixel has loss 0. Without missing pixels it is the official loss.

    SSIM subtracts nearly equal means of squares and is computed in all of float32, also where GPUs
    round the inputs of convolutions to 10 bits (TF32): it may be left on.

    Args:
        min_depth: Smallest depth in metres.
        max_depth: Largest depth in metres; the SSIM's dynamic range is `max_depth / min_depth`.
        l1_weight: Weight of the mean absolute difference.
        gradient_weight: Weight of the difference of the forward-difference gradients.
        ssim_weight: Weight of the structural dissimilarity.
        relative_weight: Weight of the mean relative error of inverse depth, |y - p| / y, which
            the published loss does not have: it counts near and far pixels alike.
        reduction: As in Keras; `call` returns one value per sample.
        name: Name of the loss.
        loss_terms: Weights of further terms by name, see `register_loss_term`.

    Raises:
        ValueError: If there is no term of a name.
    """

    def __init__(
        self,
        min_depth: float = 0.1,
        max_depth: float = 10.0,
        l1_weight: float = 0.1,
        gradient_weight: float = 1.0,
        ssim_weight: float = 1.0,
        relative_weight: float = 0.0,
        reduction: str = "sum_over_batch_size",
        name: str = "densedepth_loss",
        loss_terms: Mapping[str, float] | None = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype="float32")
        codec = InverseDepthCodec(min_depth, max_depth)
        self.min_depth, self.max_depth = codec.min_depth, codec.max_depth
        self.l1_weight = l1_weight
        self.gradient_weight = gradient_weight
        self.ssim_weight = ssim_weight
        self.relative_weight = relative_weight
        self.loss_terms = dict(loss_terms or {})
        for term in self.loss_terms:
            get_loss_term(term)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Loss of each sample.

        Args:
            y_true: `(N, H, W, 1)` targets, 0 = missing; H and W at least 11.
            y_pred: `(N, H, W, 1)` predictions.

        Returns:
            float32 tensor `(N,)`. As in the official code L1 and gradients are pooled over the
            batch, SSIM is the sample's own: a `sample_weight` of Keras' weighs SSIM alone per
            sample. To leave pixels or samples out, set their targets to 0.
        """
        l1, gradients, dissimilarity = self.terms(y_true, y_pred)
        loss = (
            self.ssim_weight * dissimilarity
            + self.gradient_weight * gradients
            + self.l1_weight * l1
        )
        more = {"relative": self.relative_weight} if self.relative_weight else {}
        for name, weight in {**more, **self.loss_terms}.items():
            loss += weight * _term(name, y_true, y_pred)
        return loss

    def terms(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The unweighted L1 (scalar), gradient (scalar) and SSIM `(N,)` terms."""
        y_true = ops.cast(y_true, "float32")
        y_pred = ops.cast(y_pred, "float32")
        valid = ops.logical_and(y_true > 0, ops.isfinite(y_true))
        mask = ops.cast(valid, "float32")
        # Invalid values go before any arithmetic: masking afterwards leaves NaN gradients.
        y_true = ops.where(valid, y_true, 0.0)
        difference = ops.where(valid, y_pred, 0.0) - y_true
        num_valid = counted_together(ops.sum(mask), ops.shape(mask)[0])
        l1 = ops.sum(ops.abs(difference)) / num_valid
        gradients = _variation(difference, mask, 1) + _variation(difference, mask, 2)
        return l1, gradients, self._dissimilarity(y_true, y_pred, valid, mask)

    def _dissimilarity(self, y_true: Tensor, y_pred: Tensor, valid: Tensor, mask: Tensor) -> Tensor:
        """clip((1 - SSIM) / 2, 0, 1) of each sample over its valid pixels, `(N,)`."""
        axes = (1, 2, 3)
        num_valid = ops.maximum(ops.sum(mask, axis=axes, keepdims=True), 1.0)
        fill = ops.sum(y_true, axis=axes, keepdims=True) / num_valid
        similarity = ssim_map(
            ops.where(valid, y_true, fill),
            ops.where(valid, y_pred, fill),
            self.max_depth / self.min_depth,
        )
        weight = ops.average_pool(mask, WINDOW, strides=1, padding="valid")[..., 0]
        weight = ops.where(weight >= LEAST_VALID, weight, 0.0)
        total = ops.sum(weight, axis=(1, 2))
        mean = ops.sum(weight * (1 - similarity), axis=(1, 2)) / ops.maximum(total, 1e-6)
        return ops.clip(mean / 2, 0.0, 1.0)

    @override
    def get_config(self) -> dict[str, Any]:
        return {
            "min_depth": self.min_depth,
            "max_depth": self.max_depth,
            "l1_weight": self.l1_weight,
            "gradient_weight": self.gradient_weight,
            "ssim_weight": self.ssim_weight,
            "relative_weight": self.relative_weight,
            "reduction": self.reduction,
            "name": self.name,
            "loss_terms": self.loss_terms,
        }


def _term(name: str, y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The unweighted further term of that name."""
    y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    valid = ops.logical_and(y_true > 0, ops.isfinite(y_true))
    truth, prediction = ops.where(valid, y_true, 1.0), ops.where(valid, y_pred, 1.0)
    return get_loss_term(name)(truth, prediction, ops.cast(valid, "float32"))


def _variation(difference: Tensor, mask: Tensor, axis: int) -> Tensor:
    """Mean |forward difference| along an axis over the pairs of valid pixels.

    As officially, the last row or column counts as a difference of 0: a mean of n - 1 differences
    is one over n.
    """
    if axis == 1:
        steps = difference[:, 1:] - difference[:, :-1]
        both = mask[:, 1:] * mask[:, :-1]
    else:
        steps = difference[:, :, 1:] - difference[:, :, :-1]
        both = mask[:, :, 1:] * mask[:, :, :-1]
    length = ops.cast(ops.shape(mask)[axis], "float32")
    # Divided first, so that a whole map's count is exact.
    count = ops.sum(both) / (length - 1.0) * length
    return ops.sum(ops.abs(steps) * both) / counted_together(count, ops.shape(mask)[0])
