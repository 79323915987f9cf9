"""An ONNX graph in ONNX Runtime, on the CPU."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.optional_package import require
from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator, damaged

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_DTYPES = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32}


def runs_onnx() -> bool:
    """Whether ONNX Runtime is installed and can be imported."""
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        return False
    return True


class ONNXSessionEstimator(RuntimeEstimator):
    """Predicts with a session of ONNX Runtime.

    Args:
        path: Where the graph came from.
        metadata: What is known of the model, see `RuntimeEstimator`.
        session: Its input is uint8 images [N, H, W, 3], its output float32 metres [N, H, W, 1].

    Raises:
        ValueError: If it takes or gives something else.
    """

    def __init__(
        self, path: str | os.PathLike, metadata: dict[str, Any], session: "InferenceSession"
    ):
        super().__init__(path, metadata)
        self._session = session
        inputs, outputs = session.get_inputs(), session.get_outputs()
        self._check_signature(*_only(inputs), *_only(outputs))
        self._input_name = inputs[0].name

    def _run(self, images: np.ndarray) -> np.ndarray:
        try:
            return self._session.run(None, {self._input_name: images})[0]
        except Exception as error:  # ONNX Runtime has no class of its own for this.
            if "Failed to allocate memory" in str(error):
                raise MemoryError(str(error)) from error
            raise


def open_session(
    path: str | os.PathLike,
    kind: str,
    graph: str | bytes,
    weights: Mapping[str, np.ndarray] | None = None,
    num_threads: int | None = None,
    plain: bool = False,
) -> "InferenceSession":
    """Opens a graph.

    Args:
        path: Where the graph came from, for messages.
        kind: What that is, for messages.
        graph: The file, or its content.
        weights: Those that the graph only declares, by name.
        num_threads: Threads that compute; all available cores by default.
        plain: Leave all settings to the runtime.

    Raises:
        ImportError: If the package `onnxruntime` is missing.
        ValueError: If the graph is damaged, or the weights are not those it declares.
    """
    runtime = require("onnxruntime", f"'{path}'", "export")
    options = runtime.SessionOptions()
    if not plain:
        options.intra_op_num_threads = num_threads or available_cores()
        # It would keep one block for every size of images, beside what their first took.
        options.enable_mem_pattern = False
    options.log_severity_level = 4  # What is fatal; the rest is raised.
    try:
        if weights:
            values = [
                runtime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array))
                for array in weights.values()
            ]
            options.add_external_initializers(list(weights), values)
        return runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has a class of its own for every reason.
        raise damaged(path, kind, error) from error


def _only(nodes: list[Any]) -> tuple[Any, tuple[int | None, ...] | None]:
    """NumPy dtype and shape of a single tensor."""
    if len(nodes) != 1:
        return None, None
    shape = tuple(side if isinstance(side, int) else None for side in nodes[0].shape)
    return _DTYPES.get(nodes[0].type), shape
