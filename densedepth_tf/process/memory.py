"""Keeping freed memory instead of giving it back, where arrays of megabytes come and go."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
_LARGEST_MMAP_THRESHOLD = 32 * 2**20
_KEPT = 2**30


def keep_freed_memory() -> None:
    """Lets the process reuse freed images' memory; elsewhere than on Linux's glibc does nothing.

    By default every array of more than some hundred kilobytes is fetched from the system and given
    back, which maps, clears and faults in all its pages again: a quarter of the input pipeline's
    processor time. The process then holds its largest size until it ends.
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
    mallopt(_TRIM_THRESHOLD, _KEPT)
