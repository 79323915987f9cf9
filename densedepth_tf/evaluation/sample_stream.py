"""Reading samples ahead of the network, in order and in bounded memory."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from densedepth_tf.data.sample import Sample
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.map_ahead import map_ahead

MAX_THREADS = 8

Item = TypeVar("Item")


@runtime_checkable
class SampleList(Protocol):
    """Samples that can be had in any order: a `DepthSource`, a list."""

    def __getitem__(self, index: int, /) -> Sample: ...

    def __len__(self) -> int: ...


@runtime_checkable
class RecordSource(Protocol):
    """Samples that are read in order and decoded in any."""

    def records(self) -> Iterable[Any]:
        """The samples as they are stored."""

    def decode(self, record: Any) -> Sample:  # noqa: ANN401 - its own affair
        """The sample of a record."""


# Any other iterable of samples cannot go on after an unusable one.
SampleSource: TypeAlias = SampleList | RecordSource | Iterable[Sample]


@dataclass(frozen=True)
class Reading:
    """One position of a source: its sample, or why it cannot be used."""

    index: int
    outcome: Sample | BadSampleError

    @property
    def error(self) -> BadSampleError | None:
        """Why the sample cannot be used; None if it can."""
        return self.outcome if isinstance(self.outcome, BadSampleError) else None

    @property
    def sample(self) -> Sample:
        """The sample.

        Raises:
            BadSampleError: If it cannot be used.
        """
        if isinstance(self.outcome, BadSampleError):
            raise self.outcome
        return self.outcome


def sample_count(source: SampleSource) -> int | None:
    """Number of samples, or `None` where only reading them all would tell."""
    return len(source) if isinstance(source, Sized) else None


def stream_samples(source: SampleSource, indexes: Iterable[int] | None = None) -> Iterator[Reading]:
    """Reads a source in order, a few samples ahead of the caller, in threads.

    Args:
        source: The samples; an iterable that is neither a list nor of records cannot go on after
            an unusable one.
        indexes: Only these positions, in ascending order.

    Yields:
        `Reading`s in the source's order, unusable samples included.

    Raises:
        ValueError: If an iterable ends at an unusable sample, so that the rest would be lost.
    """
    threads = min(MAX_THREADS, available_cores())
    wanted = None if indexes is None else sorted(set(indexes))
    if isinstance(source, SampleList):
        positions = range(len(source)) if wanted is None else wanted
        steps = ((index, functools.partial(source.__getitem__, index)) for index in positions)
        yield from map_ahead(_read, steps, threads, 2 * threads)
    elif isinstance(source, RecordSource):
        records = _pick(enumerate(source.records()), wanted)
        steps = ((index, functools.partial(source.decode, record)) for index, record in records)
        yield from map_ahead(_read, steps, threads, 2 * threads)
    else:
        numbered = ((reading.index, reading) for reading in _stream_iterable(source))
        yield from (reading for _, reading in _pick(numbered, wanted))


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


def _shape(reading: Reading) -> tuple[int, ...]:
    return reading.sample["image"].shape


def _read(step: tuple[int, Callable[[], Sample]]) -> Reading:
    index, read = step
    try:
        return Reading(index, read())
    except BadSampleError as error:
        return Reading(index, error)


def _read_next(step: tuple[int, Iterator[Sample]]) -> Reading | None:
    """The next of an iterator's samples; None at its end."""
    index, iterator = step
    try:
        return Reading(index, next(iterator))
    except StopIteration:
        return None
    except BadSampleError as error:
        return Reading(index, error)


def _pick(
    numbered: Iterable[tuple[int, Item]], wanted: list[int] | None
) -> Iterator[tuple[int, Item]]:
    """Those of `(index, item)` that are wanted; nothing is read beyond the last of them."""
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
    steps = zip(itertools.count(), itertools.repeat(iter(source)))
    error, count = None, 0
    # One thread, as an iterator has one position.
    for reading in map_ahead(_read_next, steps, 1, 2):
        if reading is None:
            break
        count, error = reading.index + 1, reading.error
        yield reading
    # A generator is dead after an exception; going on would measure a part as if it were all.
    expected = sample_count(source)
    if error is not None and expected is not None and count < expected:
        raise ValueError(f"{error} The {expected - count} samples after it cannot be reached.")
