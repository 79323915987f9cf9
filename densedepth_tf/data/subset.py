"""The first few samples of a source."""

from typing_extensions import override

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import DepthSource


def first_of(title: str, number: int, total: int) -> str:
    """The title of the first samples of a list, e.g. `nyu/test (first 8 of 654)`."""
    return title if number == total else f"{title} (first {number} of {total})"


class FirstSamples(DepthSource):
    """The first `num_images` samples of a source; all of them if it has fewer.

    Attributes:
        source: The whole source.
        crop: The data's own evaluation crop, see `NYUTestArrays`; None where it has none.
        image_size: The size that the crop is meant for, where there is one.
    """

    def __init__(self, source: DepthSource, num_images: int):
        if num_images < 1:
            raise ValueError(f"`num_images` must be at least 1. Received: {num_images}")
        self.source = source
        self.crop = getattr(source, "crop", None)
        self.image_size = getattr(source, "image_size", None)
        self._num_images = min(num_images, len(source))
        self.title = first_of(source.title, self._num_images, len(source))

    def __len__(self) -> int:
        return self._num_images

    def __getitem__(self, index: int) -> Sample:
        return self.source[self.check_index(index)]

    @override
    def image_content(self, index: int) -> bytes | None:
        return self.source.image_content(self.check_index(index))

    @override
    def sample_name(self, index: int) -> str:
        return self.source.sample_name(self.check_index(index))
