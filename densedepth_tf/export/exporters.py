"""The formats that `export.py` knows: one entry per `format_name`.

A new format is an `Exporter` in a file of this folder, the `RuntimeEstimator` that runs it in
`densedepth_tf/runtimes`, an entry here and one in `densedepth_tf/checkpoints.py`.
"""

import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from densedepth_tf.files.claims import claim
from densedepth_tf.files.outputs.input_safety import InputSafety
from densedepth_tf.files.outputs.staged_output import staged_output
from densedepth_tf.files.writable_folder import check_writable_folder

if TYPE_CHECKING:
    from densedepth_tf.export.exporter import Exporter, ExportReport
    from densedepth_tf.export.quantization.int8_calibration import Int8Calibration

PRECISIONS = ("float32", "float16", "bfloat16", "dynamic", "int8")


@dataclass(frozen=True)
class Format:
    """What is known of a format before its libraries are imported.

    Attributes:
        exporter: Module and class of its `Exporter`.
        suffix: How its files end; empty for a folder.
        precisions: The words of `PRECISIONS` that it has.
        need_size: Those of them that cannot take images of any size.
    """

    exporter: str
    suffix: str
    precisions: tuple[str, ...]
    need_size: tuple[str, ...] = ()


FORMATS = {
    "savedmodel": Format("saved_model:SavedModelExporter", "", ("float32",)),
    "litert": Format(
        "litert:LiteRTExporter", ".tflite", ("float32", "float16", "dynamic", "int8"), ("int8",)
    ),
    "onnx": Format(
        "onnx.onnx_exporter:ONNXExporter", ".onnx", ("float32", "float16", "dynamic", "int8")
    ),
    "openvino": Format("openvino.openvino_exporter:OpenVINOExporter", ".xml", PRECISIONS),
}


def get_exporter(format_name: str) -> "Exporter":
    """The exporter of a format.

    Raises:
        ValueError: If the format is unknown.
        ImportError: If a package that it needs is missing; the message says how to install it.
    """
    module, name = get_format(format_name).exporter.split(":")
    return getattr(importlib.import_module(f"densedepth_tf.export.{module}"), name)()


def get_format(name: str) -> Format:
    """Looks a format up.

    Raises:
        ValueError: If it is unknown.
    """
    if name not in FORMATS:
        raise ValueError(
            f"Unknown format; `format_name` takes {', '.join(FORMATS)}. Received: '{name}'"
        )
    return FORMATS[name]


def export_checkpoint(
    checkpoint: str | os.PathLike,
    format_name: str,
    output: str | os.PathLike,
    precision: str = "float32",
    size: tuple[int, int] | None = None,
    calibration: "Int8Calibration | None" = None,
    model_range: tuple[float | None, float | None] = (None, None),
) -> "ExportReport":
    """What `export.py` does: loads a checkpoint and writes it in another format.

    Args:
        checkpoint: A run folder, `.keras` file or official weights, see `densedepth_tf.load`.
        format_name: A key of `FORMATS`.
        output: Where the artefact goes: a path, or an address in a bucket.
        precision: One of the format's precisions.
        size: `(height, width)` of the images it is to take; None for any size.
        calibration: Images that "int8" needs, and against which "dynamic" can be measured.
        model_range: Smallest and largest depth in metres of an official `.h5` file, see `load`.

    Returns:
        How far the artefact, loaded back and run, is from the model.

    Raises:
        ValueError: If an argument is wrong, the checkpoint is not a model to export, or the
            artefact differs from the model by more than its bound.
        ImportError: If a package that the format needs is missing.
        OSError: If the checkpoint is missing, or the output cannot be written or is being written
            by another process.
    """
    from densedepth_tf.checkpoint_origin import copy_seen_samples
    from densedepth_tf.checkpoints import SAVED_MODEL
    from densedepth_tf.data.seen_samples import SAMPLES_FILE

    name, stem = Path(output).name, Path(output).stem
    with staged_output(
        output,
        beside=[f"{stem}.bin", f"{stem}.{SAMPLES_FILE}"],
        completes=[f"{name}/{SAVED_MODEL}", name],
        inputs=[checkpoint],
    ) as here:
        check_export(format_name, here, precision, size, calibration is not None)
        _keep_inputs_safe(checkpoint, format_name, here)
        check_writable_folder(here.absolute().parent)
        with claim(here.absolute().parent, [here.name]):
            report = _export(
                checkpoint, model_range, format_name, here, precision, size, calibration
            )
            copy_seen_samples(checkpoint, here)
    return report


def _keep_inputs_safe(checkpoint: str | os.PathLike, format_name: str, output: Path) -> None:
    weights = output.with_suffix(".bin")
    InputSafety([checkpoint, Path(checkpoint) / "model.keras"]).check([output, weights])
    if format_name == "openvino" and weights.exists() and not output.exists():
        raise ValueError(
            f"The weights of '{output}' would replace '{weights}', which belongs to no earlier "
            "artefact; choose another `output`."
        )


def _export(
    checkpoint: str | os.PathLike,
    model_range: tuple[float | None, float | None],
    format_name: str,
    output: Path,
    precision: str,
    size: tuple[int, int] | None,
    calibration: "Int8Calibration | None",
) -> "ExportReport":

    from densedepth_tf.checkpoints import load
    from densedepth_tf.models.depth_estimator import DepthEstimator

    exporter = get_exporter(format_name)
    model = load(checkpoint, *model_range)
    if not isinstance(model, DepthEstimator):
        raise ValueError(
            "An exported artefact cannot be exported again; `checkpoint` takes the run folder or "
            f".keras file it came from. Received: '{checkpoint}'"
        )
    return exporter.export(model, output, precision, size, calibration)


def check_export(
    format_name: str,
    output: str | os.PathLike,
    precision: str,
    size: Sequence[int] | None,
    has_calibration: bool,
) -> None:
    """Checks what can be checked before any library is loaded.

    Raises:
        ValueError: If the format does not have the precision, the output's name does not fit, or
            "int8" has nothing to be calibrated with, or a size is needed.
    """
    known = get_format(format_name)
    if precision not in known.precisions:
        raise ValueError(
            f"`format_name='{format_name}'` has `precision` {', '.join(known.precisions)}. "
            f"Received: '{precision}'"
        )
    if known.suffix and Path(output).suffix != known.suffix:
        raise ValueError(
            f"`output` of `format_name='{format_name}'` is a file that ends in {known.suffix}. "
            f"Received: '{output}'"
        )
    if known.suffix and Path(output).is_dir():
        raise ValueError(f"`output` is a folder; a file is to be written. Received: '{output}'")
    if precision == "int8" and not has_calibration:
        raise ValueError(
            "`precision='int8'` needs `calibration`: a folder of photographs like those it will "
            "see."
        )
    if precision in known.need_size and size is None:
        raise ValueError(
            f"`format_name='{format_name}'` `precision='{precision}'` needs `size` HxW: it cannot "
            "be calibrated while the sizes are free."
        )
