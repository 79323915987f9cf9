"""DepthLoss: what losses on depth have in common, in whatever model they are compiled."""

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.keras_model.first_mistakes import (
    check_pixel_weights,
    check_target_shape,
    weighs_pixels,
)


class DepthLoss(keras.losses.Loss):
    """A loss of one value per image that leaves out missing targets, which are 0.

    So it can leave out what a mask of pixels says, given as `sample_weight`.
    """

    @override
    def __call__(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> Tensor:
        """The loss of a batch.

        Args:
            y_true: `(N, H, W, 1)` targets, 0 = missing.
            y_pred: `(N, H, W, 1)` predictions.
            sample_weight: One number for each image; or a mask of pixels, `(N, H, W)` or with a
                channel axis, where 0 is what does not count.

        Raises:
            ValueError: If the shapes do not belong together.
        """
        check_target_shape(y_true, y_pred)
        if weighs_pixels(sample_weight):
            y_true, sample_weight = without_masked(y_true, sample_weight), None
        return super().__call__(y_true, y_pred, sample_weight)


def without_masked(targets: Tensor, mask: Tensor) -> Tensor:
    """Targets `(N, H, W, 1)` that are missing, 0, where a mask of pixels is 0.

    Raises:
        ValueError: If the mask is of another size.
    """
    check_pixel_weights(mask, targets)
    targets, mask = ops.convert_to_tensor(targets), ops.convert_to_tensor(mask)
    mask = mask[..., None] if len(mask.shape) == 3 else mask
    return ops.where(ops.cast(mask, "bool"), targets, ops.zeros_like(targets))


def weights_of_values(weights: Tensor, values: Tensor) -> Tensor:
    """`sample_weight` as Keras multiplies it with the values of any other loss.

    Args:
        weights: One number for each image, or for each pixel.
        values: What the loss makes of a batch: `(N, H, W)`, `(N,)` or a single number.

    Raises:
        ValueError: If pixels have weights and the loss has no values of pixels.
    """
    rank = len(values.shape)
    if not weighs_pixels(weights):
        return ops.reshape(weights, (-1, *[1] * (rank - 1))) if rank > 1 else weights
    check_pixel_weights(weights, values, of_pixels=rank > 2)
    return weights
