"""Reading samples for a pipeline: bad ones are reported and counted, and teach nothing."""

import abc
import threading
import warnings
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import tensorflow as tf
from typing_extensions import override

from densedepth_tf.data.batches.cached import CachedSource
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.seen_samples import SampleMark, sample_marks
from densedepth_tf.data.source import IndexedSource, RecordSource, Source
from densedepth_tf.files.bad_sample import BadSampleError

REMEMBERED_POSITIONS = 16_384
SHUFFLE_BUFFER = 1024
_EMPTY_SIDE = 32

Record = TypeVar("Record")


class ReadSamples(Protocol):
    """What can be asked of whatever reads a run's samples; see `SampleLoader`."""

    keep_marks: bool

    @property
    def source(self) -> Source[Any]:
        """Where samples come from."""

    @property
    def skipped(self) -> Mapping[Any, str]:
        """Messages of the bad samples met."""

    @property
    def error(self) -> Exception | None:
        """The exception that ended reading."""

    def names(self, positions: range) -> list[str]:
        """Names of the samples that were read for these positions, as far as remembered."""

    def marks(self, before: int | None = None) -> list[tuple[str, SampleMark]]:
        """Marks of the images read so far, each with its use in a training step."""

    def shortage(self) -> str | None:
        """What to say if there are fewer samples than the source says; None if there are not."""


class SampleLoader(abc.ABC, Generic[Record]):
    """Reads one sample per position of a run and remembers which one it was.

    What a sample is asked for by, its record, is an index here and a serialised example there.

    Args:
        source: Where samples come from.
        strict: Stop at the first bad sample instead of skipping it.

    Attributes:
        skipped: Message of every bad sample met, by the sample's index (a record's checksum).
        error: The exception that ended reading, so that callers need not parse TensorFlow's.
        keep_marks: Keep marks of what is read, see `marks`.
    """

    source: Source[Any]

    def __init__(self, source: Source[Any], strict: bool = False):
        self.source = source
        self.strict = strict
        self.skipped: dict[int, str] = {}
        self.error: Exception | None = None
        self.keep_marks = False
        self._marks: dict[int, tuple[int, list[tuple[str, SampleMark]]]] = {}
        self._names: OrderedDict[int, str] = OrderedDict()
        self._lock = threading.Lock()

    @abc.abstractmethod
    def records(self) -> tf.data.Dataset:
        """Every record once, in order."""

    @abc.abstractmethod
    def shuffled(self, seed: int, number: tf.Tensor) -> tf.data.Dataset:
        """One pass over all records in an order that seed and the pass's number give alone."""

    @abc.abstractmethod
    def load(self, record: Record, position: int) -> tuple[np.ndarray, ...]:
        """The arrays of one sample, for training.

        Args:
            record: Which sample.
            position: Place in the run's endless sequence of samples; see `names`.

        Raises:
            BadSampleError: If the sample is bad and `strict`, or if every sample is bad.
        """

    @abc.abstractmethod
    def load_or_empty(self, record: Record, position: int) -> tuple[np.ndarray, np.ndarray]:
        """As `load`, but a bad sample becomes a black image without any depth.

        So no sample counts twice. Metrics are means over pixels that have depth and do not see it;
        a mean loss over samples counts it as 0.
        """

    def shortage(self) -> str | None:
        """What to say if there are fewer samples than the source says; None if there are not."""
        return None

    def first_image_size(self) -> tuple[int, int] | None:
        """`(height, width)` of the first sample's image; None if it cannot be read."""
        try:
            return next(iter(self.source))["image"].shape[:2]
        except BadSampleError:
            return None

    def names(self, positions: range) -> list[str]:
        """Names of the samples that were read for these positions, as far as remembered."""
        with self._lock:
            return [self._names[place] for place in positions if place in self._names]

    def _read(
        self, key: int, position: int, read: Callable[[], Sample]
    ) -> tuple[np.ndarray, np.ndarray]:
        try:
            try:
                sample = read()
            except BadSampleError as error:
                if self.strict:
                    raise
                self._skip(key, str(error))
                if len(self.skipped) < len(self.source):
                    return _empty()
                raise BadSampleError(
                    f"None of the {len(self.source)} samples of {self.source.title} can be read; "
                    f"one of them: {error}"
                ) from error
        except Exception as error:
            self.error = self.error or error
            raise
        self._remember(key, position, sample)
        return sample["image"], sample["depth"]

    def marks(self, before: int | None = None) -> list[tuple[str, SampleMark]]:
        """Marks of the images read so far, each with its use in a training step.

        Args:
            before: Only those that were first read for a position before this one; pipelines read
                ahead.
        """
        with self._lock:
            kept = list(self._marks.values())
        return [mark for first, marks in kept if before is None or first < before for mark in marks]

    def _skip(self, index: int, message: str) -> None:
        with self._lock:
            if index not in self.skipped:
                self.skipped[index] = message
                warnings.warn(f"Sample skipped: {message}", stacklevel=2)

    def _remember(self, key: int, position: int, sample: Mapping[str, Any]) -> None:
        first, marks = self._marks.get(key, (position, None))
        # What was made for this run alone nobody meets again.
        if marks is None and self.keep_marks and not self.source.endless:
            marks = list(sample_marks(sample))
        with self._lock:
            if marks is not None:
                self._marks[key] = min(first, position), marks
            self._names[position] = sample["name"]
            if len(self._names) > REMEMBERED_POSITIONS:
                self._names.popitem(last=False)


class Loader(SampleLoader[int]):
    """Reads samples by their index; see `SampleLoader`."""

    source: IndexedSource

    def __init__(self, source: IndexedSource, strict: bool = False):
        super().__init__(source, strict)

    @override
    def records(self) -> tf.data.Dataset:
        return tf.data.Dataset.range(len(self.source))

    @override
    def shuffled(self, seed: int, number: tf.Tensor) -> tf.data.Dataset:
        if self.source.endless:  # Any order is as good, and all indices too many to hold.
            return self.records()
        indices = tf.range(len(self.source), dtype=tf.int64)
        order = tf.random.experimental.stateless_shuffle(indices, _pass_seed(seed, number))
        return tf.data.Dataset.from_tensor_slices(order)

    @override
    def load(self, record: int, position: int) -> tuple[np.ndarray, ...]:
        """The arrays of the sample with this index: image uint8 (H, W, 3), depth float32 (H, W, 1).

        A bad sample is replaced by the next good one, so that batches keep their size and a
        resumed run meets the same samples.

        Raises:
            BadSampleError: If the sample is bad and `strict`, or if every sample is bad.
        """
        try:
            for step in range(len(self.source)):
                candidate = (int(record) + step) % len(self.source)
                if candidate in self.skipped:
                    continue
                try:
                    sample = self.source[candidate]
                except BadSampleError as error:
                    if self.strict:
                        raise
                    self._skip(candidate, str(error))
                else:
                    self._remember(candidate, int(position), sample)
                    return self.arrays(sample)
            first = next(iter(self.skipped.values()))
            raise BadSampleError(
                f"None of the {len(self.source)} samples of {self.source.title} can be read; "
                f"the first: {first}"
            )
        except Exception as error:
            self.error = self.error or error
            raise

    def arrays(self, sample: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
        """What a pipeline needs of a sample."""
        return sample["image"], sample["depth"]

    @override
    def load_or_empty(self, record: int, position: int) -> tuple[np.ndarray, np.ndarray]:
        return self._read(int(record), int(position), lambda: self.source[int(record)])


class StreamLoader(SampleLoader[bytes]):
    """Reads a stream of serialised records (TFRecord shards); see `SampleLoader`."""

    source: RecordSource[Sample]

    def __init__(self, source: RecordSource[Sample], strict: bool = False):
        super().__init__(source, strict)

    @override
    def records(self) -> tf.data.Dataset:
        return self._promised(tf.data.TFRecordDataset(self.source.shards))

    @override
    def shuffled(self, seed: int, number: tf.Tensor) -> tf.data.Dataset:
        shards = tf.constant(self.source.shards)
        if self.source.is_whole:
            order = _pass_seed(seed, number)
            shards = tf.random.experimental.stateless_shuffle(shards, order)
        records = self._promised(tf.data.TFRecordDataset(shards))
        # A shuffle mixes in its graph's seed, which is the process's global one unless set here.
        # It must not be 0: TensorFlow would ask in Python whether the other one, a tensor, is 0.
        tf.compat.v1.get_default_graph().seed = 1 + seed % (tf.int32.max - 1)
        return records.shuffle(SHUFFLE_BUFFER, seed=number, reshuffle_each_iteration=False)

    def _promised(self, records: tf.data.Dataset) -> tf.data.Dataset:
        """As many as the source says: a pass that ends too early would go unnoticed.

        Keras warns that data ran out where it does not know how much there is, too.
        """
        count = len(self.source)
        return records.take(count).apply(tf.data.experimental.assert_cardinality(count))

    @override
    def load(self, record: bytes, position: int) -> tuple[np.ndarray, np.ndarray]:
        """Decodes one serialised record; a bad one becomes a black image without any depth.

        Raises:
            BadSampleError: If it is bad and `strict`, or if every record is bad.
        """
        return self._read(zlib.crc32(record), int(position), lambda: self.source.decode(record))

    load_or_empty = load

    @override
    def shortage(self) -> str | None:
        there = sum(1 for _ in tf.data.TFRecordDataset(self.source.shards))
        return self.source.too_few() if there < len(self.source) else None


def open_loader(source: Source[Sample], strict: bool = False, cache: bool = False) -> SampleLoader:
    """The loader of a source, whichever kind it is.

    Args:
        source: Where samples come from.
        strict: Stop at the first bad sample instead of skipping it.
        cache: Keep decoded samples in memory; a stream's never are.
    """
    if isinstance(source, RecordSource):
        return StreamLoader(source, strict)
    if isinstance(source, IndexedSource):
        return Loader(CachedSource(source) if cache else source, strict)
    raise TypeError(f"Samples are read by index or as records. Received: {type(source).__name__}")


def _pass_seed(seed: int, number: tf.Tensor) -> tf.Tensor:
    return tf.stack([tf.constant(seed, tf.int64), number])


def _empty() -> tuple[np.ndarray, np.ndarray]:
    size = (_EMPTY_SIDE, _EMPTY_SIDE)
    return np.zeros((*size, 3), np.uint8), np.zeros((*size, 1), np.float32)
