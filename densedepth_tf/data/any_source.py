"""Anybody's samples as a source: lists, records of one's own, and whatever can be iterated."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Sized
from contextlib import closing
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from typing_extensions import override

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import IndexedSource, Reader, Source, record_readers
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.process.read_ahead import read_ahead

Told = TypeVar("Told")


@runtime_checkable
class SampleList(Protocol):
    """Samples that can be had in any order."""

    def __getitem__(self, index: int, /) -> Sample: ...

    def __len__(self) -> int: ...


@runtime_checkable
class SampleRecords(Protocol):
    """Samples that are read in order and decoded in any."""

    def records(self) -> Iterable[Any]:
        """The samples as they are stored."""

    def decode(self, record: Any) -> Sample:  # noqa: ANN401 - its own affair
        """The sample of a record."""


SampleSource: TypeAlias = Source[Sample] | SampleList | SampleRecords | Iterable[Sample]


def as_source(samples: SampleSource) -> Source[Sample]:
    """A source as it is, and anything else that gives samples as one."""
    if isinstance(samples, Source):
        return samples
    if isinstance(samples, SampleList):
        return _Listed(samples)
    return _Recorded(samples) if isinstance(samples, SampleRecords) else _Iterated(samples)


class _Foreign(Source[Sample]):
    """What a `Source` tells of itself, where it is told."""

    def __init__(self, samples: object):
        self._samples = samples
        self.title = _told(samples, "title", "") or type(samples).__name__
        self.crop: Sequence[int] | None = _told(samples, "crop", None)
        self.image_size: tuple[int, int] | None = _told(samples, "image_size", None)

    @override
    def __len__(self) -> int:
        if not isinstance(self._samples, Sized):
            raise TypeError(f"Nobody knows how many samples there are in {self.title}.")
        return len(self._samples)

    @override
    def num_samples(self) -> int | None:
        return len(self._samples) if isinstance(self._samples, Sized) else None


class _Listed(_Foreign, IndexedSource[Sample]):
    def __init__(self, samples: SampleList):
        super().__init__(samples)
        self._list = samples
        self._named: Callable[[int], str] | None = _told(samples, "sample_name", None)

    @override
    def __getitem__(self, index: int) -> Sample:
        return self._list[index]

    @override
    def sample_name(self, index: int) -> str:
        return f"sample {index}" if self._named is None else self._named(index)

    @override
    def sample_names(self) -> Iterable[str] | None:
        return None if self._named is None else super().sample_names()


class _Streamed(_Foreign):
    @override
    def spread_readers(self, count: int) -> Iterator[Reader[Sample]]:
        return (read for _, read in self.readers())


class _Recorded(_Streamed):
    def __init__(self, samples: SampleRecords):
        super().__init__(samples)
        self._stored = samples

    @override
    def readers(
        self, indexes: Collection[int] | None = None
    ) -> Iterator[tuple[int, Reader[Sample]]]:
        return record_readers(self._stored.records(), self._stored.decode, indexes)


class _Iterated(_Streamed):
    """An iterable, read in one thread, as an iterator has one position.

    It cannot go on after an unusable sample: a generator is dead after an exception.
    """

    reads_ahead = True

    def __init__(self, samples: Iterable[Sample]):
        super().__init__(samples)
        self._iterable = samples
        self.repeatable = not isinstance(samples, Iterator)

    @override
    def readers(
        self, indexes: Collection[int] | None = None
    ) -> Iterator[tuple[int, Reader[Sample]]]:
        with closing(read_ahead(self._outcomes(), 1)) as outcomes:
            yield from record_readers(outcomes, _give, indexes)

    def _outcomes(self) -> Iterator[Sample | BadSampleError]:
        iterator, count, error = iter(self._iterable), 0, None
        while True:
            try:
                outcome: Sample | BadSampleError = next(iterator)
                error = None
            except StopIteration:
                break
            except BadSampleError as raised:
                outcome = error = raised
            count += 1
            yield outcome
        # Going on would measure a part as if it were all.
        expected = self.num_samples()
        if error is not None and expected is not None and count < expected:
            raise ValueError(f"{error} The {expected - count} samples after it cannot be reached.")


def _give(outcome: Sample | BadSampleError) -> Sample:
    if isinstance(outcome, BadSampleError):
        raise outcome
    return outcome


def _told(samples: object, name: str, unknown: Told) -> Told:
    """What somebody's own samples say of themselves: the only place that asks without knowing."""
    return getattr(samples, name, unknown)
