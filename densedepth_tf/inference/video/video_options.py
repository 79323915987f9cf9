"""How a clip is predicted: which frames, how smooth, in which style."""

from dataclasses import dataclass

VIDEO_STYLES = ("color", "side_by_side")


@dataclass(frozen=True)
class VideoOptions:
    """What can be chosen about videos and webcams.

    Args:
        style: Of the video that is written: `color` is the depth in colours at the clip's size;
            `side_by_side` the image, the depth and a bar of metres.
        smoothing: Strength of the temporal smoothing, 0 (off) to 1; see `TemporalSmoother`.
        every: Predict every `every`-th frame; the frame rate is divided accordingly.
        max_frames: Stop after that many predicted frames; None for the whole clip.
        range_of_clip: Where the colours' range is open, take it from a few frames spread over
            the clip rather than from the model; it holds for all frames either way. None: of a
            file so, but not of a camera, whose first frames tell little of what will come.

    Raises:
        ValueError: If a value is out of range; the message names it.
    """

    style: str = "color"
    smoothing: float = 0.0
    every: int = 1
    max_frames: int | None = None
    range_of_clip: bool | None = None

    def __post_init__(self) -> None:
        if self.style not in VIDEO_STYLES:
            raise ValueError(f"`style` is one of {', '.join(VIDEO_STYLES)}. Received: {self.style}")
        if not 0 <= self.smoothing <= 1:
            raise ValueError(f"`smoothing` is within 0..1. Received: {self.smoothing}")
        if self.every < 1:
            raise ValueError(f"`every` is at least 1. Received: {self.every}")
        if self.max_frames is not None and self.max_frames < 1:
            raise ValueError(f"`max_frames` is at least 1. Received: {self.max_frames}")
