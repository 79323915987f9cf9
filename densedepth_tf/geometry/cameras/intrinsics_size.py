"""Do intrinsics belong to images of this size? They are numbers in pixels and do not say it."""

import math

import numpy as np

from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix

# A principal point this far from where the middle would be, in both directions at once.
MAX_SIZE_RATIO = 1.1
MAX_RAY_ANGLE = 85.0
_MAX_FOCAL_SHARE = 20.0


def are_shares(fx: float, fy: float, cx: float, cy: float) -> bool:
    """Whether intrinsics are shares of the image's width and height, as Monodepth2 writes them.

    In pixels a principal point within 0..1 would be that of an image of three pixels.
    """
    return 0 < cx <= 1 and 0 < cy <= 1 and max(fx, fy) <= _MAX_FOCAL_SHARE


def intrinsics_from_shares(
    fx: float, fy: float, cx: float, cy: float, image_size: tuple[int, int]
) -> np.ndarray:
    """The float32 (3, 3) matrix, in pixels, of intrinsics in shares of (height, width).

    A principal point of 0.5 is the image's middle, (width - 1) / 2.
    """
    height, width = image_size
    return intrinsics_matrix(fx * width, fy * height, cx * width - 0.5, cy * height - 0.5)


def implied_size(intrinsics: np.ndarray) -> tuple[int, int]:
    """The (height, width) in whose middle the principal point lies."""
    cx, cy = float(intrinsics[0][2]), float(intrinsics[1][2])
    return round(2 * cy + 1), round(2 * cx + 1)


def size_of_others(intrinsics: np.ndarray, image_size: tuple[int, int]) -> tuple[int, int] | None:
    """The size that intrinsics seem to belong to, where it is another than the image's.

    Lenses put the principal point near the middle; one that lies a tenth too far right *and* too
    far down (or left and up) is that of larger (smaller) images. An image that was turned or
    cropped on one side is not told by this rule.

    Args:
        intrinsics: (3, 3) in pixels.
        image_size: (height, width) of the image.

    Returns:
        (height, width), or None if the intrinsics fit.
    """
    other = implied_size(intrinsics)
    if min(other) < 1:
        return None
    down, across = (math.log(a / b) for a, b in zip(other, image_size, strict=True))
    limit = math.log(MAX_SIZE_RATIO)
    fits = down * across <= 0 or min(abs(down), abs(across)) <= limit
    return None if fits else other


def intrinsics_fit(intrinsics: np.ndarray, image_size: tuple[int, int]) -> bool:
    """Whether the principal point lies inside the image and all borders are in view."""
    (fx, _, cx), (_, fy, cy), _ = intrinsics.tolist()
    for focal, centre, side in ((fx, cx, image_size[1]), (fy, cy, image_size[0])):
        borders = centre + 0.5, side - 0.5 - centre
        if min(borders) < 0 or max(borders) / focal > math.tan(math.radians(MAX_RAY_ANGLE)):
            return False
    return True


def check_fits(intrinsics: np.ndarray, image_size: tuple[int, int]) -> None:
    """Checks that intrinsics belong to images of (height, width).

    Raises:
        ValueError: If they do not, by the principal point or the field of view.
    """
    numbers = intrinsics[0][0], intrinsics[1][1], intrinsics[0][2], intrinsics[1][2]
    fits = intrinsics_fit(intrinsics, image_size)
    other = size_of_others(intrinsics, image_size)
    if fits and other is None:
        return
    reason = (
        f"cx, cy lie outside of it, or it would see further than {MAX_RAY_ANGLE:g} degrees off the "
        "axis"
        if other is None
        else f"by their principal point they belong to one of about {other[0]}x{other[1]}"
    )
    raise ValueError(
        f"The `intrinsics` do not fit an image of {image_size[0]}x{image_size[1]}: {reason}. They "
        "are in pixels of the images; `rescale_intrinsics` brings them to another size. Received: "
        f"fx, fy, cx, cy = {', '.join(f'{value:g}' for value in numbers)}"
    )
