"""An ONNX file -> an estimator like any other."""

import os
from pathlib import Path

from densedepth_tf.inference.onnx_session import ONNXSessionEstimator, open_session
from densedepth_tf.inference.runtime_estimator import parse_metadata

METADATA_KEY = "densedepth_tf"


class ONNXEstimator(ONNXSessionEstimator):
    """Predicts with an ONNX file in ONNX Runtime, on the CPU.

    Args:
        path: The file; its input is uint8 images [N, H, W, 3], its output float32 metres
            [N, H, W, 1].
        num_threads: Threads that compute; all available cores by default.

    Raises:
        ImportError: If the package `onnxruntime` is missing.
        ValueError: If the file is damaged or takes or gives something else.
    """

    def __init__(self, path: str | os.PathLike, num_threads: int | None = None):
        session = open_session(path, "ONNX file", str(path), num_threads=num_threads)
        stored = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY, "{}")
        super().__init__(path, parse_metadata(stored, Path(path)), session)
