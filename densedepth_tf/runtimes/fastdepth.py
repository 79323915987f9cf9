"""FastDepth as an 8-bit LiteRT file: a peer to compare with, and a teacher."""

import contextlib
import os
import threading
import zipfile
from collections.abc import Sequence

import cv2
import numpy as np
from typing_extensions import override

from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.quiet import quiet
from densedepth_tf.runtimes.litert import weights_of
from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator, damaged

# Wofk et al. 2019 bring images to 333x250 and look at the middle 304x228, as 224x224.
WHOLE, VIEW, SIDE = (250, 333), (228, 304), 224
TOP, LEFT = (WHOLE[0] - VIEW[0]) // 2, (WHOLE[1] - VIEW[1]) // 2


class FastDepthEstimator(RuntimeEstimator):
    """FastDepth (Wofk et al. 2019) with 8-bit input and output, on photographs of any size.

    Made for photographs of 4:3. It sees the middle 91 % of each side (`view`); further out its
    outermost depth is repeated.

    Args:
        path: The file: uint8 RGB [1, 224, 224, 3] to quantised metres [1, 224, 224, 1].
        num_threads: Threads that compute; all cores by default.

    Attributes:
        view: The part of an image that is predicted, not repeated: top, bottom, left and right
            as fractions of its height and width.

    Raises:
        ImportError: If the package `ai-edge-litert` is missing.
        ValueError: If the file is damaged.
    """

    view = (
        TOP / WHOLE[0],
        (TOP + VIEW[0]) / WHOLE[0],
        LEFT / WHOLE[1],
        (LEFT + VIEW[1]) / WHOLE[1],
    )

    def __init__(self, path: str | os.PathLike, num_threads: int | None = None):
        litert = require("ai_edge_litert.interpreter", "A .tflite file", "export")
        super().__init__(path, {"min_depth": 0.1, "max_depth": 10.0})
        try:
            with quiet():
                self._interpreter = litert.Interpreter(
                    model_path=str(path), num_threads=num_threads or available_cores()
                )
                check_finite_weights(weights_of(self._interpreter), path)
                self._interpreter.allocate_tensors()
        except Exception as error:  # ValueError and RuntimeError, by what is wrong with the file.
            raise damaged(path, "LiteRT file", error) from error
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]
        self._lock = threading.Lock()

    @override
    def network_size(self, height: int, width: int) -> Sequence[int]:
        return WHOLE

    def _run(self, images: np.ndarray) -> np.ndarray:
        return np.stack([self._predict(image) for image in images])[..., None]

    def _predict(self, image: np.ndarray) -> np.ndarray:
        shrinks = image.shape[0] > WHOLE[0]
        whole = cv2.resize(
            image, WHOLE[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        view = whole[TOP : TOP + VIEW[0], LEFT : LEFT + VIEW[1]]
        with self._lock:
            self._interpreter.set_tensor(self._input, cv2.resize(view, (SIDE, SIDE))[None])
            self._interpreter.invoke()
            raw = self._interpreter.get_tensor(self._output["index"])[0]
        scale, zero_point = self._output["quantization"]
        depth = (raw.astype(np.float32) - zero_point) * scale
        depth = np.clip(depth, self.min_depth, self.max_depth)
        depth = np.pad(
            cv2.resize(depth, VIEW[::-1]),
            [(TOP, WHOLE[0] - VIEW[0] - TOP), (LEFT, WHOLE[1] - VIEW[1] - LEFT)],
            mode="edge",
        )
        return cv2.resize(depth, image.shape[1::-1])


def is_fastdepth(path: str | os.PathLike) -> bool:
    """Whether a LiteRT file has FastDepth's input and quantised output."""
    if zipfile.is_zipfile(path):  # Metadata of this package, a zip behind the model.
        return False
    litert = require("ai_edge_litert.interpreter", "A .tflite file", "export")
    with contextlib.suppress(ValueError, RuntimeError), quiet():
        interpreter = litert.Interpreter(model_path=str(path))
        ends = [*interpreter.get_input_details(), *interpreter.get_output_details()]
        return [(end["dtype"], tuple(end["shape"])) for end in ends] == [
            (np.uint8, (1, SIDE, SIDE, 3)),
            (np.uint8, (1, SIDE, SIDE, 1)),
        ]
    return False
