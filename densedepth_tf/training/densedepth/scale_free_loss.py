"""A loss that forgives the scale of targets which are known up to a factor only."""

from typing import Any

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor

# A network that has learnt nothing answers with 0, to which no target can be brought.
_SMALLEST_FACTOR = 0.1


@keras.saving.register_keras_serializable(package="densedepth_tf")
class ScaleFreeLoss(keras.losses.Loss):
    """Another loss, before which targets without a scale are brought to that of the prediction.

    A negative target says that only its proportion to the sample's other negative targets counts:
    its absolute value is multiplied by the median of prediction / target over them. So the
    prediction's own scale is never wrong there, and it gets no gradient from it; its shape is
    compared as in any other sample. The factor is each sample's own, and at least 0.1. Of inverse
    depth it is the inverse of depth's factor; a shift is not forgiven, as the models that teach
    predict none.
    (Aligned by the median, after Ranftl et al. 2020, section 5, where scale and shift are.)

    Args:
        loss: The other loss: one value per sample, of targets of which 0 is missing.
        name: Name of the loss.
    """

    def __init__(self, loss: keras.losses.Loss, name: str = "scale_free_loss"):
        super().__init__(name=name, reduction=loss.reduction, dtype="float32")
        self.loss = loss

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Loss of each sample.

        Args:
            y_true: `(N, H, W, 1)` targets, 0 = missing, negative = of unknown scale.
            y_pred: `(N, H, W, 1)` predictions.

        Returns:
            float32 tensor `(N,)`.
        """
        return self.loss.call(with_scale_of(y_true, y_pred), y_pred)

    @override
    def get_config(self) -> dict[str, Any]:
        return {"loss": keras.saving.serialize_keras_object(self.loss), "name": self.name}

    @classmethod
    @override
    def from_config(cls, config: dict[str, Any]) -> "ScaleFreeLoss":
        loss = keras.saving.deserialize_keras_object(config["loss"])
        return cls(**{**config, "loss": loss})


def with_scale_of(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Targets, those that are negative scaled to the prediction; see `ScaleFreeLoss`.

    Args:
        y_true: `(N, H, W, 1)` targets.
        y_pred: `(N, H, W, 1)` predictions.

    Returns:
        float32 tensor `(N, H, W, 1)` without negative targets and without gradient.
    """
    y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    free = y_true < 0
    size = ops.where(free, -y_true, 1.0)
    ratios = ops.where(free, ops.stop_gradient(y_pred) / size, float("inf"))
    # What has a scale lies behind the ratios that count, whose middle is the median.
    ordered = ops.sort(ops.reshape(ratios, (ops.shape(ratios)[0], -1)), axis=1)
    count = ops.sum(ops.cast(free, "int32"), axis=(1, 2, 3))
    middle = ops.maximum((count - 1) // 2, 0)
    factor = ops.take_along_axis(ordered, middle[:, None], axis=1)[..., None, None]
    return ops.where(free, size * ops.maximum(factor, _SMALLEST_FACTOR), y_true)
