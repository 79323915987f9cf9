"""Reading HDF5 files of Keras: the published weights, and a DenseDepth of one's own.

Keras 3 cannot deserialise `nyu.h5` and `kitti.h5`, which Keras 2.2.4 wrote; the network is built
here and the tensors are copied in, by layer name and strictly. No code stored in the file is
executed.
"""

import json
import os
import re
import warnings
from typing import Any

import h5py
import numpy as np

from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.models.densedepth.decoder_widths import check_decoder_widths, decoder_widths
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.models.keras_model.rebuilt_model import DTYPE, LAYER_DTYPES
from densedepth_tf.models.tensor_names import check_names

ENCODER_OF_CHANNELS = {1024: "densenet121", 1664: "densenet169", 1920: "densenet201"}
NYU_IMAGE_SIZE, NYU_RANGE = (480, 640), (0.1, 10.0)
KITTI_IMAGE_SIZE, KITTI_RANGE = (384, 1280), (1.0, 80.0)
# The official code leaves naming its activations to Keras; this package names them by block.
_ACTIVATION = re.compile(r"leaky_re_lu(_\d+)?|up\d_relu[AB]")
_VARIANT_OF_ACTIVATIONS = {4: "official", 8: "repo"}
_CURE = "save it as .keras instead, which every command takes"


def load_h5(
    path: str | os.PathLike, min_depth: float | None = None, max_depth: float | None = None
) -> DenseDepth:
    """Builds the DenseDepth that an `.h5` file holds.

    A DenseDepth that Keras 3 saved (`model.save("own.h5")`) is built from the arguments in the
    file. Of the official files, encoder and widths are told from the tensors' shapes and the
    variant from the activations in the list of layers: after both convolutions of an up-block, or
    after the second alone. They do not say their range of depth.

    Args:
        path: `nyu.h5`, `kitti.h5`, a file that the official code has trained, or one's own.
        min_depth: Smallest depth in metres of an official file; with `max_depth` missing, too,
            NYU's 0.1 to 10 are assumed, with a warning.
        max_depth: Largest depth in metres of an official file.

    Raises:
        ValueError: If the file is no such file, a tensor is missing, left over, not finite or of
            another shape than the network's, or the range is needed or not wanted.
    """
    class_name, config, layers, tensors = _read(path)
    given = min_depth is not None or max_depth is not None
    if class_name == DenseDepth.__name__:
        if given:
            raise ValueError(
                f"min_depth and max_depth are for official .h5 files; this one says its own range. "
                f"Received: '{path}'"
            )
        model = _build_own(config, tensors, path)
    elif "conv2/kernel" not in tensors:
        raise ValueError(
            f"The file has no layer 'conv2': not the weights of a DenseDepth, but of a "
            f"{class_name or 'network without a name'}; {_CURE}. Received: '{path}'"
        )
    else:
        depth_range = _official_range(path, min_depth, max_depth)
        model = _build_official(layers, tensors, depth_range, path)
    assign_by_name(model, tensors, path)
    return model


def _build_own(
    config: dict[str, Any], tensors: dict[str, np.ndarray], path: str | os.PathLike
) -> DenseDepth:
    """A DenseDepth of the arguments in the file, of which none may cost more than its weights.

    Its frozen layers stay frozen; it computes in float32, whatever it was trained in.
    """
    try:
        model_config = {**config, "encoder_weights": None}
        for name in (DTYPE, LAYER_DTYPES):
            model_config.pop(name, None)
        check_decoder_widths(model_config, tensors)
        return DenseDepth.from_config(model_config)
    except (TypeError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"The file's DenseDepth cannot be built ({reason}); {_CURE}. Received: '{path}'"
        ) from error


def _build_official(
    layers: list[str],
    tensors: dict[str, np.ndarray],
    depth_range: tuple[float, float],
    path: str | os.PathLike,
) -> DenseDepth:
    widths = decoder_widths(tensors)
    channels = tensors["conv2/kernel"].shape[-2]
    if channels not in ENCODER_OF_CHANNELS:
        raise ValueError(
            "The decoder's first layer takes 1024, 1664 or 1920 channels (DenseNet-121, -169, "
            f"-201). Received: {channels} channels in '{path}'"
        )
    num_activations = sum(bool(_ACTIVATION.fullmatch(name)) for name in layers)
    if num_activations not in _VARIANT_OF_ACTIVATIONS:
        raise ValueError(
            "The file lists 4 activations of the decoder (as published) or 8 (as the official "
            f"code trains). Received: {num_activations} in '{path}'"
        )
    halved = [widths[0] // 2**level for level in range(5)]
    return DenseDepth(
        encoder=ENCODER_OF_CHANNELS[channels],
        variant=_VARIANT_OF_ACTIVATIONS[num_activations],
        encoder_weights=None,
        decoder_filters=widths[0] if widths == halved else widths,
        min_depth=depth_range[0],
        max_depth=depth_range[1],
        image_size=KITTI_IMAGE_SIZE if depth_range == KITTI_RANGE else NYU_IMAGE_SIZE,
    )


def _official_range(
    path: str | os.PathLike, min_depth: float | None, max_depth: float | None
) -> tuple[float, float]:
    """What is given, else NYU's with a warning; a name that speaks against that is refused."""
    if min_depth is None and max_depth is None and "kitti" in os.path.basename(path).lower():
        raise ValueError(
            "The file does not say its range of depth, and NYU's 0.1 to 10 m would be wrong for "
            "streets: pass 1,80 (`model_range`; load(path, min_depth=1, max_depth=80)). "
            f"Received: '{path}'"
        )
    low = NYU_RANGE[0] if min_depth is None else float(min_depth)
    high = NYU_RANGE[1] if max_depth is None else float(max_depth)
    if min_depth is None or max_depth is None:
        warnings.warn(
            f"'{path}' does not say its range of depth: taken to be {low:g} to {high:g} m, as "
            "NYU's (`model_range` MIN,MAX, or load(path, min_depth=..., max_depth=...), tells "
            "it)",
            stacklevel=4,
        )
    return low, high


def _read(path: str | os.PathLike) -> tuple[str, dict[str, Any], list[str], dict[str, np.ndarray]]:
    """Class and arguments of the model (of Keras 3), names of all layers, and all weights.

    Weights are called `"<layer>/<variable>"`, with '/' in layer names as '_'.

    Raises:
        ValueError: If it is not an HDF5 file with a whole model of Keras.
    """
    try:
        with h5py.File(path, "r") as file:
            if "layers" in file and "model_weights" not in file:
                raise ValueError(
                    "it holds weights alone, as save_weights writes them: load them into the model "
                    "they came from (model.load_weights), then model.save('model.keras')"
                )
            description = json.loads(file.attrs.get("model_config", "{}"))
            root = file.get("model_weights", file)
            layers, tensors = _names(root, "layer_names"), {}
            for layer in layers:
                for weight in _names(root[layer], "weight_names"):
                    variable = weight.rsplit("/", 1)[-1].split(":")[0]
                    dataset = root[layer][weight]
                    if dataset.nbytes > os.path.getsize(path):
                        raise ValueError(f"{weight} is declared larger than the file")
                    tensors[f"{layer.replace('/', '_')}/{variable}"] = np.asarray(
                        dataset, np.float32
                    )
            return description.get("class_name", ""), description.get("config"), layers, tensors
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
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
    check_names(variables, tensors, path)
    for name, variable in variables.items():
        if tuple(variable.shape) != tensors[name].shape:
            raise ValueError(
                f"Tensor {name} has shape {tensors[name].shape}, the network needs "
                f"{tuple(variable.shape)}. Received: '{path}'"
            )
    check_finite_weights(tensors.items(), path)
    for name, variable in variables.items():
        variable.assign(tensors[name])
