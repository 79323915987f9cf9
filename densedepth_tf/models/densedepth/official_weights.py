"""Reading the published weights: HDF5 files of Keras 2.2.4, by layer name, strictly.

Keras 3 cannot deserialise `nyu.h5` and `kitti.h5`; the network is built here and the tensors are
copied in. No code or configuration stored in the file is executed.
"""

import os
import warnings
from pathlib import Path

import h5py
import numpy as np

from densedepth_tf.models.densedepth.network import DenseDepth

ENCODER_OF_CHANNELS = {1024: "densenet121", 1664: "densenet169", 1920: "densenet201"}
NYU_IMAGE_SIZE, NYU_RANGE = (480, 640), (0.1, 10.0)
KITTI_IMAGE_SIZE, KITTI_RANGE = (384, 1280), (1.0, 80.0)


def load_official(
    path: str | os.PathLike, min_depth: float | None = None, max_depth: float | None = None
) -> DenseDepth:
    """Builds the DenseDepth whose weights an official `.h5` file holds.

    Encoder and variant are told from the shapes. A file with "kitti" in its name is taken to
    be for 1..80 m and 384x1280 pixels, any other for 0.1..10 m and 480x640, as published.

    Args:
        path: `nyu.h5`, `kitti.h5` or a file of the same layout.
        min_depth: Smallest depth in metres, if it is another one.
        max_depth: Largest depth in metres, if it is another one.

    Raises:
        ValueError: If the file is no such file, or a tensor is missing, left over or of another
            shape than the network's.
    """
    tensors = read_tensors(path)
    if "conv2/kernel" not in tensors:
        raise ValueError(
            f"The file has no layer 'conv2': not the weights of a DenseDepth. Received: '{path}'"
        )
    channels, filters = tensors["conv2/kernel"].shape[-2:]
    if channels not in ENCODER_OF_CHANNELS:
        raise ValueError(
            "The decoder's first layer takes 1024, 1664 or 1920 channels (DenseNet-121, -169, "
            f"-201). Received: {channels} channels in '{path}'"
        )
    name = Path(path).name.lower()
    kitti = "kitti" in name
    if not kitti and "nyu" not in name and min_depth is None and max_depth is None:
        warnings.warn(
            f"'{path}' has neither nyu nor kitti in its name: taken to be NYU's, 0.1 to 10 m",
            stacklevel=2,
        )
    low, high = KITTI_RANGE if kitti else NYU_RANGE
    model = DenseDepth(
        encoder=ENCODER_OF_CHANNELS[channels],
        variant="official" if filters == channels else "repo",
        encoder_weights=None,
        decoder_filters=int(filters),
        min_depth=low if min_depth is None else min_depth,
        max_depth=high if max_depth is None else max_depth,
        image_size=KITTI_IMAGE_SIZE if kitti else NYU_IMAGE_SIZE,
    )
    assign_by_name(model, tensors, path)
    return model


def read_tensors(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """All weights of a Keras 2 HDF5 file, as `"<layer>/<variable>"`, '/' in layer names as '_'.

    Raises:
        ValueError: If it is not an HDF5 file with Keras 2 weights.
    """
    try:
        with h5py.File(path, "r") as file:
            root = file.get("model_weights", file)
            tensors = {}
            for layer in _names(root, "layer_names"):
                for weight in _names(root[layer], "weight_names"):
                    variable = weight.rsplit("/", 1)[-1].split(":")[0]
                    tensors[f"{layer.replace('/', '_')}/{variable}"] = np.asarray(
                        root[layer][weight], np.float32
                    )
            return tensors
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"Cannot read Keras 2 weights from the file ({error}). Received: '{path}'"
        ) from error


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """A list of names; Keras splits long ones into `<attribute>0`, `<attribute>1`, ..."""
    chunks = [attribute]
    if attribute not in group.attrs:
        num_chunks = sum(name.startswith(attribute) for name in group.attrs)
        chunks = [f"{attribute}{index}" for index in range(num_chunks)] or [attribute]
    names = [name for chunk in chunks for name in group.attrs[chunk]]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def assign_by_name(
    model: DenseDepth, tensors: dict[str, np.ndarray], path: str | os.PathLike
) -> None:
    """Sets every weight of `model` from `tensors`; nothing may be missing or left over."""
    variables = {
        f"{layer.name}/{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
    }
    missing = sorted(variables.keys() - tensors.keys())
    left_over = sorted(tensors.keys() - variables.keys())
    if missing or left_over:
        raise ValueError(
            f"The file's tensors are not the network's: {len(missing)} missing {missing[:3]}, "
            f"{len(left_over)} left over {left_over[:3]}. Received: '{path}'"
        )
    for name, variable in variables.items():
        if tuple(variable.shape) != tensors[name].shape:
            raise ValueError(
                f"Tensor {name} has shape {tensors[name].shape}, the network needs "
                f"{tuple(variable.shape)}. Received: '{path}'"
            )
    for name, variable in variables.items():
        variable.assign(tensors[name])
