"""What a run or a study ran on: processor, memory, GPUs and the releases of what it needs."""

import os
import platform
from pathlib import Path

import keras
import tensorflow as tf

from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.version import __version__


def machine() -> str:
    """One line, e.g. "2 cores of AMD EPYC, 24 GB, no GPU"."""
    cores = available_cores()
    gpus = [_gpu(device) for device in tf.config.list_physical_devices("GPU")]
    parts = [
        f"{cores} {'core' if cores == 1 else 'cores'} of {_processor()}",
        *([f"{_memory() / 1e9:.0f} GB"] if _memory() else []),
        ", ".join(gpus) or "no GPU",
    ]
    return ", ".join(parts)


def versions() -> str:
    """One line, e.g. "densedepth-tf 0.1.0, TensorFlow 2.21.0, Keras 3.15.0, Python 3.11.2"."""
    return (
        f"densedepth-tf {__version__}, TensorFlow {tf.__version__}, "
        f"Keras {keras.__version__}, Python {platform.python_version()}"
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return " ".join(value.split())
    except OSError:
        pass  # Not on Linux.
    return platform.processor() or platform.machine() or "an unknown processor"


def _memory() -> int:
    """Bytes of the whole machine; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0


def _gpu(device: tf.config.PhysicalDevice) -> str:
    details = tf.config.experimental.get_device_details(device)
    return str(details.get("device_name", "a GPU"))
