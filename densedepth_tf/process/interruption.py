"""Ctrl-C, and SIGTERM as schedulers send it: requests to come to an end."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

_received: list[int] = []  # numbers of the signals that were handled here, the last one last


@contextlib.contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """Inside, SIGTERM is what Ctrl-C is: a `KeyboardInterrupt` in the main thread.

    Does nothing outside the main thread, where Python takes no signals, or where SIGTERM is
    handled already.
    """
    _received.clear()

    def interrupt(number: int, stack: object) -> None:
        _received.append(number)
        raise KeyboardInterrupt

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextlib.contextmanager
def sigterm_kept() -> Iterator[None]:
    """Gives SIGTERM back to whoever had it, for libraries that take it for themselves.

    TensorFlow, where it connects hosts, and Ray do; the request to come to an end would be lost.
    Does nothing outside the main thread.
    """
    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return
    try:
        yield
    finally:
        # Also where Python knows of no other: the library has asked the system, not Python.
        signal.signal(signal.SIGTERM, before)


def was_terminated() -> bool:
    """Whether the last request to come to an end was SIGTERM, not Ctrl-C."""
    return _received[-1:] == [signal.SIGTERM]


@contextlib.contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Yields an event that the first Ctrl-C or SIGTERM sets; the second interrupts as ever.

    For work that has something to finish. Outside the main thread, where Python takes no signals,
    the event is never set; a signal that the process was told to ignore stays ignored.
    """
    stop = threading.Event()
    before: dict[int, Any] = {}  # handlers, as `signal` gives and takes them

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def request(number: int, stack: object) -> None:
        _received.append(number)
        stop.set()
        restore()

    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, request)
    except ValueError:
        yield stop
        return
    try:
        yield stop
    finally:
        restore()
