"""What a frame is good for."""

from enum import Enum


class FrameState(Enum):
    """What can be learned from a frame and its neighbours in time."""

    MOVING = "the camera moves"
    STATIC = "the camera stands still"
    TURNING = "the camera only turns"
    CUT = "a neighbour lies beyond a cut"
