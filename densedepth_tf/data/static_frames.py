"""Finding the frames that nothing can be learned from because the camera stood still.

A frame is static if the picture moves by less than `STATIC_SHIFT` of its longer side from the
frame to each of its neighbours in time (`image_motion.Motion.shift`). On KITTI that is 0.6 pixels
of 1242: a car that stands, not one that creeps. Frames at the end of a halt have one neighbour
that moved, and stay.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from tqdm import tqdm

from densedepth_tf.available_cores import available_cores
from densedepth_tf.data.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.data.frame_targets import FrameTargets, Target
from densedepth_tf.data.image_motion import Motion, motion_between, working_picture
from densedepth_tf.data.sample import BadSampleError
from densedepth_tf.data.sequence_source import STEREO, FrameOffset, SequenceSource
from densedepth_tf.data.sequence_split import write_split
from densedepth_tf.map_ahead import map_ahead

STATIC_SHIFT = 0.0005


def remove_static(
    source: SequenceSource, static_shift: float = STATIC_SHIFT, progress: bool = True
) -> SequenceSource:
    """A source without its static frames; frames that cannot be read stay, to be reported.

    Args:
        source: The frames.
        static_shift: Share of the longer side that a picture must move by; 0 keeps all.
        progress: Show a bar where the output is a terminal.

    Raises:
        ValueError: If all frames are static.
    """
    motions = neighbour_motions(source, source.targets, progress)
    moving = [
        target
        for target, found in zip(source.targets, motions, strict=True)
        if not is_static(found, static_shift)
    ]
    if not moving:
        raise ValueError(
            f"All {len(source)} frames of {source.title} are static: the camera never moves, or "
            "the frame rate is so high that neighbours look the same (--every N)."
        )
    return source.subset(moving)


def is_static(motions: list[Motion], static_shift: float = STATIC_SHIFT) -> bool:
    """Whether a frame with these motions to its neighbours is static."""
    return bool(motions) and max(motion.shift for motion in motions) < static_shift


def neighbour_motions(
    source: SequenceSource, targets: list[Target], progress: bool = True
) -> list[list[Motion]]:
    """The motions from frames to their neighbours in time, one per offset in time.

    Every picture is read once. Frames that cannot be read, or differ in size, have no motions.

    Args:
        source: Tells the neighbours.
        targets: The frames.
        progress: Show a bar where the output is a terminal.
    """
    offsets = [offset for offset in source.frame_offsets if offset != STEREO]
    by_sequence: dict[int, list[int]] = defaultdict(list)
    for position, target in enumerate(targets):
        by_sequence[id(target.sequence)].append(position)
    found: list[list[Motion]] = [[] for _ in targets]
    hidden = None if progress else True
    with tqdm(total=len(targets), desc="motion", unit="frame", leave=False, disable=hidden) as bar:
        for positions in by_sequence.values():
            positions.sort(key=lambda position: targets[position].number)
            sequence = targets[positions[0]].sequence
            numbers = [targets[position].number for position in positions]
            for position, motions in zip(
                positions, _sequence_motions(sequence, numbers, offsets), strict=True
            ):
                found[position] = motions
                bar.update()
    return found


def _sequence_motions(
    sequence: FrameSequence, numbers: list[FrameNumber], offsets: list[int]
) -> Iterator[list[Motion]]:
    near = {
        number: [sequence.neighbour(number, offset) for offset in offsets] for number in numbers
    }
    wanted = sorted({*numbers, *(there for found in near.values() for there in found)})
    sequence.prepare(wanted)

    def read(number: FrameNumber) -> tuple[FrameNumber, np.ndarray | None]:
        try:
            return number, working_picture(sequence.read_image(number))
        except BadSampleError:
            return number, None

    threads = min(4, available_cores())
    pictures: dict[FrameNumber, np.ndarray | None] = {}
    arriving = map_ahead(read, wanted, threads, 2 * threads)
    for number in numbers:
        around = [number, *near[number]]  # stereo alone has no neighbours in time
        last, first = max(around), min(around)
        while last not in pictures:
            arrived, picture = next(arriving)
            pictures[arrived] = picture
        for old in [held for held in pictures if held < first]:
            del pictures[old]
        own = pictures[number]
        neighbours = [pictures[there] for there in near[number]]
        yield [
            motion_between(own, neighbour)
            for neighbour in neighbours
            if own is not None and neighbour is not None and own.shape == neighbour.shape
        ]


def write_moving(
    frames: FrameTargets,
    frame_offsets: Sequence[FrameOffset],
    path: str | os.PathLike,
    static_shift: float = STATIC_SHIFT,
) -> tuple[int, int]:
    """Writes a split file of the frames that have all neighbours and are not static.

    Returns:
        The number of frames written, and of all.

    Raises:
        ValueError: If no frame has all neighbours, or all are static.
        OSError: If the file cannot be written.
    """
    moving = remove_static(SequenceSource(frames, frame_offsets), static_shift)
    offsets = [abs(offset) for offset in frame_offsets if offset != STEREO]
    every = max(sequence.every for sequence in frames.sequences())
    distance = max(offsets) * every if offsets else None
    write_split(path, [target.split_line for target in moving.targets], distance)
    return len(moving), len(frames.targets)
