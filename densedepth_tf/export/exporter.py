"""What all formats share: write, run what was written, compare, and only then keep it."""

import abc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from densedepth_tf import __version__
from densedepth_tf.atomic import atomic_path
from densedepth_tf.export.calibration import CalibrationImages
from densedepth_tf.export.options import ExportOptions
from densedepth_tf.export.parity import BOUNDS, ODD_SIZES, Parity, check_parity
from densedepth_tf.export.quantization_loss import QuantizationLoss, measure_quantization_loss
from densedepth_tf.export.serving_module import INPUT_NAME, OUTPUT_NAME, ServingModule
from densedepth_tf.inference.runtime_estimator import RuntimeEstimator
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.precision import in_float32


@dataclass(frozen=True)
class ExportReport:
    """How far an artefact is from its model.

    Attributes:
        parity: The largest difference, for the precisions that must not change the depth.
        loss: What quantising cost, for those that may.
    """

    parity: Parity | None = None
    loss: QuantizationLoss | None = None

    def __str__(self) -> str:
        return str(self.parity or self.loss)


class Exporter(abc.ABC):
    """Writes a `DepthEstimator` in one format: uint8 RGB images in, float32 metres out.

    Attributes:
        name: The format's word.
        portable: Whether other runtimes than TensorFlow run it, see `ServingModule`.
    """

    name: str
    portable = True

    def export(
        self,
        model: DepthEstimator,
        path: Path,
        precision: str = "float32",
        size: tuple[int, int] | None = None,
        calibration: CalibrationImages | None = None,
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
        twin = in_float32(model)
        is_float32 = all(layer.compute_dtype == "float32" for layer in model.layers)
        reference = model if is_float32 else twin
        metadata = _metadata(twin, self.name, options)
        with atomic_path(path) as temporary:
            self.write(ServingModule(twin, size, self.portable), temporary, options)
            self.embed(temporary, metadata)
            artefact = self.open(temporary)
            if precision in BOUNDS:
                sizes = ODD_SIZES if size is None else (size,)
                bound = BOUNDS[precision] if bound is None else bound
                report = ExportReport(parity=check_parity(reference, artefact, bound, sizes))
                metadata["parity"] = report.parity.as_dict()
            else:
                loss = measure_quantization_loss(reference, artefact, calibration, size)
                report = ExportReport(loss=loss)
                metadata["quantization_loss"] = loss.as_dict()
            del artefact
            self.embed(temporary, metadata)
            self.finish(temporary, path)
        return report

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
    def open(self, path: Path) -> RuntimeEstimator:
        """Loads an artefact in its own runtime."""


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
            "unit": "metre",
        },
        "min_depth": model.min_depth,
        "max_depth": model.max_depth,
        "image_size": model.image_size,
    }
