"""What all formats share: write, run what was written, compare, and only then keep it."""

import abc
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from densedepth_tf.export.options import ExportOptions
from densedepth_tf.export.parity import BOUNDS, ODD_SIZES, Parity, check_parity
from densedepth_tf.export.quantization.int8_calibration import Int8Calibration
from densedepth_tf.export.quantization.quantization_loss import (
    QuantizationLoss,
    measure_quantization_loss,
)
from densedepth_tf.export.serving_module import ServingModule
from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.graph_names import INPUT_NAME, OUTPUT_NAME
from densedepth_tf.models.keras_model.precision import in_float32
from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator
from densedepth_tf.version import __version__

# Up to this largest relative difference of any pixel, quantised artefacts lose the same.
SAME_LOSS = 1e-3


@dataclass(frozen=True)
class ExportReport:
    """How far an artefact is from its model.

    Attributes:
        parity: The largest difference, for the precisions that must not change the depth.
        loss: What quantising cost, for those that may.
        plain: How far the artefact is from its model, by the same measure, where its runtime is
            left its own settings, as those have it who load the file without this package.
        plain_cure: How they get the artefact as this package runs it, if that differs.
    """

    parity: Parity | None = None
    loss: QuantizationLoss | None = None
    plain: Parity | QuantizationLoss | None = None
    plain_cure: str | None = None

    def as_metadata(self) -> dict[str, Any]:
        """For the artefact, a JSON object."""
        name = "quantization_loss" if self.parity is None else "parity"
        content = {name: self._measured.as_dict()}
        if self.plain is not None:
            content[f"{name}_with_the_runtimes_settings"] = self.plain.as_dict()
        return content

    def __str__(self) -> str:
        text = str(self._measured)
        if self.plain is None:
            return text
        if self.plain.summary() == self._measured.summary():
            return f"{text}; the same with the runtime's own settings"
        text += f"; with the runtime's own settings: {self.plain.summary()}"
        return text if self.plain_cure is None else f"{text}; load it with {self.plain_cure}"

    @property
    def _measured(self) -> Parity | QuantizationLoss:
        measured = self.parity or self.loss
        if measured is None:
            raise ValueError("A report holds a parity or a loss. Received: neither")
        return measured


class Exporter(abc.ABC):
    """Writes a `DepthEstimator` in one format: uint8 RGB images in, float32 metres out.

    Attributes:
        name: The format's word.
        portable: Whether other runtimes than TensorFlow run it, see `ServingModule`.
        plain_cure: The line of code with which others get what this package gets of it, where the
            runtime's own settings may give something else; None where they must not.
    """

    name: str
    portable = True
    plain_cure: str | None = None

    def export(
        self,
        model: DepthEstimator,
        path: Path,
        precision: str = "float32",
        size: tuple[int, int] | None = None,
        calibration: Int8Calibration | None = None,
        bound: float | None = None,
    ) -> ExportReport:
        """Writes an artefact, loads it back and compares it before it takes its place.

        Args:
            model: The model. One that computes in half precision is exported as its float32
                twin, and compared with it.
            path: Where the artefact goes; an earlier one there is replaced.
            precision: One of the format's precisions.
            size: `(height, width)` of the images it is to take; None for any size.
            calibration: Photographs, needed for "int8".
            bound: Largest relative difference of any pixel's depth that is accepted; by default
                `parity.BOUNDS` of the precision. Does not apply to quantised artefacts.

        Raises:
            ValueError: If `path` holds something else, or the artefact differs too much; then
                `path` is left as it was.
            OSError: If the artefact cannot be written.
        """
        path, options = Path(path), ExportOptions(precision, size, calibration)
        self.check_replaceable(path)
        if keras.backend.backend() != "tensorflow":
            raise ValueError(
                "Exporting needs KERAS_BACKEND=tensorflow. "
                f"Received: KERAS_BACKEND={keras.backend.backend()}"
            )
        check_finite_weights(((each.path, each) for each in model.variables), model.name)
        twin = in_float32(model)
        is_float32 = all(layer.compute_dtype == "float32" for layer in model.layers)
        reference = model if is_float32 else twin
        metadata = _metadata(twin, self.name, options)
        with atomic_path(path) as temporary:
            self.write(ServingModule(twin, size, self.portable), temporary, options)
            self.embed(temporary, metadata)
            report = self._compare(reference, temporary, options, bound)
            metadata |= report.as_metadata()
            self.embed(temporary, metadata)
            self.finish(temporary, path)
        return report

    def _compare(
        self, model: DepthEstimator, path: Path, options: ExportOptions, bound: float | None
    ) -> ExportReport:
        """Runs what was written, as this package does and with the runtime's own settings."""
        artefact, plain = self.open(path), self.open(path, plain=True)
        sizes = ODD_SIZES if options.size is None else (options.size,)
        if options.precision in BOUNDS:
            bound = BOUNDS[options.precision] if bound is None else bound
            parity = check_parity(model, artefact, bound, sizes)
            others = check_parity(model, plain, bound if self.plain_cure is None else None, sizes)
            differs = others.max_relative_difference > max(2 * parity.max_relative_difference, 1e-5)
            report = ExportReport(parity=parity, plain=others)
        else:
            loss = measure_quantization_loss(model, artefact, options.calibration, options.size)
            difference = check_parity(artefact, plain, None, sizes).max_relative_difference
            differs, report = difference > SAME_LOSS, ExportReport(loss=loss)
            if differs:
                loss = measure_quantization_loss(model, plain, options.calibration, options.size)
                report = dataclasses.replace(report, plain=loss)
        return dataclasses.replace(report, plain_cure=self.plain_cure if differs else None)

    def check_replaceable(self, path: Path) -> None:  # noqa: B027
        """Raises ValueError if writing to `path` would destroy more than an earlier artefact."""

    def finish(self, temporary: Path, path: Path) -> None:  # noqa: B027
        """Moves files that belong beside the artefact, just before it takes its place."""

    @abc.abstractmethod
    def write(self, module: ServingModule, path: Path, options: ExportOptions) -> None:
        """Converts a function, whose model computes in float32, and writes it to `path`."""

    @abc.abstractmethod
    def embed(self, path: Path, metadata: dict[str, Any]) -> None:
        """Puts the metadata, a JSON object, into the artefact, instead of any already there."""

    @abc.abstractmethod
    def open(self, path: Path, plain: bool = False) -> RuntimeEstimator:
        """Loads an artefact in its own runtime; `plain` leaves all settings to that."""


def _metadata(model: DepthEstimator, name: str, options: ExportOptions) -> dict[str, Any]:
    height, width = options.size or ("H", "W")
    return {
        "format": name,
        "precision": options.precision,
        "producer": f"densedepth-tf {__version__}",
        "model": type(model).__name__,
        "config": model.get_config(),
        "input": {
            "name": INPUT_NAME,
            "dtype": "uint8",
            "shape": f"N,{height},{width},3",
            "channels": "RGB",
        },
        "output": {
            "name": OUTPUT_NAME,
            "dtype": "float32",
            "shape": f"N,{height},{width},1",
            "unit": "relative" if model.depth_unit is None else "metre",
        },
        "min_depth": model.min_depth,
        "max_depth": model.max_depth,
        "image_size": model.image_size,
        "resampling": model.resampling,
        "focal_length": model.focal_length,
        "network_size": model.fixed_size,
    }
