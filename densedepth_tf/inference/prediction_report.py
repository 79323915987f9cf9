"""What became of the images and clips of a run."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from densedepth_tf.files.depth.depth_file import MILLIMETRE
from densedepth_tf.geometry.cameras.lens import Lens
from densedepth_tf.inference.clip_to_folder import ClipReport
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.lens import LensTally
from densedepth_tf.inference.outputs.depth_writers import (
    POINT_CLOUDS,
    is_cut_off,
    output_name,
    write_prediction,
)
from densedepth_tf.inference.outputs.output_files import image_files
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.prediction import Failure, Prediction

LONGEST_PART = 255  # bytes: what file systems take of a name


@dataclass(frozen=True)
class Written:
    """An image whose outputs were written.

    Attributes:
        source: The image.
        cut_off: It has depth beyond what its 16-bit PNG can hold.
        assumed_camera: Its point cloud was made with an assumed field of view.
        lens: What its camera did to depth.
    """

    source: ImageFile
    cut_off: bool
    assumed_camera: bool
    lens: Lens


@dataclass
class PredictionReport:
    """What a run did.

    Attributes:
        num_predicted: Images whose outputs were written.
        num_skipped: Images left alone because their outputs were there already.
        failures: Images and videos that could not be read, or whose outputs cannot be made.
        cut_off: Images with depth beyond what their 16-bit PNG can hold.
        assumed_camera: Images whose point cloud was made with an assumed field of view.
        seconds: Time from the first image read to the last output written.
        clips: The videos and webcams that were predicted; the rest is about images.
        depth_unit: "m", or None for a relative depth.
        png_scale: Depth per unit of the 16-bit PNGs.
        lens: What the photographs' cameras did to depth; None where the model does not know its
            own.
    """

    num_predicted: int = 0
    num_skipped: int = 0
    failures: list[Failure] = field(default_factory=list)
    cut_off: list[ImageFile] = field(default_factory=list)
    assumed_camera: list[ImageFile] = field(default_factory=list)
    seconds: float = 0.0
    clips: list[ClipReport] = field(default_factory=list)
    depth_unit: str | None = "m"
    png_scale: float = MILLIMETRE
    lens: LensTally | None = None

    @property
    def images_per_second(self) -> float:
        """Images read, predicted and written per second."""
        return self.num_predicted / max(self.seconds, 1e-9)

    def add(self, outcome: Written | Failure) -> None:
        """Counts what became of an image."""
        if isinstance(outcome, Failure):
            self.failures.append(outcome)
            return
        self.num_predicted += 1
        if self.lens is not None:
            self.lens.add(outcome.lens)
        if outcome.cut_off:
            self.cut_off.append(outcome.source)
        if outcome.assumed_camera:
            self.assumed_camera.append(outcome.source)

    def check_not_in_vain(self) -> None:
        """Raises ValueError if there were failures and nothing else."""
        if self.failures and not self.num_predicted + self.num_skipped + len(self.clips):
            first, count = self.failures[0].reason, len(self.failures)
            raise ValueError(first if count == 1 else f"None of {count} files can be used: {first}")


def too_long(names: Iterable[str]) -> str | None:
    """What to say of outputs whose names no file system takes; None if all are short enough."""
    if any(len(os.fsencode(part)) > LONGEST_PART for name in names for part in name.split("/")):
        return f"the names of its outputs have more than {LONGEST_PART} bytes"
    return None


def write_outcome(
    outcome: Prediction | Failure, output: Path, formats: tuple[str, ...], options: OutputOptions
) -> Written | Failure:
    """Writes an image's outputs below `output`, if there is a prediction of it.

    Raises:
        OSError: If a file cannot be written; the message names it.
    """
    if isinstance(outcome, Failure):
        return outcome
    source = outcome.source
    names = [output_name(source.name, "json"), *image_files(source, formats)]
    if (reason := too_long(names)) is not None:
        return Failure(source, f"'{source.title}': {reason}")
    try:
        camera = write_prediction(outcome, output, formats, options)
    except ValueError as error:
        return Failure(source, f"'{source.title}': {error}")
    return Written(
        source,
        cut_off="png" in formats and is_cut_off(outcome, options),
        assumed_camera=bool({*formats} & {*POINT_CLOUDS}) and camera is not None and camera.assumed,
        lens=outcome.lens,
    )
