"""Leaving out the frames that nothing can be learned from: the camera stood still, or was cut.

A frame is static if the image moves by less than `STATIC_SHIFT` of its longer side from the
frame to each of its neighbours in time (`image_motion.Motion.shift`). On KITTI that is 0.6 pixels
of 1242: a car that stands, not one that creeps. Frames at the end of a halt have one neighbour
that moved, and stay. A frame lies at a cut if it has nothing in common with one of its neighbours
(`Motion.is_cut`).
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from densedepth_tf.data.checks.image_motion import (
    Motion,
    motion_between,
    working_image,
    working_intrinsics,
)
from densedepth_tf.data.checks.motion_check import (
    STATIC_SHIFT,
    spare_fast_frames,
    state_of,
)
from densedepth_tf.data.sequences.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.data.sequences.frame_state import FrameState
from densedepth_tf.data.sequences.frame_targets import FrameTargets, Target
from densedepth_tf.data.sequences.sequence_source import (
    FrameOffset,
    SequenceSource,
    offsets_in_time,
)
from densedepth_tf.data.sequences.sequence_split import write_split
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar


def remove_static(
    source: SequenceSource,
    static_shift: float = STATIC_SHIFT,
    progress: bool = True,
    turns: bool = False,
) -> SequenceSource:
    """A source without its static frames and those at cuts; frames that cannot be read stay.

    Args:
        source: The frames.
        static_shift: Share of the longer side that an image must move by; 0 keeps all.
        progress: Show a bar where the output is a terminal.
        turns: Leave out frames from which the camera only turned, too. It takes longer.

    Raises:
        ValueError: If no frame is left.
    """
    motions = neighbour_motions(source, source.targets, progress, turns)
    states = spare_fast_frames([state_of(found, static_shift) for found in motions])
    moving = [
        target
        for target, state in zip(source.targets, states, strict=True)
        if state is FrameState.MOVING
    ]
    if not moving:
        only = "static, or the camera only turns" if turns else "static"
        raise ValueError(
            f"All {len(source)} frames of {source.title} are {only}: the camera never moves, or "
            "the frame rate is so high that neighbours look the same (`frame_step=N`)."
        )
    kept = source.subset(moving)
    kept.left_out = source.left_out + Counter(s for s in states if s is not FrameState.MOVING)
    return kept


def neighbour_motions(
    source: SequenceSource, targets: list[Target], progress: bool = True, turns: bool = False
) -> list[list[Motion]]:
    """The motions from frames to their neighbours in time, one per offset in time.

    Every image is read once. Frames that cannot be read, or differ in size, have no motions.

    Args:
        source: Tells the neighbours.
        targets: The frames.
        progress: Show a bar where the output is a terminal.
        turns: Find out where the camera only turned.
    """
    by_sequence: dict[int, list[int]] = defaultdict(list)
    for position, target in enumerate(targets):
        by_sequence[id(target.sequence)].append(position)
    found: list[list[Motion]] = [[] for _ in targets]
    hidden = not progress
    with ProgressBar(
        total=len(targets), desc="motion", unit="frame", leave=False, disable=hidden
    ) as bar:
        for positions in by_sequence.values():
            positions.sort(key=lambda position: targets[position].number)
            frames = [targets[position] for position in positions]
            for position, motions in zip(
                positions, _sequence_motions(source, frames, turns), strict=True
            ):
                found[position] = motions
                bar.update()
    return found


class _Seen(NamedTuple):
    """A small grey image, and the camera in its pixels where it is asked for and known."""

    image: np.ndarray
    intrinsics: np.ndarray | None


def _sequence_motions(
    source: SequenceSource, targets: list[Target], turns: bool
) -> Iterator[list[Motion]]:
    """The motions of frames of one sequence, ascending."""
    sequence = targets[0].sequence
    near = {target.number: source.neighbours(target) for target in targets}
    wanted = sorted({*near, *(there for found in near.values() for there in found)})
    sequence.prepare(wanted)

    def read(number: FrameNumber) -> tuple[FrameNumber, _Seen | None]:
        try:
            image = sequence.read_image(number)
        except BadSampleError:
            return number, None
        return number, _Seen(working_image(image), _camera(sequence, image) if turns else None)

    threads = min(4, available_cores())
    images: dict[FrameNumber, _Seen | None] = {}
    arriving = map_ahead(read, wanted, threads, 2 * threads)
    for number in (target.number for target in targets):
        around = [number, *near[number]]  # stereo alone has no neighbours in time
        last, first = max(around), min(around)
        while last not in images:
            arrived, seen = next(arriving)
            images[arrived] = seen
        for old in [held for held in images if held < first]:
            del images[old]
        own = images[number]
        neighbours = [images[there] for there in near[number]]
        yield [
            motion_between(own.image, neighbour.image, own.intrinsics)
            for neighbour in neighbours
            if own and neighbour and own.image.shape == neighbour.image.shape
        ]


def _camera(sequence: FrameSequence, image: np.ndarray) -> np.ndarray | None:
    size = image.shape[:2]
    try:
        return working_intrinsics(sequence.intrinsics(size), size)
    except BadSampleError:
        return None  # Reading the frame as a sample says what is wrong.


def write_moving(
    frames: FrameTargets,
    frame_offsets: Sequence[FrameOffset],
    path: str | os.PathLike,
    static_shift: float = STATIC_SHIFT,
) -> tuple[int, int]:
    """Writes a split file of the frames that have all neighbours and show depth.

    Those are frames that are neither static nor at a cut, and from which the camera did more than
    turn.

    Returns:
        The number of frames written, and of all.

    Raises:
        ValueError: If no frame has all neighbours, or none shows depth.
        OSError: If the file cannot be written.
    """
    moving = remove_static(SequenceSource(frames, frame_offsets), static_shift, turns=True)
    offsets = [abs(offset) for offset in offsets_in_time(frame_offsets)]
    every = max(sequence.every for sequence in frames.sequences())
    distance = max(offsets) * every if offsets else None
    write_split(path, [target.split_line for target in moving.targets], distance)
    return len(moving), len(frames.targets)
