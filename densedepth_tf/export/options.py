"""How an artefact is to be written."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from densedepth_tf.export.quantization.int8_calibration import Int8Calibration
from densedepth_tf.models.graph_names import INPUT_NAME


@dataclass(frozen=True)
class ExportOptions:
    """What an `Exporter` is asked for.

    Attributes:
        precision: One of the format's precisions.
        size: `(height, width)` of the images the artefact is to take; None for any size.
        calibration: Photographs, needed for "int8".
    """

    precision: str = "float32"
    size: tuple[int, int] | None = None
    calibration: Int8Calibration | None = None

    def calibration_inputs(self) -> Iterator[dict[str, np.ndarray]]:
        """The photographs as the artefact takes them: uint8 (1, H, W, 3) RGB by input name."""
        if self.calibration is None:
            raise ValueError("An int8 calibration needs images. Received: calibration=None")
        return ({INPUT_NAME: image[None]} for image, _ in self.calibration.pairs(self.size))
