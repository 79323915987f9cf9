"""Batch normalisation as the official implementations do it, by TensorFlow's fused kernels."""

import math

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.replica_sums import sum_over_replicas

MAP_DTYPES = ("float16", "bfloat16", "float32")


@keras.saving.register_keras_serializable(package="densedepth_tf")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, faster on images, with Keras 2's moving variance.

    Keras 3 writes normalisation out as a dozen passes over the maps, a third of a training step on
    CPUs. And it averages the batch's biased variance, where Keras 2 and PyTorch, with which
    DenseDepth and Monodepth2 were published, average the unbiased one: n / (n - 1) times as large.

    With `synchronized` the statistics are those of all replicas' images, exactly.

    Arguments, weights and files are those of Keras' layer, and so is what is done with anything but
    maps `(N, H, W, C)` of 16 or 32 bits without a mask, and statistics in float32.
    """

    @override
    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor = None) -> Tensor:
        is_plain = mask is None and not self.renorm
        if not (is_plain and self.axis in (-1, 3) and _is_image(inputs, self.variable_dtype)):
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1:]
        gamma = self.gamma if self.scale else ops.ones(channels)
        beta = self.beta if self.center else ops.zeros(channels)
        normalise = _normalise_fused if keras.backend.backend() == "tensorflow" else _normalise
        if training and self.synchronized:
            normalise = _normalise_together
        if not (training and self.trainable):
            moments = self.moving_mean, self.moving_variance
            return normalise(inputs, gamma, beta, self.epsilon, moments)[0]
        outputs, mean, variance = normalise(inputs, gamma, beta, self.epsilon)
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + value * (1.0 - self.momentum))
        return outputs


def fuse_batch_normalization(network: keras.Model) -> None:
    """Turns the layers of a `keras.applications` network, which are Keras' own, into these.

    Args:
        network: Changed in place; weights and connections stay.
    """
    for layer in network.layers:
        if type(layer) is keras.layers.BatchNormalization:
            layer.__class__ = BatchNormalization  # Adds no state: only `call` is another.


def _is_image(inputs: Tensor, variable_dtype: str) -> bool:
    dtype = keras.backend.standardize_dtype(inputs.dtype)
    return len(inputs.shape) == 4 and dtype in MAP_DTYPES and variable_dtype == "float32"


def _normalise_fused(
    inputs: Tensor,
    gamma: Tensor,
    beta: Tensor,
    epsilon: float,
    moments: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalised maps, and the mean and unbiased variance of the batch unless moments are given."""
    import tensorflow as tf

    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs,
        scale=gamma,
        offset=beta,
        mean=moments[0] if moments else tf.constant([]),
        variance=moments[1] if moments else tf.constant([]),
        epsilon=epsilon,
        is_training=moments is None,
    )
    return outputs, mean, variance


def _normalise_together(
    inputs: Tensor,
    gamma: Tensor,
    beta: Tensor,
    epsilon: float,
    moments: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """What `_normalise_fused` does for the batch that all replicas have together."""
    if moments is not None:
        return _normalise_fused(inputs, gamma, beta, epsilon, moments)
    maps = ops.cast(inputs, "float32")
    pixels = ops.cast(ops.size(maps[..., 0]), "float32")
    count = sum_over_replicas(pixels)
    mean = sum_over_replicas(ops.sum(maps, axis=(0, 1, 2))) / count
    deviation = maps - mean
    # Not the mean of squares less the squared mean, whose leading digits cancel.
    total = sum_over_replicas(ops.sum(ops.square(deviation), axis=(0, 1, 2)))
    outputs = deviation * (gamma * ops.rsqrt(total / count + epsilon)) + beta
    return ops.cast(outputs, inputs.dtype), mean, total / ops.maximum(count - 1.0, 1.0)


def _normalise(
    inputs: Tensor,
    gamma: Tensor,
    beta: Tensor,
    epsilon: float,
    moments: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """What `_normalise_fused` does, for other backends."""
    maps = ops.cast(inputs, "float32")
    mean, variance = moments or ops.moments(maps, axes=(0, 1, 2))
    outputs = ops.batch_normalization(maps, mean, variance, -1, beta, gamma, epsilon)
    outputs = ops.cast(outputs, inputs.dtype)
    if moments:
        return outputs, mean, variance
    count = math.prod(ops.shape(inputs)[:3])
    return outputs, mean, variance * (count / max(count - 1, 1))
