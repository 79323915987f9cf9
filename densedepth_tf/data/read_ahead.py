"""Applying a function to items in parallel threads, in order, without running far ahead."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def read_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], num_threads: int = 4
) -> Iterator[Result]:
    """Yields `function(item)` for every item, in order; at most twice `num_threads` are waiting.

    Raises:
        Exception: What `function` raises, at the item's turn.
    """
    remaining = iter(items)
    with ThreadPoolExecutor(num_threads) as pool:
        waiting = deque(pool.submit(function, item) for item in islice(remaining, 2 * num_threads))
        try:
            while waiting:
                result = waiting.popleft().result()
                waiting.extend(pool.submit(function, item) for item in islice(remaining, 1))
                yield result
        finally:
            for future in waiting:
                future.cancel()
