"""DepthEstimator -> OpenVINO (.xml and .bin), for Intel and other x86 or ARM processors."""

import json
from pathlib import Path
from typing import Any

from typing_extensions import override

from densedepth_tf.export.exporter import Exporter
from densedepth_tf.export.openvino.openvino_float32 import mark_precise, use_lasting_operations
from densedepth_tf.export.options import ExportOptions
from densedepth_tf.export.quantization.quantize import quantize
from densedepth_tf.export.quantization.small_convolutions import small_openvino_convolutions
from densedepth_tf.export.serving_module import ServingModule
from densedepth_tf.files.durable import sync
from densedepth_tf.files.workspace import Workspace
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.quiet import quiet
from densedepth_tf.runtimes.openvino import METADATA_KEY, OpenVINOEstimator


class OpenVINOExporter(Exporter):
    """An .xml file with one input and one output, its weights in a .bin file beside it.

    "float16" and "dynamic" store the weights in half precision and in int8, and compute in
    float32; "bfloat16" stores half precision and computes in bfloat16 where the processor can;
    "int8" computes convolutions in int8. All but "bfloat16" ask in the file itself for float32
    where they do not compute in int8, see `openvino_float32.py`.
    """

    name = "openvino"
    plain_cure = 'compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})'

    def __init__(self) -> None:
        self._openvino = require("openvino", "`format_name='openvino'`", "export")

    @override
    def write(self, module: ServingModule, path: Path, options: ExportOptions) -> None:
        with Workspace() as folder, quiet():
            module.save(folder / "model")
            converted = self._openvino.convert_model(folder / "model")
        if options.precision == "int8":
            converted = quantize(converted, "openvino", options.calibration_inputs())
        elif options.precision == "dynamic":
            nncf = require("nncf", "`precision='dynamic'`", "export")
            with quiet():
                converted = nncf.compress_weights(
                    converted,
                    mode=nncf.CompressWeightsMode.INT8_SYM,
                    ignored_scope=nncf.IgnoredScope(
                        small_openvino_convolutions(converted), validate=False
                    ),
                )
        if options.precision != "bfloat16":
            use_lasting_operations(converted)
        half = options.precision in ("float16", "bfloat16")
        self._openvino.save_model(converted, path, compress_to_fp16=half)

    @override
    def embed(self, path: Path, metadata: dict[str, Any]) -> None:
        model = self._openvino.Core().read_model(path)
        model.set_rt_info(json.dumps(metadata), METADATA_KEY)
        # The weights are mapped from the file that is about to be replaced.
        rewritten = path.with_name(f"new_{path.name}")
        self._openvino.save_model(model, rewritten, compress_to_fp16=False)
        del model
        if metadata["precision"] != "bfloat16":
            mark_precise(rewritten)
        for suffix in (".xml", ".bin"):
            rewritten.with_suffix(suffix).replace(path.with_suffix(suffix))

    @override
    def finish(self, temporary: Path, path: Path) -> None:
        weights = temporary.with_suffix(".bin")
        sync(weights)
        weights.replace(path.with_suffix(".bin"))

    @override
    def open(self, path: Path, plain: bool = False) -> OpenVINOEstimator:
        return OpenVINOEstimator(path, plain=plain)
