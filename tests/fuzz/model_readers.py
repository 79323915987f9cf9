"""Readers of models."""

import importlib.util
import json
from pathlib import Path

import numpy as np
from reader_registry import reader


def _preset(folder: Path) -> Path:
    config = {"encoder": "mobilenetv2", "min_depth": 0.1, "max_depth": 10.0}
    config |= {"name": "a", "image_size": [64, 64]}
    described = {"format": "densedepth_tf preset 2", "config": config}
    path = folder / "a.npz"
    np.savez_compressed(
        path, model=np.array(json.dumps(described)), **{"conv/kernel": np.ones((9, 9), np.float16)}
    )
    return path


@reader("preset", _preset)
def _(path: Path) -> None:
    from densedepth_tf.runtimes.preset_archive import read_archive

    read_archive(path)


def _onnx_file(folder: Path) -> Path:
    import onnx
    from onnx import TensorProto, helper

    sides = ["N", "H", "W"]
    nodes = [
        helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats", "axes"], ["grey"], keepdims=1),
        helper.make_node("Mul", ["grey", "weight"], ["depth"]),
    ]
    graph = helper.make_graph(
        nodes,
        "depth",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, [*sides, 3])],
        [helper.make_tensor_value_info("depth", TensorProto.FLOAT, [*sides, 1])],
        [
            helper.make_tensor("axes", TensorProto.INT64, [1], [3]),
            helper.make_tensor("weight", TensorProto.FLOAT, [1], [0.5]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, {"densedepth_tf": '{"min_depth": 0.1, "max_depth": 10.0}'})
    onnx.save(model, folder / "a.onnx")
    return folder / "a.onnx"


def _read_onnx(path: Path) -> None:
    from densedepth_tf.runtimes.onnx import ONNXEstimator

    ONNXEstimator(path)


if importlib.util.find_spec("onnx") and importlib.util.find_spec("onnxruntime"):
    reader("onnx", _onnx_file)(_read_onnx)


def _keras_file(folder: Path) -> Path:
    import keras

    picture = keras.Input((8, 8, 3))
    model = keras.Model(picture, keras.layers.Conv2D(1, 3)(picture))
    model.save(folder / "a.keras")
    return folder / "a.keras"


@reader("keras", _keras_file, tf=True)
def _(path: Path) -> None:
    from densedepth_tf.checkpoints import _read_keras

    _read_keras(path)
