"""int8 convolutions for ONNX and OpenVINO models, through NNCF."""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from densedepth_tf.export.quantization.small_convolutions import (
    small_onnx_convolutions,
    small_openvino_convolutions,
)
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.quiet import quiet
from densedepth_tf.process.signal_stack import signal_stack_kept

if TYPE_CHECKING:
    import onnx
    import openvino

Converted = TypeVar("Converted", "onnx.ModelProto", "openvino.Model")

# Resizing and the way from the network's output to metres stay float: one of 256 steps between
# the nearest and the farthest inverse depth is metres at the far end. So do sums, which runtimes
# fuse into the convolutions.
FLOAT_OPERATIONS = {
    "onnx": [
        *(
            "Add",
            "Cast",
            "Clip",
            "Concat",
            "Div",
            "MatMul",
            "Max",
            "Min",
            "Mul",
            "Pow",
            "ReduceSum",
        ),
        *("Reshape", "Resize", "Sub", "Transpose"),
    ],
    "openvino": [
        *("Add", "Clamp", "Concat", "Divide", "Interpolate", "MatMul", "Maximum", "Minimum"),
        *("Multiply", "PRelu", "Power"),
    ],
}


# What stays float of them because it is small, by name.
SMALL_CONVOLUTIONS: dict[str, Callable[[Any], list[str]]] = {
    "onnx": small_onnx_convolutions,
    "openvino": small_openvino_convolutions,
}


def quantize(
    model: Converted, framework: str, images: Iterable[dict[str, np.ndarray]]
) -> Converted:
    """Quantises a converted model after training.

    Args:
        model: `onnx.ModelProto` or `openvino.Model`; its input is `images`.
        framework: "onnx" or "openvino".
        images: Photographs like those it will see, as it takes them, by the input's name; see
            `ExportOptions.calibration_inputs`.

    Returns:
        A model of the same kind.

    Raises:
        ImportError: If the package `nncf` is missing.
    """
    nncf = require("nncf", "`precision='int8'`", "export")
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters
    from nncf.quantization.range_estimator import RangeEstimatorParametersSet

    nncf.set_log_level(logging.ERROR)
    images = list(images)
    with quiet(), signal_stack_kept():
        return nncf.quantize(
            model,
            nncf.Dataset(images),
            subset_size=len(images),
            preset=nncf.QuantizationPreset.MIXED,
            ignored_scope=nncf.IgnoredScope(
                SMALL_CONVOLUTIONS[framework](model),
                types=FLOAT_OPERATIONS[framework],
                validate=False,
            ),
            # The default averages the images' extremes, which cuts off what one image has alone:
            # 0.94 against 0.9994 of the pixels within a factor of 1.25 of the float model.
            advanced_parameters=AdvancedQuantizationParameters(
                activations_range_estimator_params=RangeEstimatorParametersSet.MINMAX
            ),
        )
