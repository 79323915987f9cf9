"""Reading samples ahead of the network, in order and in bounded memory."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from densedepth_tf.data.sample import Sample
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.map_ahead import map_ahead

MAX_THREADS = 8
_END = object()


class Reading(NamedTuple):
    """One position of a source: its sample, or why it cannot be used."""

    index: int
    sample: Sample | None
    error: BadSampleError | None = None


def has_random_access(source: Any) -> bool:
    """Whether `source[i]` and `len(source)` work."""
    return hasattr(source, "__getitem__") and hasattr(source, "__len__")


def sample_count(source: Any) -> int | None:
    """Number of samples, or `None` where only reading them all would tell."""
    return len(source) if hasattr(source, "__len__") else None


def stream_samples(source: Any, indexes: Iterable[int] | None = None) -> Iterator[Reading]:
    """Reads a source in order, a few samples ahead of the caller, in threads.

    Args:
        source: One of
            - a `DepthSource` or a list of samples;
            - a source of `records()` that `decode(record)` makes samples of;
            - any other iterable of samples, which cannot go on after an unusable one.
        indexes: Only these positions, in ascending order.

    Yields:
        `Reading`s in the source's order, unusable samples included.

    Raises:
        ValueError: If an iterable ends at an unusable sample, so that the rest would be lost.
    """
    threads = min(MAX_THREADS, available_cores())
    wanted = None if indexes is None else sorted(set(indexes))
    if has_random_access(source):
        positions = range(len(source)) if wanted is None else wanted
        steps = ((index, functools.partial(source.__getitem__, index)) for index in positions)
        yield from map_ahead(_read, steps, threads, 2 * threads)
    elif hasattr(source, "records"):
        records = _pick(enumerate(source.records()), wanted)
        steps = ((index, functools.partial(source.decode, record)) for index, record in records)
        yield from map_ahead(_read, steps, threads, 2 * threads)
    else:
        yield from _pick(_stream_iterable(source), wanted)


def same_size_batches(readings: Iterable[Reading], batch_size: int) -> Iterator[list[Reading]]:
    """Groups consecutive samples of one image size, the last, smaller group included.

    An unusable sample is a group of its own.
    """
    group: list[Reading] = []
    for reading in readings:
        if group and (
            reading.error or len(group) == batch_size or _shape(reading) != _shape(group[0])
        ):
            yield group
            group = []
        if reading.error:
            yield [reading]
        else:
            group.append(reading)
    if group:
        yield group


def stack_images(samples: list[Sample]) -> np.ndarray:
    """The images of same-sized samples, uint8 (N, H, W, 3)."""
    return np.stack([sample["image"] for sample in samples])


def _shape(reading: Reading) -> tuple[int, ...]:
    return reading.sample["image"].shape


def _read(step: tuple[int, Callable[[], Sample]]) -> Reading:
    index, read = step
    try:
        return Reading(index, read())
    except BadSampleError as error:
        return Reading(index, None, error)


def _pick(numbered: Iterable[tuple], wanted: list[int] | None) -> Iterator[tuple]:
    """Those of `(index, ...)` that are wanted; nothing is read beyond the last of them."""
    if wanted is None:
        yield from numbered
        return
    remaining = set(wanted)
    if remaining:
        for item in numbered:
            if item[0] in remaining:
                remaining.remove(item[0])
                yield item
            if not remaining:
                return


def _stream_iterable(source: Iterable[Sample]) -> Iterator[Reading]:
    iterator = iter(source)
    steps = ((index, functools.partial(next, iterator, _END)) for index in itertools.count())
    error, count = None, 0
    # One thread, as an iterator has one position.
    for reading in map_ahead(_read, steps, 1, 2):
        if reading.sample is _END:
            break
        count, error = reading.index + 1, reading.error
        yield reading
    # A generator is dead after an exception; going on would measure a part as if it were all.
    expected = sample_count(source)
    if error is not None and expected is not None and count < expected:
        raise ValueError(f"{error} The {expected - count} samples after it cannot be reached.")
