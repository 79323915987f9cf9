"""`from_preset` of every model: a name, a folder, a small file or an address on the Hub.

What models need of this room is here: `models.preset_shelf`.
"""

import os
from pathlib import Path

import keras

from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.keras_model.precision import dtype_policy
from densedepth_tf.presets.hub import HUB, fetch
from densedepth_tf.presets.preset_file import read_preset
from densedepth_tf.presets.preset_folder import read_preset_folder, write_preset_folder
from densedepth_tf.presets.presets import PRESETS, described, load_preset
from densedepth_tf.process.wording import did_you_mean

__all__ = ["described", "model_from_preset", "write_preset_folder"]


def model_from_preset(
    family: type[DepthEstimator],
    preset: str | os.PathLike,
    dtype: str | keras.DTypePolicy | None = None,
    max_depth: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> DepthEstimator:
    """A trained model, see `DepthEstimator.from_preset`, whose arguments these are.

    Args:
        family: The class that it is to be of.
        preset: As there.
        dtype: As there.
        max_depth: As there.
        image_size: As there.
    """
    model = _read(preset)
    if not isinstance(model, family):
        raise ValueError(
            f"The preset is a {type(model).__name__}: call {type(model).__name__}.from_preset. "
            f"Received: '{preset}' for {family.__name__}"
        )
    if max_depth is not None:
        model = model.with_max_depth(max_depth)
    policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy()).name
    if policy == "float32" and image_size in (None, model.image_size):
        return model
    config = model.constructor_arguments()
    if image_size is not None:
        config["image_size"] = image_size
        if model.focal_length is not None and model.image_size is not None:
            # In pixels of what the network sees it stays what it was.
            config["focal_length"] = model.focal_length * model.image_size[1] / image_size[1]
    with dtype_policy(policy):
        changed = type(model)(**config)
    try:
        changed.set_weights(model.get_weights())
    except ValueError as error:
        raise ValueError(
            f"A {type(model).__name__} takes images of one size, which its layers know. "
            f"Received: image_size={image_size} for a preset of {model.image_size}"
        ) from error
    return changed


def _read(preset: str | os.PathLike) -> DepthEstimator:
    name = os.fspath(preset)
    if name.startswith(HUB):
        return read_preset_folder(fetch(name))
    path = Path(name)
    if name in PRESETS and not path.exists():
        return load_preset(name)
    if path.is_dir():
        return read_preset_folder(path)
    if path.suffix == ".npz":
        return read_preset(path)
    raise ValueError(
        f"A preset is one of {', '.join(PRESETS)}, a folder of `save_to_preset`, a file of "
        f"`densedepth preset` or hf://USER/NAME.{did_you_mean(name, PRESETS)} Received: '{name}'"
    )
