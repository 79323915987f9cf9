"""A SavedModel on disk -> an estimator like any other."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.runtimes.artefact_metadata import LARGEST_METADATA, parse_metadata
from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator, damaged

if TYPE_CHECKING:
    from tensorflow.types.experimental import ConcreteFunction

METADATA_FILE = Path("assets.extra", "metadata.json")
SIGNATURE = "serving_default"


class SavedModelEstimator(RuntimeEstimator):
    """Predicts with an exported SavedModel.

    A SavedModel is a program: load only what you trust.

    Args:
        path: Folder of the SavedModel. Its `serving_default` takes uint8 images [N, H, W, 3] and
            gives float32 metres [N, H, W, 1].

    Raises:
        ValueError: If the folder holds no SavedModel, a damaged one, one with a weight that is not
            finite, or one that takes or gives something else.
    """

    def __init__(self, path: str | os.PathLike):
        path = Path(path)
        if not (path / "saved_model.pb").is_file():
            raise ValueError(f"Not a SavedModel: no saved_model.pb in it. Received: '{path}'")
        metadata = path / METADATA_FILE
        text = b"{}"
        if metadata.is_file():
            with metadata.open("rb") as file:
                text = file.read(LARGEST_METADATA + 1)
        super().__init__(path, parse_metadata(text, metadata))
        try:
            # The signature dies with the loaded object, so that is kept.
            self._loaded = tf.saved_model.load(str(path))
        except Exception as error:  # protobuf, TensorFlow and file errors, each with their own.
            raise damaged(path, "SavedModel", error) from error
        function = self._loaded.signatures.get(SIGNATURE)
        inputs = {} if function is None else function.structured_input_signature[1]
        outputs = {} if function is None else function.structured_outputs
        self._check_signature(*_only(inputs), *_only(outputs))
        (self._input_name,), (self._output_name,) = inputs, outputs
        check_finite_weights(_weights(function), path)

    def _run(self, images: np.ndarray) -> np.ndarray:
        function = self._loaded.signatures[SIGNATURE]
        return function(**{self._input_name: tf.constant(images)})[self._output_name].numpy()


def _weights(function: "ConcreteFunction") -> Iterator[tuple[str, np.ndarray]]:
    """Names and values of a signature's variables, and of the constants that its graph holds."""
    for variable in function.variables:
        if variable.dtype.is_floating:
            yield variable.name, variable.numpy()
    graph = function.graph.as_graph_def()
    bodies = [graph.node, *(body.node_def for body in graph.library.function)]
    for node in (node for body in bodies for node in body if node.op == "Const"):
        if tf.as_dtype(node.attr["dtype"].type).is_floating:
            yield node.name, tf.make_ndarray(node.attr["value"].tensor)


def _only(specs: dict[str, tf.TensorSpec]) -> tuple:
    """NumPy dtype and shape of a single tensor."""
    if len(specs) != 1:
        return None, None
    (spec,) = specs.values()
    shape = None if spec.shape.rank is None else tuple(spec.shape)
    return spec.dtype.as_numpy_dtype, shape
