"""Which frames to look at, where not all of them can be."""

from collections import defaultdict

import numpy as np

from densedepth_tf.data.frame_sequence import FrameSequence
from densedepth_tf.data.frame_targets import Target
from densedepth_tf.data.sequence_source import STEREO, SequenceSource


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
    earlier = min((offset for offset in source.frame_offsets if offset != STEREO), default=0)
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
    """Places moved back to the first frame whose neighbours follow a key frame; each once."""
    quick: list[int] = []
    for place in places:
        start = sequence.quick_start(targets[place].number)
        better = place
        while better > 0 and _first_needed(targets[better - 1], earlier) >= start:
            better -= 1
        if _first_needed(targets[better], earlier) < start or (quick and better <= quick[-1]):
            better = place
        quick.append(better)
    return quick


def _first_needed(target: Target, earlier: int) -> int:
    sequence, number = target
    return min(number, sequence.neighbour(number, earlier)) if earlier < 0 else number
