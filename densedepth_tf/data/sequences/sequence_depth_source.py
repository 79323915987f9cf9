"""Frames of sequences with their true depth, for evaluation and supervised training."""

import warnings

from typing_extensions import override

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.sample_check import checked_sample
from densedepth_tf.data.sequences.frame_targets import FrameTargets
from densedepth_tf.data.source import DepthSource


class NoDepthError(ValueError):
    """Frames whose depth nobody knows."""


class SequenceDepthSource(DepthSource):
    """Samples of the frames whose depth is known.

    Frames without depth are left out, which a warning tells, unless a list names them: those are
    bad samples.

    Args:
        frames: The frames.

    Raises:
        NoDepthError: If no frame has depth.
    """

    def __init__(self, frames: FrameTargets):
        self.title = f"{frames.title} ({frames.truth})" if frames.truth else frames.title
        with_depth = [t for t in frames.targets if t.sequence.has_depth(t.number)]
        if not with_depth:
            raise NoDepthError(
                f"Not one of the {len(frames.targets)} frames of {self.title} has true depth "
                f"(velodyne scans, depth maps): '{frames.targets[0].sequence.title}'."
            )
        self.targets = with_depth if frames.listed_in is None else frames.targets
        lacking = len(frames.targets) - len(with_depth)
        if lacking and frames.listed_in is None:
            first = next(t for t in frames.targets if not t.sequence.has_depth(t.number))
            warnings.warn(
                f"{lacking} of the {len(frames.targets)} frames of {self.title} have no true "
                f"depth, '{first.name}' and so on; they are left out.",
                stacklevel=2,
            )

    def __len__(self) -> int:
        return len(self.targets)

    @override
    def sample_name(self, index: int) -> str:
        return self.targets[self.check_index(index)].name

    def __getitem__(self, index: int) -> Sample:
        target = self.targets[self.check_index(index)]
        image = target.sequence.read_image(target.number)
        size = image.shape[:2]
        depth = target.sequence.read_depth(target.number, size)
        intrinsics = target.sequence.intrinsics(size)
        return checked_sample(image, depth, target.name, intrinsics, self.check_unit)
