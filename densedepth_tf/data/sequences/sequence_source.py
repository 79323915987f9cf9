"""Frames with their neighbours in time and their stereo partner, to learn depth from."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NotRequired, TypedDict

import numpy as np
from typing_extensions import override

from densedepth_tf.data.sequences.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.data.sequences.frame_state import FrameState
from densedepth_tf.data.sequences.frame_targets import FrameTargets, Target
from densedepth_tf.data.source import IndexedSource
from densedepth_tf.files.bad_sample import BadSampleError

FrameOffset = int | Literal["s"]
STEREO: Final = "s"


class SequenceSample(TypedDict):
    """A frame and its neighbours, all of one size.

    Attributes:
        image: uint8 (H, W, 3) RGB, the frame whose depth is asked for.
        frames: uint8 (F, H, W, 3) RGB, its neighbours in the order of the source's offsets.
        frame_names: Their names; that of the stereo partner is made of the frame's.
        intrinsics: float32 (3, 3), in pixels of `image`; the neighbours have the same.
        name: The frame's name.
        stereo_transform: float32 (4, 4), metres: takes points from this camera to the stereo
            partner's; where "s" is among the offsets.
    """

    image: np.ndarray
    frames: np.ndarray
    frame_names: list[str]
    intrinsics: np.ndarray
    name: str
    stereo_transform: NotRequired[np.ndarray]


class SequenceSource(IndexedSource):
    """Samples of frames with the neighbours that are asked for.

    Frames without all of these neighbours are left out, unless a list names them.

    Args:
        frames: The frames.
        frame_offsets: Which neighbours: offsets in time, e.g. -1 and 1, and "s" for the stereo
            partner.

    Attributes:
        targets: The frames that have all neighbours.
        frame_offsets: As given.
        num_left_out: Frames without all neighbours.
        left_out: How many of the others nothing can be learned from, and why.

    Raises:
        ValueError: If the offsets are not valid, a listed frame lacks a neighbour, the list was
            written for neighbours at another distance, or no frame has all.
    """

    def __init__(self, frames: FrameTargets, frame_offsets: Sequence[FrameOffset] = (-1, 1)):
        self.frame_offsets = check_offsets(frame_offsets)
        self.title, self.listed_in = frames.title, frames.listed_in
        _check_distance(frames, self.frame_offsets)
        self.targets = []
        lacking = None
        for target in frames.targets:
            missing = missing_neighbours(target, self.frame_offsets)
            if not missing:
                self.targets.append(target)
            elif lacking is None:
                lacking = f"frame {target.number} of '{target.sequence.title}' has no {missing[0]}"
        self.num_left_out = len(frames.targets) - len(self.targets)
        self.left_out: Counter[FrameState] = Counter()
        if lacking and frames.listed_in is not None:
            raise ValueError(
                f"{lacking[0].upper()}{lacking[1:]}, though '{frames.listed_in}' lists it"
                f" ({self.num_left_out} of {len(frames.targets)} frames lack neighbours)."
            )
        if not self.targets:
            raise ValueError(
                f"Not one of the {len(frames.targets)} frames of {self.title} has all the "
                f"neighbours {list(self.frame_offsets)}: {lacking or 'there is none'}."
            )

    def __len__(self) -> int:
        return len(self.targets)

    @override
    def sample_name(self, index: int) -> str:
        return self.targets[self.check_index(index)].name

    def __getitem__(self, index: int) -> SequenceSample:
        """Reads a frame and its neighbours.

        Raises:
            BadSampleError: If a frame is damaged or of another size, or the camera does not fit.
            IndexError: If there is no such sample.
        """
        target = self.targets[self.check_index(index)]
        sequence, number = target
        image = sequence.read_image(number)
        frames, names = [], []
        for offset in self.frame_offsets:
            if offset == STEREO:
                what, frame = "its stereo partner", sequence.read_stereo_image(number)
                names.append(f"{target.name} (stereo partner)")
            else:
                near = _neighbour(target, offset)
                what, frame = f"frame {near}", sequence.read_image(near)
                names.append(sequence.frame_name(near))
            if frame.shape != image.shape:
                raise BadSampleError(
                    f"Frames of '{sequence.title}' differ in size: frame {number} is "
                    f"{_size(image)}, {what} is {_size(frame)} (height x width)."
                )
            frames.append(frame)
        sample = SequenceSample(
            image=image,
            frames=np.stack(frames) if frames else np.empty((0, *image.shape), np.uint8),
            frame_names=names,
            intrinsics=sequence.intrinsics((image.shape[0], image.shape[1])),
            name=target.name,
        )
        if STEREO in self.frame_offsets and sequence.stereo_transform is not None:
            sample["stereo_transform"] = sequence.stereo_transform
        return sample

    def neighbours(self, target: Target) -> list[FrameNumber]:
        """The numbers of a frame's neighbours in time, in the order of the offsets."""
        return [_neighbour(target, offset) for offset in offsets_in_time(self.frame_offsets)]

    def subset(self, targets: list[Target]) -> "SequenceSource":
        """The same source with some of its frames only."""
        part = SequenceSource(FrameTargets(targets, self.title, self.listed_in), self.frame_offsets)
        part.num_left_out, part.left_out = self.num_left_out, self.left_out
        return part

    def describe(self) -> str:
        """How many frames there are, and how many were left out and why, in one line."""
        counts = {"a neighbour is missing": self.num_left_out}
        counts |= {state.value: count for state, count in self.left_out.items()}
        said = [f"{count} ({why})" for why, count in counts.items() if count]
        rest = f"; left out: {', '.join(said)}" if said else ""
        return f"{self.title}: {len(self)} frames with their neighbours{rest}"

    def prepare(self, progress: bool = True) -> None:
        """Gets the frames and their neighbours ready to be read over and over; may take long."""
        needed: dict[FrameSequence, set[FrameNumber]] = defaultdict(set)
        for target in self.targets:
            needed[target.sequence] |= {target.number, *self.neighbours(target)}
        for sequence, numbers in needed.items():
            sequence.prepare(numbers, progress)


def check_offsets(frame_offsets: Sequence[FrameOffset]) -> tuple[FrameOffset, ...]:
    """Checks that offsets are whole numbers other than 0, or "s", each once.

    Raises:
        ValueError: If they are not.
    """
    offsets = tuple(frame_offsets)
    proper = all(
        offset == STEREO or (isinstance(offset, int | np.integer) and offset != 0)
        for offset in offsets
    )
    if not proper or len(set(offsets)) < len(offsets):
        raise ValueError(
            "Frame offsets are whole numbers other than 0, or 's' for the stereo partner, each "
            f"once, e.g. (-1, 1, 's'). Received: {offsets}"
        )
    return offsets


def offsets_in_time(frame_offsets: Iterable[FrameOffset]) -> list[int]:
    """The offsets but for the stereo partner's."""
    return [offset for offset in frame_offsets if offset != STEREO]


def _neighbour(target: Target, offset: int) -> FrameNumber:
    near = target.sequence.neighbour(target.number, offset)
    if near is None:
        raise BadSampleError(
            f"Frame {target.number} of '{target.sequence.title}' has no neighbour {offset:+d}."
        )
    return near


def _check_distance(frames: FrameTargets, frame_offsets: Sequence[FrameOffset]) -> None:
    """Refuses a list that was written for neighbours at another distance."""
    written = frames.listed_distance
    steps = [abs(offset) for offset in offsets_in_time(frame_offsets)]
    every = max((sequence.every for sequence in frames.sequences()), default=1)
    if written is None or not steps or written == max(steps) * every:
        return
    command = f"`preflight --frame-step {max(steps)} --keep FILE`"
    if every > 1:
        command = f"`preflight --frame-step {max(steps)} --every {every} --keep FILE`"
    raise ValueError(
        f"'{frames.listed_in}' was written for neighbours {written} frames away, and neighbours "
        f"{max(steps) * every} frames away are asked for: write it again with {command}, or take "
        "the flags it was written with."
    )


def missing_neighbours(target: Target, frame_offsets: Sequence[FrameOffset]) -> list[str]:
    """What a frame lacks, in words; the frame itself counts too."""
    sequence, number = target
    if not sequence.has_frame(number):
        return ["image"]
    missing = []
    for offset in frame_offsets:
        if offset == STEREO:
            if not sequence.has_stereo(number):
                missing.append("stereo partner")
        elif sequence.neighbour(number, offset) is None:
            missing.append(f"neighbour {offset:+d}")
    return missing


def _size(image: np.ndarray) -> str:
    return f"{image.shape[0]}x{image.shape[1]}"
