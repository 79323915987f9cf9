"""Keeping freed memory instead of giving it back, where arrays of megabytes come and go."""

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of glibc's mallopt
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
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
    mallopt(_TRIM_THRESHOLD, _KEPT)
    if of_threads:  # A free heap goes unless so much is to stay free at the end of the one before.
        mallopt(_TOP_PAD, _LARGEST_HEAP)
