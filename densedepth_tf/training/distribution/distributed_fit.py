"""Keras 3's `fit` on several devices, with two of its own places replaced.

Before the first step and every first validation it averages the batches of all devices to build on,
which TensorFlow refuses for those of other hosts and for parts of different size; one device's own
batch is enough. After every step it averages figures over an axis that numbers do not have, where
there are several hosts; here they are means over the hosts. Where Keras does both right this module
goes; `tests/training/distribution/test_distributed_fit.py` tells when it does, or when what is
replaced has moved.
"""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.tensorflow import trainer


@contextlib.contextmanager
def distributed_fit(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Inside, `fit` works under a strategy of several devices; nothing changes without one.

    Args:
        strategy: The model's.
    """
    of_hosts = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    if strategy.num_replicas_in_sync == 1 and not of_hosts:
        yield
        return
    kept = trainer.reduce_per_replica, trainer.TensorFlowTrainer._maybe_symbolic_build
    trainer.TensorFlowTrainer._maybe_symbolic_build = _build_on_own_batch
    if of_hosts:
        trainer.reduce_per_replica = _mean_over_hosts
    try:
        with warnings.catch_warnings():
            # NumPy's, of TensorFlow's variables on several devices, whenever one is saved.
            warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy")
            yield
    finally:
        trainer.reduce_per_replica, trainer.TensorFlowTrainer._maybe_symbolic_build = kept


def _build_on_own_batch(
    model: keras.Model,
    iterator: Any = None,  # noqa: ANN401
    data_batch: Any = None,  # noqa: ANN401
) -> None:
    """`TensorFlowTrainer._maybe_symbolic_build`, on the batch of this host's first device."""
    strategy = model.distribute_strategy
    if iterator is not None:
        _, _, batches = next(iter(iterator))
        data_batch = keras.tree.map_structure(
            lambda each: strategy.experimental_local_results(each)[0], next(batches)
        )
    with strategy.scope():
        model._symbolic_build(data_batch=data_batch)


def _mean_over_hosts(values: Any, strategy: tf.distribute.Strategy, reduction: str) -> Any:  # noqa: ANN401
    """`reduce_per_replica` of a step's figures, which are numbers: their means over all replicas.

    They go round together, as one message.
    """
    if reduction not in ("auto", "mean"):
        raise ValueError(f"Only means are taken over several hosts. Received: {reduction}")
    flat = keras.tree.flatten(values)

    def stacked(*numbers: tf.Tensor) -> tf.Tensor:
        return tf.stack([tf.cast(number, tf.float32) for number in numbers])

    together = strategy.run(stacked, args=tuple(flat))
    means = strategy.reduce(tf.distribute.ReduceOp.MEAN, together, axis=None)
    return keras.tree.pack_sequence_as(values, tf.unstack(means, num=len(flat)))
