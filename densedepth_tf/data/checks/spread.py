"""Which frames to look at, where not all of them can be."""

from collections import defaultdict

import numpy as np

from densedepth_tf.data.sequences.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.data.sequences.frame_targets import Target
from densedepth_tf.data.sequences.sequence_source import SequenceSource, offsets_in_time

# So many frames from one key frame on are looked at together; of more, all in between is decoded.
_FEW = 3


def spread_targets(source: SequenceSource, number: int) -> list[Target]:
    """Frames spread over all sequences, those of each together and in their order.

    Of a video, frames are taken where few others have to be decoded for them.

    Args:
        source: The frames.
        number: About how many; at least one of each sequence. 0 = all.
    """
    by_sequence: dict[FrameSequence, list[Target]] = defaultdict(list)
    for target in source.targets:
        by_sequence[target.sequence].append(target)
    share = min(1.0, number / len(source)) if number else 1.0
    earlier = min(offsets_in_time(source.frame_offsets), default=0)
    chosen = []
    for sequence, targets in by_sequence.items():
        count = max(1, round(share * len(targets)))
        places = np.linspace(0, len(targets) - 1, count).round().astype(int).tolist()
        if count < len(targets):
            places = _quick_places(sequence, targets, places, earlier)
        chosen += [targets[place] for place in places]
    return chosen


def _quick_places(
    sequence: FrameSequence, targets: list[Target], places: list[int], earlier: int
) -> list[int]:
    """Few places that follow one key frame are moved to where all they need follows it at once."""
    by_start: dict[FrameNumber, list[int]] = defaultdict(list)
    for place in places:
        by_start[sequence.quick_start(targets[place].number)].append(place)
    if len(by_start) == len(places) and all(
        start == targets[found[0]].number for start, found in by_start.items()
    ):
        return places  # All frames are quick to read.
    quick: list[int] = []
    for start, found in by_start.items():
        if len(found) <= _FEW:
            first = found[0]
            while first > 0 and _first_needed(targets[first - 1], earlier) >= start:
                first -= 1
            while first < len(targets) - 1 and _first_needed(targets[first], earlier) < start:
                first += 1
            found = [min(first + count, len(targets) - 1) for count in range(len(found))]
        quick += found
    return quick if len(set(quick)) == len(places) else places


def _first_needed(target: Target, earlier: int) -> FrameNumber:
    sequence, number = target
    near = sequence.neighbour(number, earlier) if earlier < 0 else None
    return number if near is None else near
