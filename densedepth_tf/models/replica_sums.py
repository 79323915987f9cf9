"""Sums over the batch of all replicas, where several devices train one model together."""

import keras
from keras import ops

from densedepth_tf.geometry.tensor import Tensor


def num_replicas() -> int:
    """How many replicas compute this together; 1 where nobody else does."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    return 1 if context is None else int(context.num_replicas_in_sync)


def sum_over_replicas(value: Tensor) -> Tensor:
    """A replica's value plus those of all the others; gradients pass through the sum."""
    if num_replicas() == 1:
        return value
    import tensorflow as tf

    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, value)


def counted_together(count: Tensor, samples: Tensor) -> Tensor:
    """What a sum over this replica's pixels is to be divided by, at least 1 for a lone replica.

    A mean over the valid pixels of the whole batch is no mean of the replicas' means, which have
    more valid pixels or fewer. Divided by this, the means of the replicas, weighed by their
    samples as Keras does, are the mean over the whole batch.

    Args:
        count: Valid pixels here.
        samples: Samples here.
    """
    if num_replicas() == 1:
        return ops.maximum(count, 1.0)
    samples = ops.cast(samples, "float32")
    per_sample = ops.maximum(sum_over_replicas(count), 1.0) / sum_over_replicas(samples)
    return ops.maximum(per_sample * samples, 1e-6)
