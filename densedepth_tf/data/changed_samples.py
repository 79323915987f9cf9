"""All samples of a source, each changed in the same way."""

import abc

from typing_extensions import override

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import DepthSource


class ChangedSamples(DepthSource):
    """The samples of a source as `changed` makes them; their names and files are the source's.

    Attributes:
        source: The source.
    """

    def __init__(self, source: DepthSource):
        self.source, self.endless = source, source.endless
        self.title, self.crop, self.image_size = source.title, source.crop, source.image_size

    @abc.abstractmethod
    def changed(self, sample: Sample) -> Sample:
        """A sample of this source, made of one of the other."""

    def __len__(self) -> int:
        return len(self.source)

    @override
    def sample_name(self, index: int) -> str:
        return self.source.sample_name(index)

    @override
    def image_content(self, index: int) -> bytes | None:
        return self.source.image_content(index)

    def __getitem__(self, index: int) -> Sample:
        return self.changed(self.source[index])
