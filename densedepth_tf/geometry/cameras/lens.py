"""Metres for the camera of a photograph: the one rule by which a longer lens is not nearness.

A network tells metres from how large things look, in pixels of what it sees. A lens twice as long
draws everything twice as large, as if it were twice as near. So

    metres = predicted * seen / learnt

where `seen` is the photograph's focal length and `learnt` the training camera's, both in pixels at
the size that the network works at. For images of the training images' shape that is the ratio of
their focal lengths in image widths: 585/640 to 518.86/640 is 1.127. The same rule read backwards
brings the depth of several cameras to one that a network can learn, the label transform of Metric3D
(Yin et al. 2023, section 3.1).
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from densedepth_tf.geometry.cameras.intrinsics import NYU_FX, NYU_IMAGE_SIZE, intrinsics_matrix

# The Kinect of NYU Depth v2: 518.86 pixels for 640 across.
NYU_FOCAL_LENGTH = NYU_FX / NYU_IMAGE_SIZE[1]
# A larger one is no share of the image's width: 20 widths are a lens of 2.9 degrees across.
MOST_WIDTHS = 20.0
# Of real cameras, the shortest and the longest: a phone's, 80 degrees across, and one of 42.
LENSES = (0.6, 1.3)
LensRule = Literal["auto", "ignore"]
LENS_RULES: tuple[LensRule, ...] = ("auto", "ignore")


@dataclass(frozen=True)
class Lens:
    """What the camera of one photograph does to its depth.

    Attributes:
        factor: What depth was multiplied by; None where it stayed as predicted.
        origin: Where the camera is known from; None without a factor.
        fov: Degrees between the left and the right border; None without a factor.
    """

    factor: float | None = None
    origin: str | None = None
    fov: float | None = None

    def bring(self, depth: np.ndarray) -> np.ndarray:
        """Depth in metres of the camera."""
        return depth if self.factor is None else depth * np.float32(self.factor)


AS_PREDICTED = Lens()


def check_lens(rule: str) -> None:
    """Raises ValueError for a word that is no `LensRule`."""
    if rule not in LENS_RULES:
        raise ValueError(f"`lens` is auto or ignore. Received: '{rule}'")


def is_focal_length(value: object) -> bool:
    """Whether a value is a focal length in image widths: a number above 0, at most 20."""
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return is_number and 0 < float(value) <= MOST_WIDTHS  # type: ignore[arg-type]


def check_focal_length(value: Any) -> float | None:  # noqa: ANN401 - anything may be passed
    """Checks what a model is told of its camera, and returns it as a number.

    Raises:
        ValueError: If it is neither None nor a focal length in image widths.
    """
    if value is None:
        return None
    if not is_focal_length(value):
        raise ValueError(
            "`focal_length` is in pixels per pixel of the image's width, above 0 and at most "
            f"{MOST_WIDTHS:g}: NYU's is 518.86 / 640 = 0.8107. Received: {value!r}"
        )
    return float(value)


def check_lenses(name: str, lenses: tuple[float, float]) -> None:
    """Raises ValueError for what is no range of focal lengths in image widths.

    Args:
        name: The argument, for the message.
        lenses: The shortest and the longest.
    """
    if not (all(map(is_focal_length, lenses)) and lenses[0] <= lenses[1]):
        raise ValueError(
            f"`{name}` are the shortest and the longest focal length in image widths, "
            f"above 0, e.g. {LENSES[0]:g} and {LENSES[1]:g}. "
            f"Received: {lenses[0]:g} and {lenses[1]:g}"
        )


def seen_focal_length(
    intrinsics: np.ndarray, image_size: tuple[int, int], network_size: tuple[int, int]
) -> float:
    """The focal length with which a network sees an image, in pixels of what it sees.

    Working sizes are multiples of 32 and so stretch an image a little: it is the geometric mean of
    both directions.

    Args:
        intrinsics: (3, 3) in pixels of the image.
        image_size: (height, width) of the image.
        network_size: (height, width) to which the network brings it as a whole.
    """
    down, across = (seen / own for seen, own in zip(network_size, image_size, strict=True))
    return math.sqrt(float(intrinsics[0][0]) * across * float(intrinsics[1][1]) * down)


def lens_factor(
    intrinsics: np.ndarray,
    image_size: tuple[int, int],
    network_size: tuple[int, int],
    focal_length: float,
    trained_size: tuple[int, int] | None = None,
) -> float:
    """What a network's depth of an image is multiplied by to be metres of the image's camera.

    Args:
        intrinsics: (3, 3) of the image's camera, in pixels of the image.
        image_size: (height, width) of the image.
        network_size: (height, width) to which the network brings it.
        focal_length: Of the camera it learnt from, in widths of the training images.
        trained_size: (height, width) of the training images; None takes them for as wide as what
            the network sees.
    """
    width = (network_size if trained_size is None else trained_size)[1]
    return seen_focal_length(intrinsics, image_size, network_size) / (focal_length * width)


def intrinsics_from_focal_length(focal_length: float, image_size: tuple[int, int]) -> np.ndarray:
    """Intrinsics, float32 (3, 3), of square pixels around the middle of a (height, width) image.

    Args:
        focal_length: In image widths or in pixels, which are known by their size: above 20.
        image_size: Of the image.

    Raises:
        ValueError: If it is not a positive, finite number.
    """
    if not (np.ndim(focal_length) == 0 and 0 < focal_length < math.inf):
        raise ValueError(
            "`focal_length` is positive, in widths of the image or in pixels. "
            f"Received: {focal_length!r}"
        )
    height, width = image_size
    focal = focal_length * width if focal_length <= MOST_WIDTHS else focal_length
    return intrinsics_matrix(focal, focal, (width - 1) / 2, (height - 1) / 2)


def camera_in_words(focal_length: float | None) -> str:
    """A sentence for a model's card: which camera its metres are right for."""
    if focal_length is None:
        return "Which camera its metres are right for is not known."
    degrees = 2 * math.degrees(math.atan(0.5 / focal_length))
    return (
        f"Its metres are those of a camera with a focal length of {focal_length:.3g} image widths, "
        f"{degrees:.0f} degrees across; where a photograph's camera is known, they are brought to "
        "it."
    )
