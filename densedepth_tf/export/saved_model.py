"""DepthEstimator -> TensorFlow SavedModel: uint8 RGB of any size in, float32 metres out."""

import os
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from densedepth_tf import __version__
from densedepth_tf.atomic import atomic_path, write_json
from densedepth_tf.export.parity import FLOAT32_BOUND, Parity, check_parity
from densedepth_tf.inference.saved_model import METADATA_FILE, SavedModelEstimator
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.precision import in_float32

SAVED_MODEL_ENTRIES = {"saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra"}


def export_saved_model(
    model: DepthEstimator, path: str | os.PathLike, bound: float = FLOAT32_BOUND
) -> Parity:
    """Writes a SavedModel, loads it back and compares it before it takes its place.

    `serving_default` takes `images`, uint8 [N, H, W, 3] RGB of any size, and gives `depth`,
    float32 [N, H, W, 1] metres of the same size; resizing and units are inside the graph. Only
    TensorFlow is needed to load it. `assets.extra/metadata.json` says the units, the range and
    the measured difference.

    Args:
        model: The model. One that computes in half precision is exported as its float32 twin,
            and compared with it.
        path: Folder to write; an earlier SavedModel there is replaced.
        bound: Largest relative difference of any pixel's depth that is accepted.

    Returns:
        The measured difference.

    Raises:
        ValueError: If `path` holds something else, or the SavedModel differs by more than
            `bound`; then `path` is left as it was.
        OSError: If the folder cannot be written.
    """
    path = Path(path)
    check_replaceable(path)
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Exporting a SavedModel needs KERAS_BACKEND=tensorflow. "
            f"Received: KERAS_BACKEND={keras.backend.backend()}"
        )
    twin = in_float32(model)
    is_float32 = all(layer.compute_dtype == "float32" for layer in model.layers)
    with atomic_path(path) as temporary:
        module = _ServingModule(twin)
        try:
            signatures = {"serving_default": module.serve}
            tf.saved_model.save(module, str(temporary), signatures=signatures)
        except tf.errors.OpError as error:
            # TensorFlow puts the message between names of its own.
            reason = error.message.rsplit("; ", 1)[-1].split(" [Op:")[0]
            raise OSError(f"Cannot write the SavedModel '{path}': {reason}") from error
        exported = SavedModelEstimator(temporary)
        parity = check_parity(model if is_float32 else twin, exported, bound)
        write_json(temporary / METADATA_FILE, _metadata(twin, parity))
    return parity


def check_replaceable(path: Path) -> None:
    """Checks that writing a SavedModel to `path` destroys nothing but an earlier one.

    Raises:
        ValueError: If there is a file, or a folder with anything else in it.
    """
    if not os.path.lexists(path):
        return
    others = {path.name}
    if path.is_dir():
        others = {entry.name for entry in path.iterdir()} - SAVED_MODEL_ENTRIES
    if others:
        raise ValueError(
            f"--output must be a new folder or an earlier SavedModel; '{sorted(others)[0]}' is in "
            f"the way. Received: '{path}'"
        )


class _ServingModule(tf.Module):
    """What is saved: the weights and one function."""

    def __init__(self, model: DepthEstimator):
        super().__init__(name="depth")
        self._weights = [variable.value for variable in model.variables]
        signature = [tf.TensorSpec((None, None, None, 3), tf.uint8, name="images")]

        def serve(images: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"depth": model.depth_function(images)}

        self.serve = tf.function(serve, input_signature=signature)


def _metadata(model: DepthEstimator, parity: Parity) -> dict[str, Any]:
    return {
        "format": "savedmodel",
        "producer": f"densedepth-tf {__version__}",
        "model": type(model).__name__,
        "config": model.get_config(),
        "input": {"name": "images", "dtype": "uint8", "shape": "N,H,W,3", "channels": "RGB"},
        "output": {"name": "depth", "dtype": "float32", "shape": "N,H,W,1", "unit": "metre"},
        "min_depth": model.min_depth,
        "max_depth": model.max_depth,
        "image_size": model.image_size,
        "parity": parity.as_dict(),
    }
