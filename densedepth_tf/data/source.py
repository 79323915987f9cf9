"""What every reader with random access promises."""

import abc
import operator

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.sample_check import REFUSE_IMPLAUSIBLE, UnitCheck


class IndexedSource(abc.ABC):
    """A list of samples, of whatever content, read one at a time when asked for.

    `source[i]` is safe to call from many threads at once, so that a `tf.data` pipeline can read
    in parallel; memory does not grow with the number of samples.

    Attributes:
        title: What is read, for titles and reports, e.g. `"nyu/test"`.
    """

    title: str = ""

    @abc.abstractmethod
    def __len__(self) -> int:
        """The number of samples."""

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


class DepthSource(IndexedSource):
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
