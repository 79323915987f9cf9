"""How the C library keeps freed memory, where arrays of megabytes come and go in threads."""

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _MOST_ARENAS = -1, -2, -3, -8  # of glibc's mallopt
_LARGEST_MMAP_THRESHOLD = 32 * 2**20
_KEPT = 2**30
_LARGEST_HEAP = 64 * 2**20


def keep_freed_memory(of_threads: bool = False) -> None:
    """Lets the process reuse freed images' memory; elsewhere than on Linux's glibc does nothing.

    By default every array of more than some hundred kilobytes is fetched from the system and given
    back, which maps, clears and faults in all its pages again: a quarter of the input pipeline's
    processor time. The process then holds its largest size until it ends.

    Args:
        of_threads: Also what threads other than the first have freed, each in heaps of its own.
    """
    values = {_MMAP_THRESHOLD: _LARGEST_MMAP_THRESHOLD, _TRIM_THRESHOLD: _KEPT}
    if of_threads:  # A free heap goes unless so much is to stay free at the end of the one before.
        values[_TOP_PAD] = _LARGEST_HEAP
    _tell_malloc(values)


def share_heaps() -> None:
    """Lets all threads have two heaps together; elsewhere than on Linux's glibc does nothing.

    By default every thread has its own, up to eight for each core of the machine, and each keeps
    as much as its thread has ever needed at a time. Call it before there are threads.
    """
    _tell_malloc({_MOST_ARENAS: 2})


def _tell_malloc(values: dict[int, int]) -> None:
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    for name, value in values.items():
        mallopt(name, value)
