"""DepthEstimator -> LiteRT (.tflite), for phones and small computers."""

import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import tensorflow as tf
from typing_extensions import override

from densedepth_tf.export.exporter import Exporter
from densedepth_tf.export.options import ExportOptions
from densedepth_tf.export.quantization.small_convolutions import MIN_INT8_VALUES
from densedepth_tf.export.serving_module import ServingModule
from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.workspace import Workspace
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.quiet import quiet
from densedepth_tf.runtimes.litert import METADATA_NAME, LiteRTEstimator


class LiteRTExporter(Exporter):
    """A file with one input and one output; without a size it is resized by the caller.

    "float16" stores the weights in half precision; "dynamic" stores them in int8 and quantises
    activations as they come; "int8" computes large convolutions in int8.
    """

    name = "litert"

    @override
    def write(self, module: ServingModule, path: Path, options: ExportOptions) -> None:
        # Not `from_concrete_functions`: it leaves the weights out, and the output is NaN.
        with Workspace() as workspace, quiet():
            folder = str(workspace / "model")
            module.save(folder)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            if options.precision == "int8":
                content = _quantize(converter.convert(), folder, options)
            else:
                if options.precision != "float32":
                    converter.optimizations = [tf.lite.Optimize.DEFAULT]
                if options.precision == "float16":
                    converter.target_spec.supported_types = [tf.float16]
                content = converter.convert()
        path.write_bytes(content)

    @override
    def embed(self, path: Path, metadata: dict[str, Any]) -> None:
        content = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                content = content[: archive.infolist()[0].header_offset]
        stream = io.BytesIO(content)
        with zipfile.ZipFile(stream, "a") as archive:
            archive.writestr(METADATA_NAME, json.dumps(metadata))
        write_bytes(path, stream.getvalue())

    @override
    def open(self, path: Path, plain: bool = False) -> LiteRTEstimator:
        return LiteRTEstimator(path, plain=plain)


def _quantize(content: bytes, folder: str, options: ExportOptions) -> bytes:
    """int8 for large convolutions only, see `quantize.py`.

    The converter by itself quantises whatever it can, depth in metres too, which cost a
    MobileNetV2 trained on NYU 0.025 of delta1 and, for want of fused kernels, time as well. The
    tool that can leave operations out is TensorFlow's quantisation debugger.

    Args:
        content: The float32 model, to find the operations in.
        folder: The SavedModel it was converted from.
        options: Its size and photographs.
    """
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = options.calibration_inputs
    float_nodes, num_int8 = _float_nodes(content)
    if not num_int8:
        return content
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter,
        debug_dataset=options.calibration_inputs,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=float_nodes),
    )
    return debugger.get_nondebug_quantized_model()


def _float_nodes(content: bytes) -> tuple[list[str], int]:
    """Names of what stays float, all but convolutions with many weights; the number of those."""
    interpreter = require(
        "ai_edge_litert.interpreter", "`format_name='litert'`", "export"
    ).Interpreter(model_content=content)
    tensors = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    operations = interpreter._get_ops_details()  # no public way to them
    names = [
        tensors[operation["outputs"][0]]["name"]
        for operation in operations
        if operation["op_name"] != "CONV_2D"
        or math.prod(tensors[operation["inputs"][1]]["shape"]) < MIN_INT8_VALUES
    ]
    return names, len(operations) - len(names)
