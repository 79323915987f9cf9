"""Reading the published checkpoints: a folder of PyTorch files, by name, strictly."""

import os
from pathlib import Path
from typing import Any

import keras

from densedepth_tf.models.monodepth2.depth_network import Monodepth2
from densedepth_tf.models.monodepth2.pose_network import PoseNetwork
from densedepth_tf.models.monodepth2.pytorch_files.official_names import official_variables
from densedepth_tf.models.monodepth2.pytorch_files.state_dict import (
    assign_state_dict,
    read_state_dict,
)
from densedepth_tf.models.monodepth2.resnet import PREFIX
from densedepth_tf.models.monodepth2.training_size import SMALLEST_SIDE

DEPTH_FILES = ("encoder.pth", "depth.pth")
POSE_FILES = ("pose_encoder.pth", "pose.pth")
# What the official training writes beside the encoder's tensors.
SETTINGS = ("height", "width", "use_stereo")


def load_official(folder: str | os.PathLike) -> Monodepth2:
    """The depth network of a folder with `encoder.pth` and `depth.pth`.

    Encoder and training size are told from the file. Depth is in the units of the training,
    0.1 to 100; of networks trained on KITTI's stereo pairs, `rescaled(5.4)` is in metres.

    Raises:
        FileNotFoundError: If one of the files is missing.
        ImportError: If PyTorch is not installed.
        ValueError: If a file is damaged, or a tensor is missing, left over or of another shape
            than the network's.
    """
    encoder_path, decoder_path = _paths(folder, DEPTH_FILES)
    tensors = read_state_dict(encoder_path)
    image_size = _take_image_size(tensors, encoder_path)
    model = Monodepth2(_encoder_name(tensors), encoder_weights=None, image_size=image_size)
    _assign(model.multi_scale, tensors, encoder_path, read_state_dict(decoder_path), decoder_path)
    return model


def load_official_pose(folder: str | os.PathLike) -> PoseNetwork:
    """The pose network of a folder with `pose_encoder.pth` and `pose.pth`.

    Where these do not tell the training size, an `encoder.pth` beside them does.

    Raises:
        As `load_official`.
    """
    encoder_path, decoder_path = _paths(folder, POSE_FILES)
    tensors = read_state_dict(encoder_path)
    image_size = _take_image_size(tensors, encoder_path)
    depth_path = Path(folder) / DEPTH_FILES[0]
    if image_size is None and depth_path.is_file():
        image_size = _take_image_size(read_state_dict(depth_path), depth_path)
    model = PoseNetwork(_encoder_name(tensors), encoder_weights=None, image_size=image_size)
    _assign(model, tensors, encoder_path, read_state_dict(decoder_path), decoder_path)
    return model


def _paths(folder: str | os.PathLike, names: tuple[str, ...]) -> list[Path]:
    """The files' paths, all of which exist."""
    for name in names:
        if not (Path(folder) / name).is_file():
            raise FileNotFoundError(
                f"The folder has no {name}; {' and '.join(names)} belong together. "
                f"Received: '{folder}'"
            )
    return [Path(folder) / name for name in names]


def _encoder_name(tensors: dict[str, Any]) -> str:
    """Bottleneck blocks have a third convolution."""
    return "resnet50" if f"{PREFIX}.layer1.0.conv3.weight" in tensors else "resnet18"


def _take_image_size(tensors: dict[str, Any], path: Path) -> tuple[int, int] | None:
    """Height and width of the training images, None if the file does not tell.

    The settings are taken out of `tensors`, which is the file's content.
    """
    settings = {name: tensors.pop(name) for name in SETTINGS if name in tensors}
    if not {"height", "width"} <= settings.keys():
        return None
    size = settings["height"], settings["width"]
    if any(not isinstance(side, int) or side % 32 or side < SMALLEST_SIDE for side in size):
        raise ValueError(
            f"The training size in the file is no pair of multiples of 32 from {SMALLEST_SIDE} "
            f"on: height {size[0]!r}, width {size[1]!r}. Received: '{path}'"
        )
    return size


def _assign(
    model: keras.Model,
    encoder: dict[str, Any],
    encoder_path: Path,
    decoder: dict[str, Any],
    decoder_path: Path,
) -> None:
    """Gives the encoder's variables one file's tensors and all others the other's."""
    variables = official_variables(model)
    of_encoder = {name for name in variables if name.startswith(f"{PREFIX}.")}
    parts = (
        (of_encoder, encoder, encoder_path),
        (variables.keys() - of_encoder, decoder, decoder_path),
    )
    for names, tensors, path in parts:
        assign_state_dict({name: variables[name] for name in names}, tensors, path)
