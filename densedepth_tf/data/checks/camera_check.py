"""Do the intrinsics of sequences look like those of a camera that took their images?"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from densedepth_tf.geometry.cameras.intrinsics import horizontal_fov, same_shape
from densedepth_tf.geometry.cameras.intrinsics_size import implied_size

USUAL_FOV = (25.0, 120.0)
MAX_OFF_CENTRE, MAX_FOCAL_RATIO = 0.15, 1.05
_MOST_NAMED = 3


@dataclass(frozen=True)
class SeenCamera:
    """The camera of a sequence, and what it took.

    Attributes:
        image_size: (height, width) of its images.
        intrinsics: float32 (3, 3) in pixels of these.
        pixel_aspect: Width of a pixel over its height, as far as the file tells.
    """

    image_size: tuple[int, int]
    intrinsics: np.ndarray
    pixel_aspect: float = 1.0


def camera_warnings(cameras: Mapping[str, SeenCamera]) -> list[str]:
    """Judges every sequence's camera.

    Args:
        cameras: By the sequences' titles.

    Returns:
        One line a complaint, with the sequences it is about where they are not all.
    """
    said: dict[str, list[str]] = defaultdict(list)
    for title, camera in cameras.items():
        for complaint in _complaints(camera):
            said[complaint].append(title)
    return [_about(titles, len(cameras)) + complaint for complaint, titles in said.items()]


def _about(titles: list[str], count: int) -> str:
    if len(titles) == count:
        return ""
    named = ", ".join(f"'{title}'" for title in titles[:_MOST_NAMED])
    more = len(titles) - _MOST_NAMED
    return f"{named}{f' and {more} more' if more > 0 else ''}: "


def _complaints(camera: SeenCamera) -> list[str]:
    said = []
    height, width = camera.image_size
    (fx, _, cx), (_, fy, cy), _ = camera.intrinsics.tolist()
    degrees = horizontal_fov(camera.intrinsics, camera.image_size)
    if not USUAL_FOV[0] <= degrees <= USUAL_FOV[1]:
        said.append(
            f"a view of {degrees:.0f} degrees across is unusual: are the intrinsics those of "
            f"images of {height}x{width}?"
        )
    ratio = fy / fx / camera.pixel_aspect
    if max(ratio, 1 / ratio) > MAX_FOCAL_RATIO:
        if camera.pixel_aspect == 1:
            why = "differ: right only if the frames were stretched."
        else:
            why = (
                f"do not fit the file's pixels, {camera.pixel_aspect:.3g} times as wide as high: "
                f"fy would be {fx * camera.pixel_aspect:.1f}."
            )
        said.append(f"fx {fx:.1f} and fy {fy:.1f} {why}")
    off = max(abs((cx + 0.5) / width - 0.5), abs((cy + 0.5) / height - 0.5))
    if off > MAX_OFF_CENTRE:
        other = implied_size(camera.intrinsics)
        turned = min(other) > 0 and same_shape(other[::-1], camera.image_size)
        said.append(
            f"the principal point {cx:.0f},{cy:.0f} is far from the middle of {height}x{width} "
            + (
                f"images: it is that of images of {other[0]}x{other[1]}, turned by a quarter."
                if turned
                else "images: right only if they were cropped."
            )
        )
    return said
