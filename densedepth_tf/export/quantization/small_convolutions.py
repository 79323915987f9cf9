"""Convolutions with few weights, which lose most when those are rounded to int8."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx
    import openvino

# The first, the last and the depth-wise ones. In float they cost little; in int8 they cost a
# MobileNetV2 trained on NYU 0.025 of delta1, of which nothing is left without them.
MIN_INT8_VALUES = 16384


def small_onnx_convolutions(model: "onnx.ModelProto") -> list[str]:
    """Names of an ONNX model's convolutions that stay float."""
    sizes = {weight.name: math.prod(weight.dims) for weight in model.graph.initializer}
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "Conv" and sizes.get(node.input[1], 0) < MIN_INT8_VALUES
    ]


def small_openvino_convolutions(model: "openvino.Model") -> list[str]:
    """Names of an OpenVINO model's convolutions that stay float."""
    return [
        operation.get_friendly_name()
        for operation in model.get_ops()
        if operation.get_type_name() in ("Convolution", "GroupConvolution")
        and math.prod(operation.input(1).get_shape()) < MIN_INT8_VALUES
    ]
