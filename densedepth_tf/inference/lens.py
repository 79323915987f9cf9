"""What the cameras of clips do to depth, and those of a run's photographs did, in one line."""

from collections import Counter
from dataclasses import dataclass, field, replace

from densedepth_tf.files.video.clip import Clip
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.geometry.cameras.lens import AS_PREDICTED, Lens, LensRule
from densedepth_tf.geometry.depth_model import DepthModel
from densedepth_tf.geometry.lens_of_image import lens_of_image
from densedepth_tf.process.wording import counted

_DIGITS = 3


def lens_of_clip(model: DepthModel, cameras: IntrinsicsSource | None, clip: Clip) -> Lens:
    """What the camera of a clip, which does not tell it itself, does to a model's depth.

    Raises:
        ValueError: If the given intrinsics do not fit the clip.
    """
    if cameras is None or not cameras.is_given:
        return AS_PREDICTED
    cameras = replace(cameras, pixel_aspect=clip.sample_aspect_ratio)
    return lens_of_image(model, cameras, clip.size)


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
