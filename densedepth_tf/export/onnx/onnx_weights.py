"""ONNX weights in fewer bits, expanded to float32 when the file is loaded."""

from typing import TYPE_CHECKING

import numpy as np

from densedepth_tf.export.quantization.small_convolutions import MIN_INT8_VALUES

if TYPE_CHECKING:
    import onnx

MIN_VALUES = 256  # below that there is nothing to win


def store_weights_as(storage: str, model: "onnx.ModelProto") -> None:
    """Replaces large float32 weights by smaller ones and the operations that expand them.

    Args:
        storage: "float16", or "int8": symmetric, one scale per output channel of a convolution.
        model: `onnx.ModelProto`, changed in place. Arithmetic stays float32; the expansion is of
            constants, which ONNX Runtime does once, while loading.

    Raises:
        ValueError: If a weight does not fit into half precision.
    """
    import onnx
    from onnx import numpy_helper

    graph = model.graph
    kernels = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    kept, added, nodes = [], [], []
    for weight in graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT or np.prod(weight.dims) < MIN_VALUES:
            kept.append(weight)
            continue
        name, values = weight.name, numpy_helper.to_array(weight)
        cast_to = name
        if storage == "int8":
            if name not in kernels or values.size < MIN_INT8_VALUES:
                kept.append(weight)
                continue
            scale = np.abs(values).max(axis=(1, 2, 3), keepdims=True) / 127
            scale = np.where(scale > 0, scale, 1).astype(np.float32)
            stored, cast_to = np.round(values / scale).astype(np.int8), f"{name}/integers"
            added.append(numpy_helper.from_array(scale, f"{name}/scale"))
            nodes.append(onnx.helper.make_node("Mul", [cast_to, f"{name}/scale"], [name]))
        else:
            if np.abs(values).max() > np.finfo(np.float16).max:
                raise ValueError(
                    f"A weight does not fit into half precision: '{name}'; choose "
                    "`precision='float32'`."
                )
            stored = values.astype(np.float16)
        added.append(numpy_helper.from_array(stored, f"{name}/stored"))
        nodes.append(
            onnx.helper.make_node("Cast", [f"{name}/stored"], [cast_to], to=onnx.TensorProto.FLOAT)
        )
    nodes.reverse()  # a product comes after the conversion it needs
    nodes += graph.node
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept + added)
    graph.node.extend(nodes)
