"""A trained DenseDepth as one small file: float16 kernels, nothing pickled."""

import importlib.util
import json
import os
from typing import Any

import keras
import numpy as np

from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.geometry.depth_model import DepthModel
from densedepth_tf.models.densedepth.decoder_widths import check_decoder_widths
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.models.keras_model.precision import dtype_policy, in_float32
from densedepth_tf.runtimes.preset_archive import FORMAT, GRAPH, MODEL, damaged_preset, read_archive


def write_preset(model: DepthModel, path: str | os.PathLike, precision: str = "float16") -> None:
    """Writes a model as a NumPy archive (.npz), about two bytes a parameter, or four.

    Kernels are rounded to `precision`; vectors (biases and batch statistics, of which some
    variances are too small for float16) stay float32. Optimiser and loss are left out. The network
    is in it twice: as `DenseDepth`'s arguments, and, where `onnx` and `tf2onnx` are installed and
    Keras runs on TensorFlow, as an ONNX graph of some 15 kB, which starts without TensorFlow
    (`PresetEstimator`).

    Args:
        model: A trained model, of any precision.
        path: The file to write.
        precision: Of the kernels, "float16" or "float32".

    Raises:
        ValueError: If it is another kind of model, or a weight does not fit into float16.
        OSError: If the file cannot be written.
    """
    if not isinstance(model, DenseDepth):
        raise ValueError(f"A preset is made of a DenseDepth. Received: a {type(model).__name__}")
    twin: DenseDepth = in_float32(model)
    tensors: dict[str, np.ndarray] = {}
    variables = _variables(twin)
    for name, variable in variables.items():
        value = np.asarray(variable, np.float32)
        with np.errstate(over="ignore"):  # Said below.
            tensors[name] = value.astype(precision) if value.ndim > 1 else value
        if not np.isfinite(tensors[name]).all():
            raise ValueError(f"Weight {name} is not finite, or too large for {precision}.")
    description = json.dumps({"format": FORMAT, "config": twin.constructor_arguments()})
    arrays: dict[str, Any] = {MODEL: np.array(description), **tensors}
    if _can_write_graph():
        # Not above: presets are read where TensorFlow is not installed, too.
        from densedepth_tf.models.onnx_graph import onnx_graph

        stored = {name: (variables[name], tensors[name].dtype) for name in tensors}
        arrays[GRAPH] = np.frombuffer(onnx_graph(twin, stored), np.uint8)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_preset(path: str | os.PathLike) -> DenseDepth:
    """Builds the float32 model that a file of `write_preset` holds; nothing in it is executed.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or another kind of file.
    """
    archive = read_archive(path)
    try:
        check_decoder_widths(archive.config, archive.weights)
        with dtype_policy("float32"):
            model = DenseDepth(**archive.config | {"encoder_weights": None})
        variables = _variables(model)
        if variables.keys() != archive.weights.keys():
            others = sorted(variables.keys() ^ archive.weights.keys())
            raise ValueError(f"its weights are not the network's: {', '.join(others[:3])}")
        for name, variable in variables.items():
            variable.assign(archive.weights[name].astype(np.float32))
    except (KeyError, TypeError, ValueError) as error:
        raise damaged_preset(path, str(error)) from error
    return model


def _can_write_graph() -> bool:
    installed = all(importlib.util.find_spec(name) for name in ("onnx", "tf2onnx"))
    return installed and keras.backend.backend() == "tensorflow"


def _variables(model: DenseDepth) -> dict[str, keras.Variable]:
    """Every weight by `layer/variable`."""
    return {
        f"{layer.name}/{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
    }
