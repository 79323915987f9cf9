"""A preset's file in ONNX Runtime: the first depth map within half a second."""

import os

from densedepth_tf.inference.onnx import ONNXEstimator
from densedepth_tf.inference.runtime_estimator import RuntimeEstimator
from densedepth_tf.presets.preset_archive import PresetArchive, damaged_preset, read_archive


class PresetEstimator(ONNXEstimator):
    """Predicts with a file of `write_preset` in ONNX Runtime, without TensorFlow.

    `read_preset` makes the Keras model of it, which can be trained on; depth is the same up to
    rounding.

    Args:
        path: The `.npz` file.
        archive: Its content, where that has been read.

    Attributes:
        name: The model's name.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If the package `onnxruntime` is missing.
        ValueError: If the file is damaged, another kind of file or without ONNX graph.
    """

    def __init__(self, path: str | os.PathLike, archive: PresetArchive | None = None):
        archive = archive or read_archive(path)
        if archive.graph is None:
            raise damaged_preset(path, ValueError("it has no ONNX graph"))
        self._start(path, archive.graph, None, archive.weights)
        RuntimeEstimator.__init__(self, path, archive.config)
        self.name = archive.config.get("name", "densedepth")
        self._check()
