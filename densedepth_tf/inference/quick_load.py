"""Loading what is only to predict: presets without TensorFlow, whose start takes seconds."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from densedepth_tf.checkpoints import is_preset, load, local_checkpoint, needs_tensorflow
from densedepth_tf.presets.presets import preset_path
from densedepth_tf.process.optional_package import is_installed
from densedepth_tf.runtimes.preset_archive import has_graph

if TYPE_CHECKING:
    from densedepth_tf.models.depth_estimator import DepthEstimator
    from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator

# There with a GPU's driver, on Linux and in Windows' Linux: TensorFlow may use it.
_GPU_SIGNS = (Path("/proc/driver/nvidia/version"), Path("/dev/dxg"))


def quick_load(
    path: str | os.PathLike, min_depth: float | None = None, max_depth: float | None = None
) -> "DepthEstimator | RuntimeEstimator":
    """As `densedepth_tf.load`, but for a preset's file, which starts in ONNX Runtime.

    A preset is its Keras model, too, where `onnxruntime` does not work, where the file has no ONNX
    graph, and on machines with a GPU, which ONNX Runtime would not use, unless
    `CUDA_VISIBLE_DEVICES` hides it or there is no TensorFlow to use it. The range of depth is for
    official `.h5` files.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ImportError: If it needs a package that is not installed.
        ValueError: As `densedepth_tf.load`.
    """
    file = _quick_preset(path)
    if file is None:
        return load(path, min_depth, max_depth)
    from densedepth_tf.runtimes.preset import PresetEstimator

    return PresetEstimator(file)


def quick_load_needs_tensorflow(path: str | os.PathLike) -> bool:
    """Whether `quick_load` will import TensorFlow."""
    return needs_tensorflow(path) and _quick_preset(path) is None


def load_as_installed(
    path: str | os.PathLike, min_depth: float | None = None, max_depth: float | None = None
) -> "DepthEstimator | RuntimeEstimator":
    """As `densedepth_tf.load`; where TensorFlow is not installed, as `quick_load`."""
    opens = load if is_installed("tensorflow") else quick_load
    return opens(path, min_depth, max_depth)


def load_as_installed_needs_tensorflow(path: str | os.PathLike) -> bool:
    """Whether `load_as_installed` will import TensorFlow, or fail without it."""
    needs = needs_tensorflow if is_installed("tensorflow") else quick_load_needs_tensorflow
    return needs(path)


def _quick_preset(path: str | os.PathLike) -> Path | None:
    """The file of a preset that is to run in ONNX Runtime, None for every other checkpoint."""
    file = preset_path(os.fspath(path)) if is_preset(path) else Path(local_checkpoint(path))
    if file is None or file.suffix != ".npz" or not has_graph(file) or _may_have_gpu():
        return None
    from densedepth_tf.runtimes.onnx_session import runs_onnx

    return file if runs_onnx() else None


def _may_have_gpu() -> bool:
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if hidden or not is_installed("tensorflow"):
        return False
    return any(sign.exists() for sign in _GPU_SIGNS)
