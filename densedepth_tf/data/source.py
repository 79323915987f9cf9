"""What every reader of samples promises: some read at any place, some in order only."""

import abc
import functools
import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np
from typing_extensions import override

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.sample_check import REFUSE_IMPLAUSIBLE, UnitCheck

Item = TypeVar("Item", covariant=True)
Record = TypeVar("Record")
# Reads one sample; raises BadSampleError if it cannot be used. Safe to call in any thread.
Reader = Callable[[], Item]


class Source(abc.ABC, Generic[Item]):
    """Samples, of whatever content, in an order. Memory does not grow with their number.

    `IndexedSource`s read them at any place, `RecordSource`s in order.

    Attributes:
        title: What is read, for titles and reports, e.g. `"nyu/test"`.
        crop: The data's own evaluation crop: first and last row, first and last column, both
            inclusive, in pixels of `image_size`; None where there is none.
        image_size: (height, width) of the images that the crop is meant for.
        repeatable: Whether it can be read more than once.
        reads_ahead: Whether samples are read in a thread of its own; more threads gain nothing.
        endless: Whether there are more samples than anybody reads, made as they are asked for, each
            like any other. `len` is then a number that is never reached.
    """

    title: str = ""
    crop: Sequence[int] | None = None
    image_size: tuple[int, int] | None = None
    repeatable: bool = True
    reads_ahead: bool = False
    endless: bool = False

    @abc.abstractmethod
    def __len__(self) -> int:
        """The number of samples."""

    @abc.abstractmethod
    def readers(self, indexes: Collection[int] | None = None) -> Iterator[tuple[int, Reader[Item]]]:
        """What reads each sample, with its index, in order.

        Args:
            indexes: Those that are wanted; None for all.
        """

    @abc.abstractmethod
    def spread_readers(self, count: int) -> Iterator[Reader[Item]]:
        """What reads `count` samples that lie evenly over the source, of a stream all, in order."""

    def num_samples(self) -> int | None:
        """The number of samples; None where only reading them all would tell."""
        return len(self)

    def sample_name(self, index: int) -> str:
        """The name of a sample, without reading it; "sample 7" where only reading it tells."""
        return f"sample {index}"

    def sample_names(self) -> Iterable[str] | None:
        """The samples' names in their order; None where only reading them tells."""
        return None

    def __iter__(self) -> Iterator[Item]:
        """Samples in order; raises BadSampleError at the first that cannot be used."""
        return map(lambda numbered: numbered[1](), self.readers())


class IndexedSource(Source[Item]):
    """A list of samples, read one at a time when asked for.

    `source[i]` is safe to call from many threads at once, so that a `tf.data` pipeline can read
    in parallel.
    """

    @abc.abstractmethod
    def __getitem__(self, index: int) -> Item:
        """Reads one sample.

        Raises:
            BadSampleError: If this one cannot be used; the message names the file.
            IndexError: If there is no such sample.
        """

    @override
    @abc.abstractmethod
    def sample_name(self, index: int) -> str:
        """The name of a sample, without reading it.

        Raises:
            IndexError: If there is no such sample.
        """

    def check_index(self, index: int) -> int:
        """The index as an int in `[0, len(self))`; negative ones count from the end.

        Raises:
            IndexError: If there is no such sample.
        """
        position = operator.index(index)
        if position < 0:
            position += len(self)
        if not 0 <= position < len(self):
            raise IndexError(f"{self.title} has {len(self)} samples. Received: index={index}")
        return position

    @override
    def readers(self, indexes: Collection[int] | None = None) -> Iterator[tuple[int, Reader[Item]]]:
        for index in range(len(self)) if indexes is None else sorted(set(indexes)):
            yield index, functools.partial(self.__getitem__, index)

    @override
    def spread_readers(self, count: int) -> Iterator[Reader[Item]]:
        indexes = np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(int)
        return (functools.partial(self.__getitem__, index) for index in indexes.tolist())

    @override
    def sample_names(self) -> Iterable[str] | None:
        return None if self.endless else map(self.sample_name, range(len(self)))


class RecordSource(Source[Item]):
    """A stream of serialised records in TFRecord files, which decode in any order.

    Attributes:
        shards: Paths of the files.
        is_whole: Whether it reads all there is, not only the first samples.
    """

    shards: list[str]
    is_whole: bool

    @abc.abstractmethod
    def records(self) -> Iterator[bytes]:
        """Serialised records in order.

        Raises:
            ValueError: If a file is damaged (the message names it), or if there are fewer records
                than `len` says.
        """

    @abc.abstractmethod
    def decode(self, serialized: bytes) -> Item:
        """One record as a sample.

        Raises:
            BadSampleError: If the record is damaged or lacks a feature.
        """

    @override
    def readers(self, indexes: Collection[int] | None = None) -> Iterator[tuple[int, Reader[Item]]]:
        return record_readers(self.records(), self.decode, indexes)

    @override
    def spread_readers(self, count: int) -> Iterator[Reader[Item]]:
        return (read for _, read in self.readers())

    def too_few(self) -> str:
        """What to say where the files hold fewer records than `len` says."""
        return (
            f"The index of {self.title} promises {len(self)} samples, but the shards hold fewer. "
            "Copy them all, or write the split again."
        )


def record_readers(
    records: Iterable[Record],
    decode: Callable[[Record], Item],
    indexes: Collection[int] | None,
    first: int = 0,
) -> Iterator[tuple[int, Reader[Item]]]:
    """`Source.readers` of records in order, from the `first` on, up to the last that is wanted."""
    wanted = None if indexes is None else set(indexes)
    last = None if wanted is None else max(wanted, default=-1)
    if last == -1:
        return
    for index, record in enumerate(records, first):
        if wanted is None or index in wanted:
            yield index, functools.partial(decode, record)
        if index == last:
            return


class DepthSource(IndexedSource[Sample]):
    """A list of photographs with their depth.

    Attributes:
        check_unit: Judges whether depth could be metres.
    """

    check_unit: UnitCheck = REFUSE_IMPLAUSIBLE

    @abc.abstractmethod
    def __getitem__(self, index: int) -> Sample:
        """Reads one sample: image uint8 (H, W, 3) RGB, depth float32 (H, W, 1) metres, 0 = missing.

        Raises:
            BadSampleError: If this one cannot be used; the message names the file.
            IndexError: If there is no such sample.
        """

    def image_content(self, index: int) -> bytes | None:
        """The image file of a sample as it is, to copy without another compression, or None.

        Raises:
            BadSampleError: If there is one but it cannot be read.
            IndexError: If there is no such sample.
        """
        self.check_index(index)
        return None


def at_any_place(source: Source[Sample]) -> DepthSource:
    """A source as one whose samples are read at any place.

    Raises:
        ValueError: If they are read in order only.
    """
    if not isinstance(source, DepthSource):
        raise ValueError(
            f"Samples are needed at any place; those of '{source.title}' are read in order only."
        )
    return source
