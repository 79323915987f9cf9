"""Frames of sequences, chosen for a split."""

from dataclasses import dataclass
from typing import NamedTuple

from densedepth_tf.data.sequences.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.data.sequences.sequence_split import SplitLine


class Target(NamedTuple):
    """A frame of a sequence."""

    sequence: FrameSequence
    number: FrameNumber

    @property
    def name(self) -> str:
        """The frame's name."""
        return self.sequence.frame_name(self.number)

    @property
    def split_line(self) -> SplitLine:
        """The line of a split file that names the frame."""
        if isinstance(self.number, int) and self.number >= 0:
            return SplitLine(self.sequence.name, self.number, self.sequence.side)
        folder, _, image = self.name.rpartition("/")
        return SplitLine(folder, image, self.sequence.side)


@dataclass(frozen=True)
class FrameTargets:
    """The frames of a split, before neighbours or depth are asked for.

    Attributes:
        targets: The frames in their order.
        title: What is read, e.g. `kitti_raw/train`.
        listed_in: The list that names them; None where they are simply all there are. What a
            list names must be there, of the others the unusable ones are left out.
        truth: What true depth is, in words, for reports; empty where there is one kind only.
        listed_distance: How many frames of the recording apart neighbours were when the list was
            written; None where it does not say.
    """

    targets: list[Target]
    title: str
    listed_in: str | None = None
    truth: str = ""
    listed_distance: int | None = None

    def sequences(self) -> list[FrameSequence]:
        """The sequences that the frames belong to, each once."""
        return list({id(target.sequence): target.sequence for target in self.targets}.values())
