"""An OpenVINO model (.xml and .bin) -> an estimator like any other."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.process.available_cores import core_limit
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.signal_stack import signal_stack_kept
from densedepth_tf.runtimes.artefact_metadata import parse_metadata
from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator, damaged

if TYPE_CHECKING:
    import openvino

METADATA_KEY = "densedepth_tf"
# What the runtime keeps of operations compiled for sizes that it has seen: thousands by default,
# a megabyte or two for every size of image.
_CACHE, _CACHED_OPERATIONS = "CPU_RUNTIME_CACHE_CAPACITY", 128


class OpenVINOEstimator(RuntimeEstimator):
    """Predicts with an OpenVINO model on the CPU.

    The runtime would compute in bfloat16 by itself where the processor can, with errors of
    percents: it does so only for a model that was exported with that precision.

    Args:
        path: The .xml file, its .bin beside it; its input is uint8 images [N, H, W, 3], its
            output float32 metres [N, H, W, 1].
        num_threads: Threads that compute; all cores by default.
        plain: Leave all settings to the runtime, as `Core().compile_model(path)` does.

    Raises:
        ImportError: If the package `openvino` is missing.
        ValueError: If the files are damaged, one is missing, a weight is not finite, or they take
            or give something else.
    """

    def __init__(
        self, path: str | os.PathLike, num_threads: int | None = None, plain: bool = False
    ):
        openvino = require("openvino", "An OpenVINO .xml file", "export")
        path = Path(path)
        if not path.with_suffix(".bin").is_file():
            raise ValueError(
                f"The weights '{path.with_suffix('.bin').name}' are not beside the OpenVINO file. "
                f"Received: '{path}'"
            )
        try:
            model = openvino.Core().read_model(path)
            text = "{}"
            if model.has_rt_info(METADATA_KEY):
                text = model.get_rt_info(METADATA_KEY).astype(str)
            super().__init__(path, parse_metadata(text, path))
            options = {} if plain else self._options(num_threads or core_limit())
            with signal_stack_kept():
                self._model = openvino.Core().compile_model(model, "CPU", options)
            check_finite_weights(_constants(model), path)
        except RuntimeError as error:
            raise damaged(path, "OpenVINO file", error) from error
        self._check_signature(*_only(model.inputs), *_only(model.outputs))

    def _options(self, num_threads: int | None) -> dict[str, Any]:
        half = self.metadata.get("precision") == "bfloat16"
        options: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
            _CACHE: _CACHED_OPERATIONS,
        }
        if num_threads is not None:
            options["INFERENCE_NUM_THREADS"] = num_threads
        return options

    def _run(self, images: np.ndarray) -> np.ndarray:
        return self._model(images)[0]


def _constants(model: "openvino.Model") -> Iterator[tuple[str, np.ndarray]]:
    for operation in model.get_ops():
        if operation.get_type_name() == "Constant" and operation.get_element_type().is_real():
            yield operation.get_friendly_name(), operation.data


def _only(ports: list) -> tuple:
    """NumPy dtype and shape of a single tensor."""
    if len(ports) != 1 or ports[0].get_partial_shape().rank.is_dynamic:
        return None, None
    shape = [
        None if side.is_dynamic else side.get_length() for side in ports[0].get_partial_shape()
    ]
    return ports[0].get_element_type().to_dtype(), tuple(shape)
