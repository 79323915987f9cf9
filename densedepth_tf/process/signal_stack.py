"""Libraries that put the stack of signals in a place that is too small for them."""

import contextlib
import ctypes
import sys
from collections.abc import Iterator

_DISABLED = 2  # SS_DISABLE


class _SignalStack(ctypes.Structure):
    """`stack_t` of Linux: where a thread's signals are handled."""

    _fields_ = (("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


@contextlib.contextmanager
def signal_stack_kept() -> Iterator[None]:
    """Gives the calling thread its stack for signals back on leaving.

    On processors with AMX, OpenVINO replaces it by one of 11.6 kB, which cannot hold the registers
    that the kernel saves there: the next Ctrl-C or SIGTERM would be a segmentation fault. Does
    nothing but on Linux.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    system = ctypes.CDLL(None)
    before = _SignalStack()
    system.sigaltstack(None, ctypes.byref(before))
    try:
        yield
    finally:
        if system.sigaltstack(ctypes.byref(before), None):
            system.sigaltstack(ctypes.byref(_SignalStack(None, _DISABLED, 0)), None)
