"""Reading samples ahead of the network, in order and in bounded memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from densedepth_tf.data.any_source import SampleSource, as_source
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import Reader
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.map_ahead import map_ahead

MAX_THREADS = 8
BATCHES_OF_A_STRETCH = 4


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
    source = as_source(source)
    threads = min(MAX_THREADS, available_cores())
    readers = source.readers(None if indexes is None else set(indexes))
    if source.reads_ahead:
        yield from map(_read, readers)
    else:
        yield from map_ahead(_read, readers, threads, 2 * threads)


def stretch_length(batch_size: int) -> int:
    """How many samples after one another are put into groups on their own."""
    return BATCHES_OF_A_STRETCH * batch_size


def same_size_batches(readings: Iterable[Reading], batch_size: int) -> Iterator[list[Reading]]:
    """Groups consecutive samples of one image size, the last, smaller group included.

    An unusable sample is a group of its own. Groups end where a stretch of the source does, so that
    they depend on no other stretch: wherever one is measured, its groups, and with them the last
    digits of its figures, are the same.
    """
    group: list[Reading] = []
    length = stretch_length(batch_size)
    for reading in readings:
        if group and (
            reading.error
            or len(group) == batch_size
            or reading.index // length != group[0].index // length
            or _shape(reading) != _shape(group[0])
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


def _read(step: tuple[int, Reader[Sample]]) -> Reading:
    index, read = step
    try:
        return Reading(index, read())
    except BadSampleError as error:
        return Reading(index, error)
