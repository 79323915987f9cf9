"""Work done in threads while the caller is busy with something else, within bounds."""

import collections
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int, ahead: int
) -> Generator[Result]:
    """`map(function, items)` in order, computed in threads before it is asked for.

    Chained, `map_ahead(write, predict(map_ahead(read, files)))` reads, predicts and writes at
    the same time, and memory is bounded by `ahead` on either side.

    Args:
        function: Called in the threads; what it raises is raised here.
        items: Consumed in the caller's thread, so it may itself do the main work.
        threads: Number of threads.
        ahead: Number of items that may be under way or done but not asked for.
    """
    pool = ThreadPoolExecutor(threads)
    under_way: collections.deque[Future[Result]] = collections.deque()
    try:
        for item in items:
            under_way.append(pool.submit(function, item))
            if len(under_way) > ahead:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        # What is being written is finished, what has not begun is not.
        pool.shutdown(wait=True, cancel_futures=True)
