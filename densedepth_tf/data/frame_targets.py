"""Frames of sequences, chosen for a split."""

from dataclasses import dataclass
from typing import NamedTuple

from densedepth_tf.data.frame_sequence import FrameSequence


class Target(NamedTuple):
    """A frame of a sequence."""

    sequence: FrameSequence
    number: int

    @property
    def name(self) -> str:
        """The frame's name."""
        return self.sequence.frame_name(self.number)


@dataclass(frozen=True)
class FrameTargets:
    """The frames of a split, before neighbours or depth are asked for.

    Attributes:
        targets: The frames in their order.
        title: What is read, e.g. `kitti_raw/train`.
        listed_in: The list that names them; None where they are simply all there are. What a
            list names must be there, of the others the unusable ones are left out.
        truth: What true depth is, in words, for reports; empty where there is one kind only.
    """

    targets: list[Target]
    title: str
    listed_in: str | None = None
    truth: str = ""

    def sequences(self) -> list[FrameSequence]:
        """The sequences that the frames belong to, each once."""
        return list({id(target.sequence): target.sequence for target in self.targets}.values())
