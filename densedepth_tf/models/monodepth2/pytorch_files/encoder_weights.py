"""Pre-trained weights for the ResNet encoders: torchvision's, or a file of Keras weights."""

import hashlib
import os
import warnings
from pathlib import Path

import keras
import numpy as np

from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.local_copy import on_this_machine
from densedepth_tf.files.told_as import told_as
from densedepth_tf.models.monodepth2.pytorch_files.official_names import (
    is_unused,
    official_variables,
)
from densedepth_tf.models.monodepth2.pytorch_files.state_dict import (
    assign_state_dict,
    read_state_dict,
)
from densedepth_tf.models.monodepth2.resnet import PREFIX, get_resnet, resnet_model
from densedepth_tf.process.first_line import first_line
from densedepth_tf.process.optional_package import require

TORCHVISION_URL = "https://download.pytorch.org/models/"
PYTORCH_SUFFIXES = (".pth", ".pt")
FIRST_KERNEL = "conv1.weight"


def load_encoder_weights(
    model: keras.Model, name: str, weights: str | None, num_images: int = 1
) -> None:
    """Puts pre-trained weights into the encoder's layers of a model.

    Args:
        model: A model that contains `build_resnet(name)`'s layers.
        name: A key of `RESNETS`.
        weights: `"imagenet"` (torchvision's file, downloaded once), None or `"none"` (nothing
            is done), a `.pth` file of torchvision's names, or a file of Keras weights of
            `resnet_model(name)`; a file may be named by its address in a bucket.
        num_images: Images stacked at the model's input. Weights for one image are repeated
            along the first kernel's channels and divided by their number.

    Raises:
        FileNotFoundError: If the file does not exist.
        OSError: If it cannot be downloaded.
        ImportError: If PyTorch is needed and missing.
        ValueError: If the download fails or the file does not fit the encoder.
    """
    if weights is None or weights == "none":
        return
    if is_bucket(weights):
        here = os.fspath(on_this_machine(weights))
        with told_as(here, weights):
            load_encoder_weights(model, name, here, num_images)
        return
    if weights == "imagenet":
        weights = _download(name)
    if not os.path.isfile(weights):
        raise FileNotFoundError(
            "Encoder weights are 'imagenet', 'none' or an existing file (`encoder_weights`). "
            f"Received: '{weights}'"
        )
    pretrained = resnet_model(name, num_images)
    if Path(weights).suffix in PYTORCH_SUFFIXES:
        tensors = {f"{PREFIX}.{key}": value for key, value in read_state_dict(weights).items()}
        tensors = {key: value for key, value in tensors.items() if not is_unused(key)}
        first = f"{PREFIX}.{FIRST_KERNEL}"
        kernel = np.asarray(tensors.get(first))
        if num_images > 1 and kernel.ndim == 4 and kernel.shape[1] == 3:
            tensors[first] = np.tile(kernel, (1, num_images, 1, 1)) / num_images
        assign_state_dict(official_variables(pretrained), tensors, weights)
    else:
        _load_keras_weights(pretrained, name, weights, num_images)
    for layer in pretrained.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())


def _load_keras_weights(pretrained: keras.Model, name: str, path: str, num_images: int) -> None:
    """Loads a file of `resnet_model(name)`, which is for one image, strictly."""
    single = resnet_model(name)
    single.set_weights([np.full_like(values, np.nan) for values in single.get_weights()])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # One for every layer of a file that does not fit.
            single.load_weights(path)
        if not all(np.isfinite(values).all() for values in single.get_weights()):
            raise ValueError("layers are missing in it, or their values are not finite.")
    except Exception as error:  # HDF5, zipfile and Keras each have their own.
        reason = first_line(error)
        raise ValueError(
            f"The file does not hold Keras weights of this package's {name} (resnet_model): "
            f"{reason} Received: '{path}'"
        ) from error
    for layer in single.layers:
        values = layer.get_weights()
        if layer.name == f"{PREFIX}_conv1":
            values = [np.tile(values[0], (1, 1, num_images, 1)) / num_images]
        if values:
            pretrained.get_layer(layer.name).set_weights(values)


def _download(name: str) -> str:
    """Path of torchvision's ImageNet weights, downloaded into Keras' cache if need be."""
    file = get_resnet(name).imagenet_file
    hint = (
        "Pass a file made elsewhere with `encoder_weights=FILE`, or train from scratch with "
        "`encoder_weights='none'`"
    )
    try:
        require("torch", f"Reading torchvision's ImageNet weights of {name}", extra="torch")
    except ImportError as error:
        raise ImportError(f"{error}. {hint}") from error
    try:
        path = keras.utils.get_file(file, TORCHVISION_URL + file, cache_subdir="models")
    except Exception as error:  # Keras raises a bare Exception when a download fails.
        reason = first_line(error)
        raise ValueError(
            f"Could not download the ImageNet weights of {name}: {reason}. {hint}"
        ) from error
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    if not digest.startswith(Path(file).stem.split("-")[1]):
        raise ValueError(f"The download is damaged: delete it and try again. Received: '{path}'")
    return path
