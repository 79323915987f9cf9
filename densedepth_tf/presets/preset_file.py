"""A trained DenseDepth as one small file: float16 kernels, and nothing that could run code."""

import json
import os
import zipfile

import numpy as np

from densedepth_tf.atomic import atomic_path
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.models.precision import dtype_policy

_MODEL = "model"
_FORMAT = "densedepth_tf preset 1"


def write_preset(model: DenseDepth, path: str | os.PathLike) -> None:
    """Writes a model as a NumPy archive (.npz), about two bytes a parameter.

    Kernels are rounded to float16; vectors (biases and batch statistics, of which some variances
    are too small for it) stay float32. Optimiser and loss are left out.

    Args:
        model: A trained model.
        path: The file to write.

    Raises:
        ValueError: If it is another kind of model, or a weight does not fit into float16.
        OSError: If the file cannot be written.
    """
    if not isinstance(model, DenseDepth):
        raise ValueError(f"A preset is made of a DenseDepth. Received: a {type(model).__name__}")
    tensors = {}
    for name, variable in _variables(model).items():
        value = np.asarray(variable, np.float32)
        with np.errstate(over="ignore"):  # Said below.
            tensors[name] = value.astype(np.float16) if value.ndim > 1 else value
        if not np.isfinite(tensors[name]).all():
            raise ValueError(f"Weight {name} is not finite, or too large for float16.")
    description = json.dumps({"format": _FORMAT, "config": model.get_config()})
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **{_MODEL: np.array(description)}, **tensors)


def read_preset(path: str | os.PathLike) -> DenseDepth:
    """Builds the float32 model that a file of `write_preset` holds; nothing in it is executed.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or another kind of file.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            tensors = {name: archive[name] for name in archive.files}
        description = json.loads(str(tensors.pop(_MODEL)))
        if description["format"] != _FORMAT:
            raise ValueError(f"format '{description['format']}'")
        config = description["config"]
        with dtype_policy("float32"):
            model = DenseDepth(**config)
        variables = _variables(model)
        if variables.keys() != tensors.keys():
            raise ValueError(f"it lacks {sorted(variables.keys() ^ tensors.keys())[:3]}")
        for name, variable in variables.items():
            variable.assign(tensors[name].astype(np.float32))
    except FileNotFoundError:
        raise
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ValueError(
            f"The preset is damaged or no file of `densedepth preset` ({reason}). "
            f"Received: '{path}'"
        ) from error
    return model


def _variables(model: DenseDepth) -> dict:
    """Every weight by `layer/variable`."""
    return {
        f"{layer.name}/{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
    }
