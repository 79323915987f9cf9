"""An ONNX file -> an estimator like any other."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.runtimes.artefact_metadata import parse_metadata
from densedepth_tf.runtimes.onnx_session import ONNXSessionEstimator, open_session

METADATA_KEY = "densedepth_tf"
_QUANTISING = ("QuantizeLinear", "DequantizeLinear")  # (values, scale, zero point)


class ONNXEstimator(ONNXSessionEstimator):
    """Predicts with an ONNX file in ONNX Runtime, on the CPU.

    Args:
        path: The file; its input is uint8 images [N, H, W, 3], its output float32 metres
            [N, H, W, 1].
        num_threads: Threads that compute; all available cores by default.
        plain: Leave all settings to the runtime.

    Raises:
        ImportError: If the package `onnxruntime` is missing.
        ValueError: If the file is damaged, a weight is not finite (which is looked for where the
            package `onnx` is installed), or it takes or gives something else.
    """

    def __init__(
        self, path: str | os.PathLike, num_threads: int | None = None, plain: bool = False
    ):
        session = open_session(path, "ONNX file", str(path), num_threads=num_threads, plain=plain)
        stored = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY, "{}")
        super().__init__(path, parse_metadata(stored, Path(path)), session)
        check_finite_weights(_constants(path), path)


def _constants(path: str | os.PathLike) -> Iterator[tuple[str, np.ndarray]]:
    """Names and values of all floats in a file; none where `onnx`, which reads it, is missing.

    A scale of quantisation has a dimension here, as it is no limit but part of the weights.
    """
    try:
        import onnx
    except ImportError:
        return
    types = onnx.TensorProto.DataType.items()
    floats = {number for name, number in types if "FLOAT" in name or name == "DOUBLE"}

    def of_graph(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
        yield from graph.initializer
        for node in graph.node:
            for attribute in node.attribute:
                yield from (attribute.t, *attribute.tensors)
                for inner in (attribute.g, *attribute.graphs):
                    yield from of_graph(inner)

    graph = onnx.load(path).graph
    scales = {node.input[1] for node in graph.node if node.op_type in _QUANTISING}
    for tensor in of_graph(graph):
        if tensor.data_type in floats:
            values = onnx.numpy_helper.to_array(tensor)
            yield tensor.name, np.atleast_1d(values) if tensor.name in scales else values
