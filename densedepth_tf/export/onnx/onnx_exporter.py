"""DepthEstimator -> ONNX, for ONNX Runtime and what else reads it."""

import json
from pathlib import Path
from typing import Any

from typing_extensions import override

from densedepth_tf.export.exporter import Exporter
from densedepth_tf.export.onnx.onnx_weights import store_weights_as
from densedepth_tf.export.options import ExportOptions
from densedepth_tf.export.quantization.quantize import quantize
from densedepth_tf.export.serving_module import ServingModule
from densedepth_tf.models.graph_names import name_axes
from densedepth_tf.models.onnx_graph import OPSET
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.quiet import quiet
from densedepth_tf.runtimes.onnx import METADATA_KEY, ONNXEstimator


class ONNXExporter(Exporter):
    """A file with one input and one output.

    "float16" and "dynamic" store the weights in half precision and in int8, and compute in
    float32; "int8" computes convolutions in int8.
    """

    name = "onnx"

    def __init__(self) -> None:
        self._onnx = require("onnx", "`format_name='onnx'`", "export")
        self._converter = require("tf2onnx", "`format_name='onnx'`", "export")

    @override
    def write(self, module: ServingModule, path: Path, options: ExportOptions) -> None:
        with quiet():
            converted, _ = self._converter.convert.from_function(
                module.serve, input_signature=module.serve.input_signature, opset=OPSET
            )
        if options.precision == "int8":
            converted = quantize(converted, "onnx", options.calibration_inputs())
        elif options.precision in ("float16", "dynamic"):
            store_weights_as("float16" if options.precision == "float16" else "int8", converted)
        name_axes(converted.graph)
        self._onnx.save(converted, path)

    @override
    def embed(self, path: Path, metadata: dict[str, Any]) -> None:
        model = self._onnx.load(path)
        self._onnx.helper.set_model_props(model, {METADATA_KEY: json.dumps(metadata)})
        self._onnx.save(model, path)

    @override
    def open(self, path: Path, plain: bool = False) -> ONNXEstimator:
        return ONNXEstimator(path, plain=plain)
