"""Ctrl-C as a request to come to an end, for work that has something to finish."""

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Yields an event that the first Ctrl-C sets; the second one interrupts as ever.

    Outside the main thread, where Python takes no signals, the event is never set.
    """
    stop = threading.Event()

    def request(number: int, stack: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    try:
        before = signal.signal(signal.SIGINT, request)
    except ValueError:
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
