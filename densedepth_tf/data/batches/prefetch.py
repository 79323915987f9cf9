"""Batches that wait in the memory of the GPU that will work on them."""

import tensorflow as tf

BATCHES = 2  # One more than is being copied.


def prefetch_to_gpu(batches: tf.data.Dataset, strategy: str = "none") -> tf.data.Dataset:
    """Copies batches to a machine's first GPU while the one before is worked on.

    Args:
        batches: Any batches of numbers.
        strategy: With another one than "none" TensorFlow itself shares batches out.

    Returns:
        The same batches; as they were where there is no GPU.
    """
    gpus = tf.config.list_logical_devices("GPU")
    return prefetch_to(batches, gpus[0].name) if gpus and strategy == "none" else batches


def prefetch_to(batches: tf.data.Dataset, device: str) -> tf.data.Dataset:
    """Batches that are copied to a device ahead of time; nothing may be done to them any more."""
    return batches.apply(tf.data.experimental.prefetch_to_device(device, BATCHES))
