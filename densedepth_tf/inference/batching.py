"""Images of any mixture of sizes -> batches of one size, in bounded memory."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

MAX_BATCH_PIXELS = 2**25  # larger images come in smaller batches
MAX_WAITING_BATCHES = 4


def batch_by_size(
    items: Iterable[Item], size: Callable[[Item], tuple[int, int]], batch_size: int
) -> Iterator[list[Item]]:
    """Groups items of equal size into lists of at most `batch_size`.

    Every item comes out exactly once. Rare sizes wait for company until the items held reach a
    few batches; then the size that has waited longest goes as it is.

    Args:
        items: What to group, in any order of sizes.
        size: Gives an item's (height, width) in pixels.
        batch_size: Most items of a batch.
    """
    waiting: dict[tuple[int, int], list[Item]] = {}
    num_waiting = num_pixels = 0

    def take(shape: tuple[int, int]) -> list[Item]:
        nonlocal num_waiting, num_pixels
        batch = waiting.pop(shape)
        num_waiting -= len(batch)
        num_pixels -= len(batch) * shape[0] * shape[1]
        return batch

    for item in items:
        shape = size(item)
        pixels = shape[0] * shape[1]
        waiting.setdefault(shape, []).append(item)
        num_waiting += 1
        num_pixels += pixels
        if len(waiting[shape]) >= min(batch_size, max(1, MAX_BATCH_PIXELS // pixels)):
            yield take(shape)
        while (
            num_waiting > MAX_WAITING_BATCHES * batch_size
            or num_pixels > MAX_WAITING_BATCHES * MAX_BATCH_PIXELS
        ):
            yield take(next(iter(waiting)))
    while waiting:
        yield take(next(iter(waiting)))
