"""DepthEstimator -> LiteRT (.tflite), for phones and small computers."""

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import tensorflow as tf

from densedepth_tf.atomic import write_bytes
from densedepth_tf.export.calibration import CalibrationImages
from densedepth_tf.export.exporter import Exporter
from densedepth_tf.export.serving_module import INPUT_NAME, ServingModule
from densedepth_tf.inference.litert import METADATA_NAME, LiteRTEstimator
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.quiet import quiet


class LiteRTExporter(Exporter):
    """A file with one input and one output; without a size it is resized by the caller.

    "float16" stores the weights in half precision; "dynamic" stores them in int8 and quantises
    activations as they come; "int8" has int8 arithmetic wherever LiteRT has it.
    """

    name = "litert"

    def write(
        self,
        model: DepthEstimator,
        path: Path,
        precision: str,
        size: tuple[int, int] | None,
        calibration: CalibrationImages | None,
    ) -> None:
        batch = None if size is None else 1
        module = ServingModule(model, size, batch, portable=True)
        # Not `from_concrete_functions`: it leaves the weights out, and the output is NaN.
        with tempfile.TemporaryDirectory() as folder, quiet():
            module.save(folder)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            if precision != "float32":
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            if precision == "float16":
                converter.target_spec.supported_types = [tf.float16]
            if precision == "int8":
                converter.representative_dataset = lambda: (
                    {INPUT_NAME: image[None]} for image, _ in calibration.pairs(size)
                )
            content = converter.convert()
        path.write_bytes(content)

    def embed(self, path: Path, metadata: dict[str, Any]) -> None:
        content = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                content = content[: archive.infolist()[0].header_offset]
        stream = io.BytesIO(content)
        with zipfile.ZipFile(stream, "a") as archive:
            archive.writestr(METADATA_NAME, json.dumps(metadata))
        write_bytes(path, stream.getvalue())

    def open(self, path: Path) -> LiteRTEstimator:
        return LiteRTEstimator(path)
