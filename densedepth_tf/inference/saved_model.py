"""A SavedModel on disk -> an estimator like any other."""

import os
from pathlib import Path

import numpy as np
import tensorflow as tf

from densedepth_tf.inference.runtime_estimator import RuntimeEstimator, damaged, parse_metadata

METADATA_FILE = Path("assets.extra", "metadata.json")
SIGNATURE = "serving_default"


class SavedModelEstimator(RuntimeEstimator):
    """Predicts with an exported SavedModel.

    A SavedModel is a program: load only what you trust.

    Args:
        path: Folder of the SavedModel. Its `serving_default` takes uint8 images [N, H, W, 3] and
            gives float32 metres [N, H, W, 1].

    Raises:
        ValueError: If the folder holds no SavedModel, a damaged one, or one that takes or gives
            something else.
    """

    def __init__(self, path: str | os.PathLike):
        path = Path(path)
        if not (path / "saved_model.pb").is_file():
            raise ValueError(f"Not a SavedModel: no saved_model.pb in it. Received: '{path}'")
        metadata = path / METADATA_FILE
        text = metadata.read_bytes() if metadata.is_file() else b"{}"
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

    def _run(self, images: np.ndarray) -> np.ndarray:
        function = self._loaded.signatures[SIGNATURE]
        return function(**{self._input_name: tf.constant(images)})[self._output_name].numpy()


def _only(specs: dict[str, tf.TensorSpec]) -> tuple:
    """NumPy dtype and shape of a single tensor."""
    if len(specs) != 1:
        return None, None
    (spec,) = specs.values()
    shape = None if spec.shape.rank is None else tuple(spec.shape)
    return spec.dtype.as_numpy_dtype, shape
