"""The flags of `predict.py` for videos and webcams."""

import argparse
from typing import TYPE_CHECKING

from densedepth_tf.commands.arguments.number_arguments import (
    LEAST_METRES,
    MOST_METRES,
    count,
    share,
)
from densedepth_tf.process.wording import counted

if TYPE_CHECKING:
    from densedepth_tf.inference.clip_to_folder import ClipReport
    from densedepth_tf.inference.video.video_options import VideoOptions

MODEL = "model"


def add_video_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags, as a group of their own."""
    group = parser.add_argument_group("videos and webcams")
    group.add_argument(
        "--video-style",
        default="color",
        metavar="STYLE",
        help="of --save video: color, or side_by_side with a bar of metres; default: color",
    )
    group.add_argument(
        "--depth-range",
        type=_color_range,
        metavar="MIN,MAX",
        help="metres of the first and last colour, the same for all frames and images; "
        "'auto' looks at a few frames of each clip first, 'model' takes the model's range, which "
        "makes clips comparable; default: auto for videos, model for webcams, percentiles for "
        "each image",
    )
    group.add_argument(
        "--smoothing",
        type=share,
        default=0.0,
        metavar="STRENGTH",
        help="less flicker, 0 to 1, without trails behind what moves; default: 0",
    )
    group.add_argument(
        "--every", type=count, default=1, metavar="N", help="every N-th frame only; default: 1"
    )
    group.add_argument(
        "--max-frames", type=count, metavar="N", help="stop after N predicted frames"
    )


def _color_range(text: str) -> tuple[float, float] | tuple[None, None] | str:
    return text if text == MODEL else depth_range(text)


def depth_range(text: str) -> tuple[float, float] | tuple[None, None]:
    """Parses `MIN,MAX` in metres; `auto` leaves both open.

    Raises:
        argparse.ArgumentTypeError: If the text is anything else.
    """
    if text == "auto":
        return None, None
    try:
        near, far = (float(end) for end in text.split(","))
    except ValueError:
        near = far = 0.0
    if not 0 <= near < far <= MOST_METRES or far < LEAST_METRES:
        raise argparse.ArgumentTypeError(
            f"a range is MIN,MAX in metres, e.g. 0.5,10, or auto. Received: '{text[:100]}'"
        )
    return near, far


def video_options(options: argparse.Namespace) -> "VideoOptions":
    """What the flags say.

    Raises:
        ValueError: If a value is out of range.
    """
    from densedepth_tf.inference.video.video_options import VideoOptions

    return VideoOptions(
        options.video_style,
        options.smoothing,
        options.every,
        options.max_frames,
        range_of_clip={(None, None): True, MODEL: False}.get(options.depth_range),
    )


def color_range(options: argparse.Namespace) -> tuple[float | None, float | None]:
    """Metres of the first and the last colour, from `--depth-range` or the flags for one end.

    Raises:
        ValueError: If both are given.
    """
    if options.depth_range in (None, MODEL):
        return options.min_depth, options.max_depth
    if options.min_depth is not None or options.max_depth is not None:
        raise ValueError("Give --depth-range or --min-depth and --max-depth, not both")
    return options.depth_range


def describe_clip(clip: "ClipReport") -> str:
    """One line about a clip that was predicted."""
    near, far = clip.depth_range
    unit = f" {clip.depth_unit}" if clip.depth_unit else ", relative"
    places = [str(place) for place in (clip.video, clip.frames_folder) if place is not None]
    return (
        f"{clip.source.title}: {counted(clip.num_frames, 'frame')} in {clip.seconds:.1f} s "
        f"({clip.frames_per_second:.2f} frames/s), colours {near:g} to {far:g}{unit}: "
        f"{', '.join(places)}"
    )
