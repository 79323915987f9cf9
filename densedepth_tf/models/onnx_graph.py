"""DepthEstimator -> an ONNX file without weights, for files that hold them once already."""

from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.graph_names import INPUT_NAME, OUTPUT_NAME, name_axes
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.quiet import quiet

OPSET = 17
# ONNX wants the name of a file for weights from outside; there must be none of that name.
NOT_A_FILE = "given when the graph is loaded"


def onnx_graph(
    model: DepthEstimator, variables: Mapping[str, tuple[keras.Variable, np.dtype]]
) -> bytes:
    """The way from uint8 RGB images (N, H, W, 3) to float32 metres (N, H, W, 1), as ONNX.

    Every weight is declared by its name, shape and type, and has to be given when the file is
    loaded (`PresetEstimator` does). Layers are not merged, kernels lie as in Keras; ONNX
    Runtime turns and merges them while loading.

    Args:
        model: The model, in float32.
        variables: Every variable of it by a name, with the type in which it is stored: float32
            or float16.

    Raises:
        ImportError: If `onnx` or `tf2onnx` is not installed.
        ValueError: If Keras does not run on TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Writing an ONNX graph needs KERAS_BACKEND=tensorflow. "
            f"Received: KERAS_BACKEND={keras.backend.backend()}"
        )
    onnx = require("onnx", "Writing an ONNX graph", "export")
    converter = require("tf2onnx", "Writing an ONNX graph", "export")
    # tf2onnx takes a variable for a constant, but leaves inputs alone.
    inputs = {f"weight_{index}": name for index, name in enumerate(variables)}
    own = [variable for variable, _ in variables.values()]

    def serve(images: tf.Tensor, *weights: tf.Tensor) -> dict[str, tf.Tensor]:
        with keras.StatelessScope(state_mapping=list(zip(own, weights, strict=True))):
            return {OUTPUT_NAME: model.depth_function(images, portable=True)}

    signature = [tf.TensorSpec((None, None, None, 3), tf.uint8, name=INPUT_NAME)]
    for name, variable in zip(inputs, own, strict=True):
        signature.append(tf.TensorSpec(variable.shape, tf.float32, name=name))
    with quiet():
        converted, _ = converter.convert.from_function(
            tf.function(serve, autograph=False), input_signature=signature, opset=OPSET
        )
    graph, casts = converted.graph, []
    images = [entry for entry in graph.input if entry.name not in inputs]
    del graph.input[:]
    graph.input.extend(images)
    name_axes(graph)
    for internal, name in inputs.items():
        variable, dtype = variables[name]
        stored = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        weight = graph.initializer.add(
            name=name,
            data_type=stored,
            dims=variable.shape,
            data_location=onnx.TensorProto.EXTERNAL,
        )
        weight.external_data.add(key="location", value=NOT_A_FILE)
        casts.append(onnx.helper.make_node("Cast", [name], [internal], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return converted.SerializeToString()
