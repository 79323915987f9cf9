"""How much of a GPU's memory a process takes: as it needs, or up to a limit.

TensorFlow would take all of it at once, and leave none for a prediction beside a training.
"""

MEGABYTES = 1024  # of a gigabyte

_limit: list[float] = []


def set_gpu_memory(gigabytes: float | None) -> None:
    """Sets the most that `claim_gpus` allows of each GPU; None is as much as is needed."""
    _limit[:] = [] if gigabytes is None else [gigabytes]


def gpu_memory() -> float | None:
    """What `set_gpu_memory` has set."""
    return _limit[0] if _limit else None


def claim_gpus() -> None:
    """Has TensorFlow take memory of GPUs as it needs it, or no more than the limit.

    Raises:
        ValueError: If there is a limit, and TensorFlow is at work in this process already.
    """
    import tensorflow as tf

    try:
        for gpu in tf.config.list_physical_devices("GPU"):
            if _limit:
                size = tf.config.LogicalDeviceConfiguration(int(_limit[0] * MEGABYTES))
                tf.config.set_logical_device_configuration(gpu, [size])
            else:
                tf.config.experimental.set_memory_growth(gpu, True)
    except (RuntimeError, ValueError) as error:  # Its devices are in use.
        if _limit:
            raise ValueError(
                "`gpu_memory` comes too late, as TensorFlow is using its GPUs already. "
                f"Received: {_limit[0]:g}"
            ) from error
