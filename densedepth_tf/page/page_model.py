"""Any checkpoint -> the ONNX file that the page runs, and what the page must know of it."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from densedepth_tf.checkpoints import check_is_there, is_preset, local_checkpoint
from densedepth_tf.presets.presets import preset_path
from densedepth_tf.runtimes.preset_archive import has_graph, read_archive
from densedepth_tf.runtimes.preset_onnx import whole_onnx

TOLD = ("min_depth", "max_depth", "image_size", "network_size", "focal_length")


@dataclass(frozen=True)
class PageModel:
    """A model as the page takes it.

    Attributes:
        description: `name`, `unit` ("m", or null for a relative depth), `fixed_size` ([height,
            width] or null for any), and of `TOLD` what is known.
        onnx: The file: uint8 images [N, H, W, 3] in, float32 metres [N, H, W, 1] out.
    """

    description: dict[str, Any]
    onnx: bytes


def page_model_needs_tensorflow(checkpoint: str | os.PathLike) -> bool:
    """Whether `page_model` will export with TensorFlow: not for ONNX files and presets with one.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
    """
    check_is_there(checkpoint)
    checkpoint = local_checkpoint(checkpoint)
    return _preset_file(checkpoint) is None and Path(checkpoint).suffix != ".onnx"


def page_model(
    checkpoint: str | os.PathLike,
    model_range: tuple[float | None, float | None] = (None, None),
) -> PageModel:
    """The model of a checkpoint.

    Args:
        checkpoint: Whatever `densedepth_tf.load` takes and `export.py` exports, an ONNX file
            of `export.py` as it is, or a preset as it is.
        model_range: Smallest and largest depth in metres of an official `.h5` file.

    Raises:
        ValueError: If it is no depth model, or damaged.
        ImportError: If a package for exporting is missing.
        OSError: If it cannot be read.
    """
    checkpoint = local_checkpoint(checkpoint)
    preset = _preset_file(checkpoint)
    if preset is not None:
        archive = read_archive(preset)
        if archive.graph is not None:
            described = _described(archive.config["name"], archive.config, None)
            return PageModel(described, whole_onnx(archive.graph, archive.weights))
    if Path(checkpoint).suffix == ".onnx":
        return _of_onnx_file(Path(checkpoint), Path(checkpoint).stem)
    from densedepth_tf.export.exporters import export_checkpoint

    name = Path(os.path.abspath(checkpoint)).stem
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        export_checkpoint(checkpoint, "onnx", file, model_range=model_range)
        return _of_onnx_file(file, name)


def _of_onnx_file(file: Path, name: str) -> PageModel:
    from densedepth_tf.runtimes.onnx import ONNXEstimator

    estimator = ONNXEstimator(file)
    described = _described(name, estimator.metadata, estimator.fixed_size)
    return PageModel(described | {"unit": estimator.depth_unit}, file.read_bytes())


def _described(
    name: str, metadata: Mapping[str, Any], fixed_size: tuple[int, int] | None
) -> dict[str, Any]:
    told = {key: metadata[key] for key in TOLD if metadata.get(key) is not None}
    return {"name": name, "unit": "m", "fixed_size": fixed_size, **told}


def _preset_file(checkpoint: str | os.PathLike) -> Path | None:
    path = preset_path(os.fspath(checkpoint)) if is_preset(checkpoint) else Path(checkpoint)
    return path if path is not None and path.suffix == ".npz" and has_graph(path) else None
