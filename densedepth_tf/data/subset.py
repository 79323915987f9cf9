"""Some samples of a source: the first few, or those of a list."""

from collections.abc import Sequence

from typing_extensions import override

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import DepthSource


def first_of(title: str, number: int, total: int) -> str:
    """The title of the first samples of a list, e.g. `nyu/test (first 8 of 654)`."""
    return title if number == total else f"{title} (first {number} of {total})"


class ChosenSamples(DepthSource):
    """Some samples of a source, in an order of their own.

    Attributes:
        source: The whole source.
    """

    def __init__(self, source: DepthSource, indices: Sequence[int]):
        self.source = source
        self.crop, self.image_size = source.crop, source.image_size
        self.title = source.title
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Sample:
        return self.source[self._place(index)]

    @override
    def image_content(self, index: int) -> bytes | None:
        return self.source.image_content(self._place(index))

    @override
    def sample_name(self, index: int) -> str:
        return self.source.sample_name(self._place(index))

    def _place(self, index: int) -> int:
        return self._indices[self.check_index(index)]


class FirstSamples(ChosenSamples):
    """The first `num_images` samples of a source; all of them if it has fewer."""

    def __init__(self, source: DepthSource, num_images: int):
        if num_images < 1:
            raise ValueError(f"`num_images` must be at least 1. Received: {num_images}")
        super().__init__(source, range(min(num_images, len(source))))
        self.title = first_of(source.title, len(self), len(source))
