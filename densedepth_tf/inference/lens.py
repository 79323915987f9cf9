"""Metres for the camera that took each photograph, where it is known."""

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from densedepth_tf.data.sequences.intrinsics_source import IntrinsicsSource
from densedepth_tf.geometry.cameras.intrinsics import horizontal_fov
from densedepth_tf.geometry.depth_model import DepthModel, lens_factor_of
from densedepth_tf.process.wording import counted

LensRule = Literal["auto", "ignore"]
LENS_RULES: tuple[LensRule, ...] = ("auto", "ignore")
WHAT_FILES_TELL = IntrinsicsSource()  # of their cameras; nothing else is known of these
_DIGITS = 3


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


def lens_of_image(
    model: DepthModel,
    cameras: IntrinsicsSource | None,
    image_size: tuple[int, int],
    path: str | os.PathLike | None = None,
) -> Lens:
    """What the camera of an image does to a model's depth of it.

    Args:
        model: One that does not know its own camera leaves depth as it is.
        cameras: Where the image's camera is known from; an assumed one counts for nothing. None
            leaves depth as it is.
        image_size: (height, width) of the upright image.
        path: Its file; None if there is none.

    Raises:
        ValueError: If the given intrinsics do not fit an image of this size.
    """
    if cameras is None or model.focal_length is None:
        return AS_PREDICTED
    camera = cameras.of_image(image_size, path)
    if camera.assumed:
        return AS_PREDICTED
    factor = lens_factor_of(model, camera.intrinsics, image_size)
    return Lens(factor, camera.origin, horizontal_fov(camera.intrinsics, image_size))


@dataclass
class LensTally:
    """What the cameras of a run's photographs did to depth, for one line.

    Args:
        rule: What was asked for.

    Attributes:
        known: How many images by their `Lens`, rounded to what the line says.
        unknown: How many images whose camera is not known.
    """

    rule: LensRule = "auto"
    known: Counter[Lens] = field(default_factory=Counter)
    unknown: int = 0

    def add(self, lens: Lens) -> None:
        """Counts an image, or the frames of a clip as one."""
        if lens.factor is None or lens.fov is None:
            self.unknown += 1
        else:
            shown = Lens(float(f"{lens.factor:.{_DIGITS}g}"), lens.origin, round(lens.fov, 1))
            self.known[shown] += 1

    def describe(self) -> str | None:
        """The line; None where nothing was predicted."""
        if self.rule == "ignore":
            return "lens: ignored, metres as predicted"
        if not self.known:
            if not self.unknown:
                return None
            return (
                "lens: camera not known, metres as predicted (`hfov`, `intrinsics` or `preset` "
                "tell it)"
            )
        origins = " and ".join(sorted({str(lens.origin) for lens in self.known}))
        ends = [_range([lens.factor for lens in self.known]), _range([x.fov for x in self.known])]
        text = f"lens: depth x {ends[0]}, camera {origins}, {ends[1]} degrees across"
        if self.unknown:
            text += f"; of {counted(self.unknown, 'image')} not known: as predicted"
        return text


def _range(values: list[float | None]) -> str:
    numbers = [value for value in values if value is not None]
    low, high = min(numbers), max(numbers)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
