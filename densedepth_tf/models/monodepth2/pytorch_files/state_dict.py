"""PyTorch files of tensors by name, read without running what they may hold, assigned strictly."""

import os
from typing import Any

import keras
import numpy as np

from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.models.monodepth2.pytorch_files.official_names import is_unused, to_keras_layout
from densedepth_tf.models.tensor_names import check_names
from densedepth_tf.process.first_line import first_line
from densedepth_tf.process.optional_package import require


def read_state_dict(path: str | os.PathLike) -> dict[str, Any]:
    """Reads a `.pth` file with `torch.load(weights_only=True)`.

    Returns:
        The file's dict: tensors as NumPy arrays, plain values (sizes, flags) as they are.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If PyTorch is not installed.
        ValueError: If the file is damaged or holds anything but tensors and plain values.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f"No such PyTorch file. Received: '{path}'")
    torch = require("torch", "Reading PyTorch's .pth files", extra="torch")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle, zipfile and PyTorch each have their own.
        reason = first_line(error)
        raise ValueError(
            f"The file is damaged or no PyTorch file of weights ({reason}). Received: '{path}'"
        ) from error
    if not isinstance(content, dict):
        raise ValueError(
            f"The file holds a {type(content).__name__}, not tensors by name. Received: '{path}'"
        )
    return {
        str(name): value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value
        for name, value in content.items()
    }


def assign_state_dict(
    variables: dict[str, keras.Variable], tensors: dict[str, Any], path: str | os.PathLike
) -> None:
    """Sets every variable from PyTorch's tensors; nothing may be missing or left over.

    Args:
        variables: Variables by official name.
        tensors: Content of the file, with the same names.
        path: The file, for messages.

    Raises:
        ValueError: If a tensor is missing, left over or of another shape; it is named. As
            `check_finite_weights`.
    """
    tensors = {name: value for name, value in tensors.items() if not is_unused(name)}
    check_names(variables, tensors, path)
    arrays = {}
    for name, variable in variables.items():
        arrays[name] = to_keras_layout(np.asarray(tensors[name]))
        if arrays[name].shape != tuple(variable.shape):
            raise ValueError(
                f"Tensor {name} has shape {np.shape(tensors[name])}, which does not fit the "
                f"network's {tuple(variable.shape)}. Received: '{path}'"
            )
    check_finite_weights(arrays.items(), path)
    for name, variable in variables.items():
        variable.assign(arrays[name])
