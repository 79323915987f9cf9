"""An ONNX file -> an estimator like any other."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from densedepth_tf.inference.runtime_estimator import RuntimeEstimator, damaged, parse_metadata
from densedepth_tf.optional_package import require

METADATA_KEY = "densedepth_tf"
_DTYPES = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32}


class ONNXEstimator(RuntimeEstimator):
    """Predicts with an ONNX file in ONNX Runtime, on the CPU.

    Args:
        path: The file; its input is uint8 images [N, H, W, 3], its output float32 metres
            [N, H, W, 1].
        num_threads: Threads that compute; all cores by default.

    Raises:
        ImportError: If the package `onnxruntime` is missing.
        ValueError: If the file is damaged or takes or gives something else.
    """

    def __init__(self, path: str | os.PathLike, num_threads: int | None = None):
        self._start(path, str(path), num_threads)
        stored = self._session.get_modelmeta().custom_metadata_map
        super().__init__(path, parse_metadata(stored.get(METADATA_KEY, "{}"), Path(path)))
        self._check()

    def _start(
        self,
        path: str | os.PathLike,
        model: str | bytes,
        num_threads: int | None,
        weights: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Opens a file or its content; `weights` are those that the file only declares."""
        runtime = require("onnxruntime", f"'{path}'", "export")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = num_threads or os.cpu_count()
        options.log_severity_level = 3
        if weights:
            values = [runtime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
            options.add_external_initializers(list(weights), values)
        try:
            self._session = runtime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime has a class of its own for every reason.
            raise damaged(path, "ONNX file", error) from error

    def _check(self) -> None:
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        self._check_signature(*_only(inputs), *_only(outputs))
        self._input_name = inputs[0].name

    def _run(self, images: np.ndarray) -> np.ndarray:
        return self._session.run(None, {self._input_name: images})[0]


def _only(nodes: list[Any]) -> tuple:
    """NumPy dtype and shape of a single tensor."""
    if len(nodes) != 1:
        return None, None
    shape = tuple(side if isinstance(side, int) else None for side in nodes[0].shape)
    return _DTYPES.get(nodes[0].type), shape
