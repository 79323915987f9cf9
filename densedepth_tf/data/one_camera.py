"""Samples of several cameras as if one had taken them: what a network can tell metres of.

The label transform of Metric3D (Yin et al. 2023, section 3.1): pictures stay, depth is multiplied
by the focal length of the one camera over the sample's own, both in pixels of what the network sees
(`geometry.cameras.lens`). A zoomed crop (`augmentation.random_scale_crop`) is such a sample: its
focal length is longer by the zoom, and its depth divided by it.
"""

import statistics
import warnings
from collections.abc import Iterable, Iterator

from typing_extensions import override

from densedepth_tf.data.changed_samples import ChangedSamples
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import DepthSource, RecordSource, Source
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.geometry.cameras.lens import lens_factor, seen_focal_length

ONE_CAMERA = 1.02  # Focal lengths of one camera's images, and of KITTI's days, differ by less.


def focal_length_of(sample: Sample, network_size: tuple[int, int]) -> float | None:
    """The focal length of a sample's camera, in widths of what a network of this size sees.

    Returns:
        None if the sample does not tell its camera.
    """
    if "intrinsics" not in sample:
        return None
    size = sample["image"].shape[:2]
    return seen_focal_length(sample["intrinsics"], size, network_size) / network_size[1]


def common_focal_length(
    samples: Iterable[Sample | BadSampleError], network_size: tuple[int, int]
) -> float | None:
    """The focal length of the one camera of samples, in widths of what the network sees.

    Returns:
        None where a sample does not tell its camera, and of several cameras, with a warning.
    """
    good = [sample for sample in samples if not isinstance(sample, BadSampleError)]
    found = [focal_length_of(sample, network_size) for sample in good]
    known = [focal_length for focal_length in found if focal_length is not None]
    if not known or len(known) < len(found):
        return None
    if max(known) > ONE_CAMERA * min(known):
        warnings.warn(
            f"The samples are of several cameras, {min(known):.3g} to {max(known):.3g} image "
            "widths, to which the same thing looks differently large. Pass `focal_length` to "
            "bring depth to one of them.",
            stacklevel=2,
        )
        return None
    return round(statistics.median(known), 4)


def to_one_camera(
    source: Source[Sample], focal_length: float, network_size: tuple[int, int]
) -> Source[Sample]:
    """The samples of a source with their depth, and intrinsics, brought to one focal length.

    Args:
        source: Samples that do not tell their camera are left as they are: taken for this one's.
        focal_length: In widths of what the network sees.
        network_size: (height, width) to which the network brings the images.
    """
    if isinstance(source, RecordSource):
        return _RecordsOfOneCamera(source, focal_length, network_size)
    if isinstance(source, DepthSource):
        return _SamplesOfOneCamera(source, focal_length, network_size)
    raise TypeError(f"Samples are read by index or as records. Received: {type(source).__name__}")


def sample_of_camera(sample: Sample, focal_length: float, network_size: tuple[int, int]) -> Sample:
    """A sample as the camera of this focal length would have taken it, from another distance.

    Points keep their places across: depth and focal length change by one factor.
    """
    if "intrinsics" not in sample:
        return sample
    matrix, size = sample["intrinsics"], sample["image"].shape[:2]
    factor = lens_factor(matrix, size, network_size, focal_length)
    brought = matrix.copy()
    brought[:2, :2] /= factor
    changed = sample.copy()
    changed["depth"], changed["intrinsics"] = sample["depth"] / factor, brought
    return changed


class _SamplesOfOneCamera(ChangedSamples):
    def __init__(self, source: DepthSource, focal_length: float, network_size: tuple[int, int]):
        super().__init__(source)
        self._camera = focal_length, network_size

    @override
    def changed(self, sample: Sample) -> Sample:
        return sample_of_camera(sample, *self._camera)


class _RecordsOfOneCamera(RecordSource[Sample]):
    def __init__(
        self, source: RecordSource[Sample], focal_length: float, network_size: tuple[int, int]
    ):
        self.source = source
        self.title, self.crop, self.image_size = source.title, source.crop, source.image_size
        self.shards, self.is_whole = source.shards, source.is_whole
        self._camera = focal_length, network_size

    def __len__(self) -> int:
        return len(self.source)

    @override
    def records(self) -> Iterator[bytes]:
        return self.source.records()

    @override
    def decode(self, serialized: bytes) -> Sample:
        return sample_of_camera(self.source.decode(serialized), *self._camera)

    @override
    def too_few(self) -> str:
        return self.source.too_few()
