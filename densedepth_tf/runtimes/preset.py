"""A preset's file in ONNX Runtime: the first depth map within a second."""

import os

from densedepth_tf.runtimes.onnx_session import ONNXSessionEstimator, open_session
from densedepth_tf.runtimes.preset_archive import damaged_preset, read_archive


class PresetEstimator(ONNXSessionEstimator):
    """Predicts with a file of `write_preset` in ONNX Runtime, without TensorFlow.

    `read_preset` makes the Keras model of it, which can be trained on; depth is the same up to
    rounding.

    Args:
        path: The `.npz` file.
        num_threads: Threads that compute; all available cores by default.

    Attributes:
        name: The model's name.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If the package `onnxruntime` is missing.
        ValueError: If the file is damaged, another kind of file or without ONNX graph.
    """

    def __init__(self, path: str | os.PathLike, num_threads: int | None = None):
        archive = read_archive(path)
        if archive.graph is None:
            raise damaged_preset(path, "it has no ONNX graph")
        session = open_session(path, "preset", archive.graph, archive.weights, num_threads)
        super().__init__(path, archive.config, session)
        self.name = archive.config["name"]
