"""Reading samples for a pipeline: bad ones are reported and counted, and teach nothing."""

import threading
import warnings
import zlib
from collections import OrderedDict
from typing import Any

import numpy as np

from densedepth_tf.data.seen_samples import SampleMark, sample_marks
from densedepth_tf.data.source import IndexedSource
from densedepth_tf.files.bad_sample import BadSampleError

REMEMBERED_POSITIONS = 16_384
_EMPTY_SIDE = 32


class Loader:
    """Reads one sample per position of a run and remembers which one it was.

    Args:
        source: Where samples come from.
        strict: Stop at the first bad sample instead of skipping it.

    Attributes:
        skipped: Message of every bad sample met, by the sample's index (a record's checksum).
        error: The exception that ended reading, so that callers need not parse TensorFlow's.
        keep_marks: Keep marks of what is read, see `marks`.
    """

    def __init__(self, source: IndexedSource, strict: bool = False):
        self.source = source
        self.strict = strict
        self.skipped: dict[int, str] = {}
        self.error: Exception | None = None
        self.keep_marks = False
        self._marks: dict[int, tuple[int, list[tuple[str, SampleMark]]]] = {}
        self._names: OrderedDict[int, str] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, index: int, position: int) -> tuple[np.ndarray, ...]:
        """The arrays of sample `index`: image uint8 (H, W, 3) and depth float32 (H, W, 1).

        A bad sample is replaced by the next good one, so that batches keep their size and a
        resumed run meets the same samples.

        Args:
            index: Which sample.
            position: Place in the run's endless sequence of samples; see `names`.

        Raises:
            BadSampleError: If the sample is bad and `strict`, or if every sample is bad.
        """
        try:
            for step in range(len(self.source)):
                candidate = (int(index) + step) % len(self.source)
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

    def first_image_size(self) -> tuple[int, int] | None:
        """`(height, width)` of the first sample's image; None if it cannot be read."""
        try:
            return next(iter(self.source))["image"].shape[:2]
        except BadSampleError:
            return None

    def arrays(self, sample: Any) -> tuple[np.ndarray, ...]:
        """What a pipeline needs of a sample."""
        return sample["image"], sample["depth"]

    def load_or_empty(self, index: int, position: int) -> tuple[np.ndarray, np.ndarray]:
        """As `load`, but a bad sample becomes a black image without any depth.

        So no sample counts twice. Metrics are means over pixels that have depth and do not see it;
        a mean loss over samples counts it as 0.
        """
        return self._read(int(index), int(position), lambda: self.source[int(index)])

    def _read(self, key: int, position: int, read: Any) -> tuple[np.ndarray, np.ndarray]:
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

    def names(self, positions: range) -> list[str]:
        """Names of the samples that were read for these positions, as far as remembered."""
        with self._lock:
            return [self._names[place] for place in positions if place in self._names]

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

    def _remember(self, key: int, position: int, sample: Any) -> None:
        first, marks = self._marks.get(key, (position, None))
        if marks is None and self.keep_marks:
            marks = list(sample_marks(sample))
        with self._lock:
            if marks is not None:
                self._marks[key] = min(first, position), marks
            self._names[position] = sample["name"]
            if len(self._names) > REMEMBERED_POSITIONS:
                self._names.popitem(last=False)


class StreamLoader(Loader):
    """The same for a source that is a stream of serialised records (TFRecord shards)."""

    def load(self, record: Any, position: int) -> tuple[np.ndarray, np.ndarray]:
        """Decodes one serialised record; a bad one becomes a black image without any depth.

        Raises:
            BadSampleError: If it is bad and `strict`, or if every record is bad.
        """
        return self._read(zlib.crc32(record), int(position), lambda: self.source.decode(record))

    load_or_empty = load


def _empty() -> tuple[np.ndarray, np.ndarray]:
    size = (_EMPTY_SIDE, _EMPTY_SIDE)
    return np.zeros((*size, 3), np.uint8), np.zeros((*size, 1), np.float32)
