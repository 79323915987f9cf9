"""A model as a folder of plain files, to keep and to share: nothing in it is executed."""

import datetime
import json
import os
from pathlib import Path
from typing import Any

import keras

from densedepth_tf.files.atomic import atomic_path, write_json, write_text
from densedepth_tf.files.outputs.staged_output import staged_output
from densedepth_tf.files.regular_file import check_regular_file
from densedepth_tf.files.writable_folder import check_writable_folder
from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.eigen.network import Eigen
from densedepth_tf.models.keras_model.precision import dtype_policy, in_float32
from densedepth_tf.models.monodepth2.depth_network import Monodepth2
from densedepth_tf.presets.preset_card import preset_card
from densedepth_tf.version import __version__

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.weights.h5"
METADATA_FILE, CARD_FILE = "metadata.json", "README.md"
FILES = (CONFIG_FILE, WEIGHTS_FILE, METADATA_FILE, CARD_FILE)
FAMILIES = {family.__name__: family for family in (DenseDepth, Monodepth2, Eigen)}
LARGEST_TEXT = 2**20  # Bytes of a configuration.


def write_preset_folder(model: DepthEstimator, folder: str | os.PathLike) -> None:
    """Writes a model's configuration, float32 weights, versions and model card into a folder.

    A model card that is there already is kept.

    Args:
        model: The model.
        folder: A path, or an address in a bucket.

    Raises:
        ValueError: If it is a model of no family of this package.
        OSError: If the folder cannot be written.
    """
    if type(model) not in FAMILIES.values():
        raise ValueError(
            f"Presets are made of {', '.join(FAMILIES)}. Received: a {type(model).__name__}"
        )
    if not isinstance(model.constructor_arguments().get("encoder", ""), str):
        raise ValueError(
            "Presets name their encoder: save a model with an encoder of your own as a .keras "
            f"file, or build it by `register_encoder`. Received: '{model.name}'"
        )
    with staged_output(
        folder, "folder", looks_at=lambda name: "/" not in name, completes=[CONFIG_FILE]
    ) as here:
        check_writable_folder(here)
        model = in_float32(model)
        config = {"class_name": type(model).__name__, "config": model.constructor_arguments()}
        with atomic_path(here / WEIGHTS_FILE) as temporary:
            model.save_weights(temporary)
        write_json(here / METADATA_FILE, _metadata(model))
        if not (here / CARD_FILE).exists():
            write_text(here / CARD_FILE, preset_card(model))
        write_json(here / CONFIG_FILE, config)  # Last: it makes the folder a preset.


def is_preset_folder(path: str | os.PathLike) -> bool:
    """Whether a folder was written by `write_preset_folder`."""
    return all((Path(path) / name).is_file() for name in (CONFIG_FILE, WEIGHTS_FILE))


def read_preset_folder(path: str | os.PathLike) -> DepthEstimator:
    """The float32 model that a folder of `write_preset_folder` holds.

    Raises:
        FileNotFoundError: If it is no such folder.
        ValueError: If its files are damaged or belong to no family of this package.
    """
    folder = Path(path)
    if not is_preset_folder(folder):
        raise FileNotFoundError(
            f"A preset's folder holds {CONFIG_FILE} and {WEIGHTS_FILE} (`save_to_preset`). "
            f"Received: '{path}'"
        )
    described = _read_json(folder / CONFIG_FILE)
    try:
        family = FAMILIES[described["class_name"]]
        config = {**described["config"], "encoder_weights": None}
        if not isinstance(config.get("encoder", ""), str):
            raise ValueError("its encoder is no name")
        if family is Eigen:
            del config["encoder_weights"]
        with dtype_policy("float32"):
            model = family(**config)
        check_regular_file(folder / WEIGHTS_FILE)
        model.load_weights(folder / WEIGHTS_FILE)
    except (KeyError, TypeError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"The preset is damaged ({reason}). Received: '{path}'") from error
    check_finite_weights(((weight.path, weight) for weight in model.weights), path)
    return model


def _read_json(path: Path) -> dict[str, Any]:
    check_regular_file(path)
    if path.stat().st_size > LARGEST_TEXT:
        raise ValueError(f"No preset's configuration is that large. Received: '{path}'")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"The file is no JSON ({error}). Received: '{path}'") from error
    if not isinstance(values, dict):
        raise ValueError(f"The file is no configuration. Received: '{path}'")
    return values


def _metadata(model: DepthEstimator) -> dict[str, Any]:
    return {
        "densedepth_tf_version": __version__,
        "keras_version": keras.__version__,
        "parameter_count": model.count_params(),
        "min_depth": model.min_depth,
        "max_depth": model.max_depth,
        "focal_length": model.focal_length,
        "date_saved": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
