"""A SavedModel on disk -> an estimator like any other."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from densedepth_tf.models.depth_estimator import check_images

METADATA_FILE = Path("assets.extra", "metadata.json")
SIGNATURE = "serving_default"


class SavedModelEstimator:
    """Predicts with an exported SavedModel; none of this package's network code is used.

    A SavedModel is a program: load only what you trust.

    Args:
        path: Folder of the SavedModel. Its `serving_default` takes uint8 images [N, H, W, 3] and
            gives float32 metres [N, H, W, 1].

    Attributes:
        min_depth: Smallest depth in metres, None where the SavedModel does not say.
        max_depth: Largest depth in metres, None where the SavedModel does not say.
        metadata: What the exporter wrote beside it; empty for a SavedModel from elsewhere.

    Raises:
        ValueError: If the folder holds no SavedModel, a damaged one, or one that takes or gives
            something else.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        if not (self.path / "saved_model.pb").is_file():
            raise ValueError(f"Not a SavedModel: no saved_model.pb in it. Received: '{self.path}'")
        try:
            # The signature dies with the loaded object, so that is kept.
            self._loaded = tf.saved_model.load(str(self.path))
        except Exception as error:  # protobuf, TensorFlow and file errors, each with their own.
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise ValueError(
                f"The SavedModel is damaged or incomplete ({reason}). Received: '{self.path}'"
            ) from error
        self._input_name, self._output_name, self._shape = self._check_signature()
        self.metadata = self._read_metadata()
        self.min_depth = self.metadata.get("min_depth")
        self.max_depth = self.metadata.get("max_depth")

    def predict_depth(self, images: Any, batch_size: int = 8) -> np.ndarray:
        """Depth in metres for images of any size.

        Args:
            images: RGB array (N, H, W, 3) or (H, W, 3); uint8, or float in [0, 1], which is
                rounded to uint8.
            batch_size: Images that pass through the network at once.

        Returns:
            float32 array (N, H, W, 1) or (H, W, 1), metres.

        Raises:
            ValueError: If the shape, dtype or value range is none of the above.
        """
        images = check_images(images)
        if images.dtype != np.uint8:
            images = (np.clip(images, 0, 1) * 255).round().astype(np.uint8)
        batch = images[None] if images.ndim == 3 else images
        if not self._shape[1:].is_compatible_with(batch.shape[1:]):
            raise ValueError(
                f"The SavedModel '{self.path}' takes images of shape {self._shape[1:]} only. "
                f"Received: shape {batch.shape[1:]}"
            )
        function = self._loaded.signatures[SIGNATURE]
        depth = np.zeros((*batch.shape[:3], 1), np.float32)
        for start in range(0, len(batch), batch_size):
            part = slice(start, start + batch_size)
            outputs = function(**{self._input_name: tf.constant(batch[part])})
            depth[part] = outputs[self._output_name].numpy()
        return depth[0] if images.ndim == 3 else depth

    def _check_signature(self) -> tuple[str, str, tf.TensorShape]:
        function = self._loaded.signatures.get(SIGNATURE)
        inputs = {} if function is None else function.structured_input_signature[1]
        outputs = {} if function is None else function.structured_outputs
        if len(inputs) == 1 and len(outputs) == 1:
            (input_name, taken), (output_name, given) = *inputs.items(), *outputs.items()
            if (
                taken.dtype == tf.uint8
                and taken.shape.is_compatible_with((None, None, None, 3))
                and given.dtype == tf.float32
                and given.shape.is_compatible_with((None, None, None, 1))
            ):
                return input_name, output_name, taken.shape
        raise ValueError(
            f"The SavedModel's {SIGNATURE} must take uint8 images [N, H, W, 3] and give float32 "
            f"metres [N, H, W, 1]; export.py writes such ones. Received: '{self.path}'"
        )

    def _read_metadata(self) -> dict[str, Any]:
        path = self.path / METADATA_FILE
        if not path.is_file():
            return {}
        try:
            metadata = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise ValueError(f"'{path}' is damaged: {error}") from error
        if not isinstance(metadata, dict):
            raise ValueError(f"'{path}' is damaged: it holds a {type(metadata).__name__}")
        return metadata
