"""An OpenVINO model (.xml and .bin) -> an estimator like any other."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from densedepth_tf.inference.runtime_estimator import RuntimeEstimator, damaged, parse_metadata
from densedepth_tf.optional_package import require

METADATA_KEY = "densedepth_tf"


class OpenVINOEstimator(RuntimeEstimator):
    """Predicts with an OpenVINO model on the CPU.

    The runtime would compute in bfloat16 by itself where the processor can, with errors of
    percents: it does so only for a model that was exported with that precision.

    Args:
        path: The .xml file, its .bin beside it; its input is uint8 images [N, H, W, 3], its
            output float32 metres [N, H, W, 1].
        num_threads: Threads that compute; all cores by default.

    Raises:
        ImportError: If the package `openvino` is missing.
        ValueError: If the files are damaged, one is missing, or they take or give something else.
    """

    def __init__(self, path: str | os.PathLike, num_threads: int | None = None):
        openvino = require("openvino", "An OpenVINO .xml file", "export")
        path = Path(path)
        if not path.with_suffix(".bin").is_file():
            raise ValueError(
                f"The weights '{path.with_suffix('.bin').name}' are not beside the OpenVINO file. "
                f"Received: '{path}'"
            )
        options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if num_threads is not None:
            options["INFERENCE_NUM_THREADS"] = num_threads
        try:
            model = openvino.Core().read_model(path)
            text = "{}"
            if model.has_rt_info(METADATA_KEY):
                text = model.get_rt_info(METADATA_KEY).astype(str)
            super().__init__(path, parse_metadata(text, path))
            half = self.metadata.get("precision") == "bfloat16"
            options["INFERENCE_PRECISION_HINT"] = "bf16" if half else "f32"
            self._model = openvino.Core().compile_model(model, "CPU", options)
        except RuntimeError as error:
            raise damaged(path, "OpenVINO file", error) from error
        self._check_signature(*_only(model.inputs), *_only(model.outputs))

    def _run(self, images: np.ndarray) -> np.ndarray:
        return self._model(images)[0]


def _only(ports: list) -> tuple:
    """NumPy dtype and shape of a single tensor."""
    if len(ports) != 1 or ports[0].get_partial_shape().rank.is_dynamic:
        return None, None
    shape = [
        None if side.is_dynamic else side.get_length() for side in ports[0].get_partial_shape()
    ]
    return ports[0].get_element_type().to_dtype(), tuple(shape)
