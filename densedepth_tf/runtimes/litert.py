"""A LiteRT (.tflite) file -> an estimator like any other."""

import contextlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.quiet import quiet
from densedepth_tf.runtimes.artefact_metadata import LARGEST_METADATA, parse_metadata
from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator, damaged

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

METADATA_NAME = "densedepth_tf.json"


class LiteRTEstimator(RuntimeEstimator):
    """Predicts with a LiteRT file, on all cores.

    Args:
        path: The file; its input is uint8 images [N, H, W, 3], its output float32 metres
            [N, H, W, 1].
        num_threads: Threads that compute; all cores by default.
        plain: Leave all settings to the runtime.

    Raises:
        ImportError: If the package `ai-edge-litert` is missing.
        ValueError: If the file is damaged, a weight is not finite, or it takes or gives something
            else.
    """

    def __init__(
        self, path: str | os.PathLike, num_threads: int | None = None, plain: bool = False
    ):
        litert = require("ai_edge_litert.interpreter", "A .tflite file", "export")
        super().__init__(path, _read_metadata(Path(path)))
        try:
            with quiet():
                threads = None if plain else num_threads or available_cores()
                self._interpreter = litert.Interpreter(model_path=str(path), num_threads=threads)
            inputs = self._interpreter.get_input_details()
            outputs = self._interpreter.get_output_details()
        except Exception as error:  # ValueError and RuntimeError, by what is wrong with the file.
            raise damaged(path, "LiteRT file", error) from error
        check_finite_weights(weights_of(self._interpreter), path)
        self._check_signature(*_only(inputs), *_only(outputs))
        self._input, self._output = inputs[0]["index"], outputs[0]["index"]
        self._shape: tuple[int, ...] | None = None

    def _run(self, images: np.ndarray) -> np.ndarray:
        if images.shape != self._shape:
            if self.fixed_size is None:
                self._interpreter.resize_tensor_input(self._input, images.shape)
            # LiteRT announces its delegate, once, on the standard error stream.
            with quiet() if self._shape is None else contextlib.nullcontext():
                self._interpreter.allocate_tensors()
            self._shape = images.shape
        self._interpreter.set_tensor(self._input, images)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)


def weights_of(interpreter: "Interpreter") -> Iterator[tuple[str, np.ndarray]]:
    """Names and values of all constants and quantisation scales, before tensors are allocated."""
    for tensor in interpreter.get_tensor_details():
        yield f"{tensor['name']} (scales)", tensor["quantization_parameters"]["scales"]
        if np.issubdtype(tensor["dtype"], np.floating):
            with contextlib.suppress(ValueError):  # What is yet to be computed has no values.
                yield tensor["name"], interpreter.get_tensor(tensor["index"])


def _only(details: list[dict]) -> tuple:
    """NumPy dtype and shape of a single tensor."""
    if len(details) != 1:
        return None, None
    shape = [None if side < 0 else int(side) for side in details[0]["shape_signature"]]
    return details[0]["dtype"], tuple(shape)


def _read_metadata(path: Path) -> dict:
    """Metadata travels as a zip behind the model, as TensorFlow Lite's associated files do."""
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            if METADATA_NAME not in archive.namelist():
                return {}
            with archive.open(METADATA_NAME) as file:
                text = file.read(LARGEST_METADATA + 1)
    except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged(path, "LiteRT file", error) from error
    return parse_metadata(text, path)
