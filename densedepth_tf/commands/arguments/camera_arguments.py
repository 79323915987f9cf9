"""The flags that say which camera took the images, and how point clouds are made."""

import argparse
import re
from typing import TYPE_CHECKING

from densedepth_tf.commands.arguments.number_arguments import number, whole
from densedepth_tf.commands.shell.command_line import image_size

if TYPE_CHECKING:
    from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource


MOST_PIXELS = 1e7  # a focal length or a point beyond is no camera's
CAMERAS = ("nyu", "7scenes", "kitti")


def add_camera_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that `intrinsics_source` and `point_cloud_options` read."""
    group = parser.add_argument_group(
        "camera and point clouds",
        "For metres, --save ply, glb and --calibrate height=. Intrinsics come from one of the "
        "flags, else from the image's EXIF or the camera-intrinsics.txt in its folder; for points "
        "63 degrees across the longer side are assumed, with a warning, where none tells.",
    )
    add_intrinsics_arguments(group)
    group.add_argument(
        "--lens",
        choices=("auto", "ignore"),
        default="auto",
        help="auto: where the camera is known, and the model knows the one it learnt from, metres "
        "are brought to it, as a longer lens makes things look nearer; ignore: as predicted; "
        "default: auto",
    )
    group.add_argument(
        "--edge-filter",
        type=number(0, 90, above=True, what="the edge filter is an angle"),
        default=85.0,
        metavar="DEG",
        help="leave out points on surfaces steeper than this: flying pixels between objects; "
        "90 keeps all; default: 85",
    )
    group.add_argument(
        "--point-stride",
        type=whole(1, name="stride"),
        metavar="N",
        help="points from every N-th row and column; default: at most a million points",
    )


def add_intrinsics_arguments(group: argparse._ArgumentGroup) -> None:
    """Adds the flags that `intrinsics_source` reads to a group of arguments."""
    sources = group.add_mutually_exclusive_group()
    sources.add_argument(
        "--intrinsics",
        type=intrinsics,
        metavar="fx,fy,cx,cy",
        help="in pixels of the upright image, top left pixel's centre at 0,0",
    )
    sources.add_argument(
        "--hfov", type=angle, metavar="DEG", help="degrees from the left to the right border"
    )
    sources.add_argument("--camera", choices=CAMERAS, help="a known camera, scaled to the image")
    group.add_argument(
        "--intrinsics-size",
        type=image_size,
        metavar="HxW",
        help="size that --intrinsics belong to; default: every image's own",
    )


def intrinsics_source(options: argparse.Namespace) -> "IntrinsicsSource":
    """The `IntrinsicsSource` that the flags describe.

    Raises:
        ValueError: If they contradict each other.
    """
    from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource

    return IntrinsicsSource(
        options.intrinsics, options.intrinsics_size, options.hfov, options.camera
    )


def intrinsics(text: str) -> tuple[float, float, float, float]:
    """Parses `fx,fy,cx,cy`.

    Raises:
        argparse.ArgumentTypeError: If the text is not four numbers, the first two positive.
    """
    parts = [part.strip() for part in text.split(",")]
    plain = all(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", part) for part in parts)
    values = [float(part) for part in parts] if plain else []
    if len(values) != 4 or min(values[:2]) <= 0 or max(map(abs, values)) > MOST_PIXELS:
        raise argparse.ArgumentTypeError(
            "intrinsics are fx,fy,cx,cy in pixels, fx and fy positive, e.g. 585,585,320,240. "
            f"Received: '{text[:100]}'"
        )
    fx, fy, cx, cy = values
    return fx, fy, cx, cy


def angle(text: str) -> float:
    """Parses degrees between 0 and 180, both excluded.

    Raises:
        argparse.ArgumentTypeError: If the text is anything else.
    """
    try:
        degrees = float(text)
    except ValueError:
        degrees = float("nan")
    if not 0 < degrees < 180:
        raise argparse.ArgumentTypeError(
            f"a field of view lies between 0 and 180 degrees. Received: '{text[:100]}'"
        )
    return degrees
