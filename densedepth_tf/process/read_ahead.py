"""Reading from an iterator in a thread of its own, within bounds."""

import queue
import threading
from collections.abc import Generator, Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")

_END = object()


def read_ahead(items: Iterable[Item], ahead: int) -> Generator[Item]:
    """Gives `items` in order while a thread fetches the next ones.

    Args:
        items: Consumed in the thread; what it raises is raised here.
        ahead: Most items fetched and not yet asked for.
    """
    fetched: queue.Queue[Any] = queue.Queue(max(1, ahead))  # items, then _END
    stopped = threading.Event()
    errors: list[BaseException] = []

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                fetched.put(item, timeout=0.1)
                return True
            except queue.Full:
                pass
        return False

    def fetch() -> None:
        try:
            for item in items:
                if not put(item):
                    return
        except BaseException as error:  # raised again in the caller's thread
            errors.append(error)
        put(_END)

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    try:
        while (item := fetched.get()) is not _END:
            yield item
        if errors:
            raise errors[0]
    finally:
        stopped.set()
        thread.join()
