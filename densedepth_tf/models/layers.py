"""The few layers Keras lacks."""

from typing import Any

import keras
import numpy as np
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.compiled_by_xla import is_compiled_by_xla


@keras.saving.register_keras_serializable(package="densedepth_tf")
class BilinearUpSampling2D(keras.layers.Layer):
    """Doubles (or multiplies) height and width bilinearly, at sizes known only at run time.

    `keras.layers.UpSampling2D(interpolation="bilinear")` handles a single image size per model
    on TensorFlow (Keras 3.15), and knows only half-pixel centres.

    Args:
        factor: Integer factor of both sides.
        align_corners: Map the corner pixels' centres onto each other (the convention of the
            published DenseDepth weights) instead of half-pixel centres.

    Call arguments:
        inputs: Tensor `(N, H, W, C)`. The output `(N, factor*H, factor*W, C)` has its dtype.
    """

    def __init__(self, factor: int = 2, align_corners: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = factor
        self.align_corners = align_corners

    @override
    def call(self, inputs: Tensor) -> Tensor:
        # XLA cannot compile training steps in half precision with `tf.image.resize`, of which it
        # makes float32 convolutions: types meet that it does not allow (TensorFlow 2.21).
        by_products = is_compiled_by_xla() and None not in inputs.shape[1:3]
        if by_products or keras.backend.backend() != "tensorflow":
            return self._call_static(inputs)
        import tensorflow as tf

        size = tf.shape(inputs)[1:3] * self.factor
        if self.align_corners:
            outputs = tf.raw_ops.ResizeBilinear(images=inputs, size=size, align_corners=True)
        else:
            outputs = tf.image.resize(inputs, size, method="bilinear")
        height, width = (side and side * self.factor for side in inputs.shape[1:3])
        outputs.set_shape((inputs.shape[0], height, width, inputs.shape[3]))
        return tf.cast(outputs, inputs.dtype)

    def _call_static(self, inputs: Tensor) -> Tensor:
        """Where every size is known: two products with interpolation matrices."""
        height, width = inputs.shape[1:3]
        rows = ops.convert_to_tensor(self._interpolation(height), dtype=inputs.dtype)
        columns = ops.convert_to_tensor(self._interpolation(width), dtype=inputs.dtype)
        outputs = ops.einsum("ph,nhwc->npwc", rows, inputs)
        return ops.einsum("qw,npwc->npqc", columns, outputs)

    def _interpolation(self, length: int) -> np.ndarray:
        """float32 matrix (factor * length, length); every row holds two weights that sum to 1."""
        target = np.arange(length * self.factor)
        if self.align_corners:
            position = target * (length - 1) / max(length * self.factor - 1, 1)
        else:
            position = np.clip((target + 0.5) / self.factor - 0.5, 0, length - 1)
        below = np.floor(position).astype(int)
        above = np.minimum(below + 1, length - 1)
        matrix = np.zeros((len(target), length), np.float32)
        np.add.at(matrix, (target, below), 1 - (position - below))
        np.add.at(matrix, (target, above), position - below)
        return matrix

    @override
    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, height, width, channels = input_shape
        return (
            batch,
            height and height * self.factor,
            width and width * self.factor,
            channels,
        )

    @override
    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "factor": self.factor,
            "align_corners": self.align_corners,
        }


@keras.saving.register_keras_serializable(package="densedepth_tf")
class ReflectionPadding2D(keras.layers.Layer):
    """Pads by mirroring at the border pixels, which are not repeated; sizes may be unknown.

    Args:
        padding: Rows and columns to add on every side, fewer than the input has.

    Call arguments:
        inputs: Tensor `(N, H, W, C)`. The output is `(N, H + 2 * padding, W + 2 * padding, C)`.
    """

    def __init__(self, padding: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding = padding

    @override
    def call(self, inputs: Tensor) -> Tensor:
        sides = (self.padding, self.padding)
        return ops.pad(inputs, ((0, 0), sides, sides, (0, 0)), mode="reflect")

    @override
    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, *sides, channels = input_shape
        return (batch, *(side and side + 2 * self.padding for side in sides), channels)

    @override
    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding}


@keras.saving.register_keras_serializable(package="densedepth_tf")
class NearestUpSampling2D(keras.layers.Layer):
    """Repeats every row and column.

    `keras.layers.UpSampling2D` does the same, but at sizes known only at run time LiteRT cannot
    convert the convolution behind it (Keras 3.15, TensorFlow 2.21).

    Args:
        factor: Integer factor of both sides.

    Call arguments:
        inputs: Tensor `(N, H, W, C)`. The output is `(N, factor*H, factor*W, C)`.
    """

    def __init__(self, factor: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = factor

    @override
    def call(self, inputs: Tensor) -> Tensor:
        batch, height, width, channels = ops.shape(inputs)
        # Copies along the axis behind become neighbours by a reshape.
        x = ops.concatenate([inputs] * self.factor, axis=3)
        x = ops.reshape(x, (batch, height, width * self.factor, channels))
        x = ops.concatenate([x] * self.factor, axis=2)
        return ops.reshape(x, (batch, height * self.factor, width * self.factor, channels))

    @override
    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, *sides, channels = input_shape
        return (batch, *(side and side * self.factor for side in sides), channels)

    @override
    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package="densedepth_tf")
class FreezableDropout(keras.layers.Dropout):
    """Dropout that rests while it is not trainable, as `BatchNormalization` does.

    Without that a frozen part of a network would give another answer to every training step.
    """

    @override
    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return super().call(inputs, training=training and self.trainable)
