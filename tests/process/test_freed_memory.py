"""Freed memory is used again instead of being fetched from the system anew."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc's mallopt")

# Page faults of arrays that come and go, in a share of their pages. A thread whose first heap of
# 64 MB is nearly full has them in a second one.
FAULTS = """
import ctypes, resource, sys, threading
import numpy as np
{before}
ctypes.CDLL(None).mallopt(-3, 128 * 2**10)  # as TensorFlow's `GeneratorDataset` does
{keep}
def faults():
    size, times = 3 * 2**20, 20
    full = [np.ones(size, np.uint8) for _ in range({full})]
    for _ in range(3):
        np.ones(size, np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        np.ones(size, np.uint8)
    more = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    print(more * resource.getpagesize() / (size * times))
thread = threading.Thread(target=faults)
thread.start() if {full} else faults()
"""
MEMORY = "from densedepth_tf.process.memory import keep_freed_memory"
CALLBACK = "from densedepth_tf.training.callbacks.keep_memory import KeepMemory"
IN_A_THREAD = 21


@pytest.mark.parametrize(
    ("before", "keep", "full", "expected"),
    [
        ("", "", 0, 1.0),
        (MEMORY, "keep_freed_memory()", 0, 0.0),
        (MEMORY, "keep_freed_memory()", IN_A_THREAD, 1.0),
        (MEMORY, "keep_freed_memory(of_threads=True)", IN_A_THREAD, 0.0),
        pytest.param(
            *(CALLBACK, "KeepMemory().on_train_batch_begin(0)", IN_A_THREAD, 0.0),
            marks=pytest.mark.long,
        ),
    ],
)
def test_arrays_are_not_fetched_again_and_again(before, keep, full, expected):
    code = FAULTS.format(before=before, keep=keep, full=full)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(ended.stdout) == pytest.approx(expected, abs=0.2)
