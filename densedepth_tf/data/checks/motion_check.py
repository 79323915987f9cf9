"""What the motions from frames to their neighbours say: which of them show depth, and where."""

from collections.abc import Sequence
from itertools import groupby

from densedepth_tf.data.checks.image_motion import Motion
from densedepth_tf.data.sequences.frame_state import FrameState
from densedepth_tf.data.sequences.frame_targets import Target

# A frame is static if it moves by less than this share of the longer side to each neighbour.
STATIC_SHIFT = 0.0005
# Frames looked at in a row that make a stretch, and how many stretches are told.
_STRETCH, _MOST_TOLD = 3, 8


def state_of(motions: Sequence[Motion], static_shift: float = STATIC_SHIFT) -> FrameState:
    """Judges a frame by its motions to its neighbours; without any it counts as moving."""
    if not motions:
        return FrameState.MOVING
    if any(motion.is_cut for motion in motions):
        return FrameState.CUT
    moving = [motion for motion in motions if motion.shift >= static_shift]
    if not moving:
        return FrameState.STATIC
    return FrameState.TURNING if all(m.is_turn for m in moving) else FrameState.MOVING


def spare_fast_frames(states: Sequence[FrameState]) -> list[FrameState]:
    """Where most moving frames seem to lie at cuts it is the camera that is fast: no cuts then."""
    moving = states.count(FrameState.MOVING) + states.count(FrameState.TURNING)
    spare = states.count(FrameState.CUT) > moving
    return [FrameState.MOVING if spare and s is FrameState.CUT else s for s in states]


def stretches(targets: Sequence[Target], states: Sequence[FrameState]) -> list[str]:
    """Where the camera stands still or only turns, a line each.

    Args:
        targets: Frames that were looked at, those of each sequence together and in their order.
        states: What they showed.
    """
    told = []
    pairs = zip(targets, states, strict=True)
    for (_, state), found in groupby(pairs, key=lambda pair: (id(pair[0].sequence), pair[1])):
        run = [target for target, _ in found]
        if state in (FrameState.STATIC, FrameState.TURNING) and len(run) >= _STRETCH:
            told.append(
                f"{run[0].sequence.name}, frames {run[0].number} to {run[-1].number}: {state.value}"
            )
    more = len(told) - _MOST_TOLD
    return told[:_MOST_TOLD] + ([f"and {more} stretches more"] if more > 0 else [])
