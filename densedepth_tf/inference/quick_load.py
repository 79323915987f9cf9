"""Loading what is only to predict: presets without TensorFlow, whose start takes seconds."""

import importlib.util
import os
from pathlib import Path
from typing import Any

from densedepth_tf.checkpoints import is_preset, load, needs_tensorflow
from densedepth_tf.presets.presets import preset_path


def quick_load(path: str | os.PathLike) -> Any:
    """As `densedepth_tf.load`, but for a preset's file in ONNX Runtime where that is installed.

    Raises:
        As `densedepth_tf.load`.
    """
    file = _runnable_preset(path)
    if file is None:
        return load(path)
    from densedepth_tf.inference.preset import PresetEstimator
    from densedepth_tf.presets.preset_archive import read_archive

    archive = read_archive(file)
    return load(path) if archive.graph is None else PresetEstimator(file, archive)


def quick_load_needs_tensorflow(path: str | os.PathLike) -> bool:
    """Whether `quick_load` will import TensorFlow."""
    return needs_tensorflow(path) and _runnable_preset(path) is None


def _runnable_preset(path: str | os.PathLike) -> Path | None:
    """The file of a preset that ONNX Runtime can run, None for every other checkpoint."""
    file = preset_path(os.fspath(path)) if is_preset(path) else Path(path)
    is_file = file is not None and file.suffix == ".npz" and file.is_file()
    return file if is_file and importlib.util.find_spec("onnxruntime") else None
