"""One table: encoder name -> builder, layers to tap, and the input scaling of its pre-training."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.batch_normalization import fuse_batch_normalization
from densedepth_tf.process.first_line import first_line

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Encoder:
    """How to build one pre-trainable encoder and where a decoder connects.

    Attributes:
        application: Name of the builder in `keras.applications`.
        taps: Layers at 1/16, 1/8, 1/4 and 1/2 of the input size, coarse to fine.
        output: Layer at 1/32 of the input size.
        scale: Factor, one or per channel, that brings RGB in [0, 1] to the pre-training's input.
        offset: Added after `scale`.
        reverse_channels: The pre-training saw BGR.
        options: Further arguments of the builder.
    """

    application: str
    taps: tuple[str, str, str, str]
    output: str
    scale: float | tuple[float, ...] = 1.0
    offset: float | tuple[float, ...] = 0.0
    reverse_channels: bool = False
    options: tuple[tuple[str, Any], ...] = ()

    def builder(self) -> Callable[..., keras.Model]:
        """The `keras.applications` function."""
        return getattr(keras.applications, self.application)


def _densenet(depth: int) -> Encoder:
    # DenseDepth feeds RGB in [0, 1] without ImageNet's mean and deviation; so do its weights.
    return Encoder(f"DenseNet{depth}", ("pool3_pool", "pool2_pool", "pool1", "conv1_relu"), "relu")


ENCODERS: dict[str, Encoder] = {
    "densenet121": _densenet(121),
    "densenet169": _densenet(169),
    "densenet201": _densenet(201),
    "mobilenetv2": Encoder(
        "MobileNetV2",
        (
            "block_13_expand_relu",
            "block_6_expand_relu",
            "block_3_expand_relu",
            "block_1_expand_relu",
        ),
        "out_relu",
        scale=2.0,
        offset=-1.0,
    ),
    "resnet50": Encoder(
        "ResNet50",
        ("conv4_block6_out", "conv3_block4_out", "conv2_block3_out", "conv1_relu"),
        "conv5_block3_out",
        scale=255.0,
        offset=(-103.939, -116.779, -123.68),
        reverse_channels=True,
    ),
    "efficientnetv2b0": Encoder(
        "EfficientNetV2B0",
        (
            "block6a_expand_activation",
            "block4a_expand_activation",
            "block2b_add",
            "block1a_project_activation",
        ),
        "top_activation",
        scale=tuple(1 / std for std in IMAGENET_STD),
        offset=tuple(-mean / std for mean, std in zip(IMAGENET_MEAN, IMAGENET_STD, strict=True)),
        options=(("include_preprocessing", False),),
    ),
}


def get_encoder(name: str) -> Encoder:
    """Looks an encoder up.

    Raises:
        ValueError: If the name is unknown; the message lists the known ones.
    """
    if name not in ENCODERS:
        raise ValueError(
            f"Unknown encoder (`encoder`). Known: {', '.join(ENCODERS)}. Received: {name!r}"
        )
    return ENCODERS[name]


def build_encoder(name: str, image: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Builds an encoder's graph on an image tensor.

    Args:
        name: A key of `ENCODERS`.
        image: Keras tensor `(N, H, W, 3)`, RGB in [0, 1].

    Returns:
        The output at 1/32 of the size and the four taps, coarse to fine. The layers carry the
        names `keras.applications` gives them.
    """
    encoder = get_encoder(name)
    scaled = image[..., ::-1] if encoder.reverse_channels else image
    if encoder.scale != 1.0 or encoder.offset != 0.0:
        scaled = keras.layers.Rescaling(encoder.scale, encoder.offset, name="input_scaling")(scaled)
    network = encoder.builder()(
        include_top=False, weights=None, input_tensor=scaled, **dict(encoder.options)
    )
    fuse_batch_normalization(network)
    taps = [network.get_layer(tap).output for tap in encoder.taps]
    return network.get_layer(encoder.output).output, taps


def load_encoder_weights(model: keras.Model, name: str, weights: str | None) -> None:
    """Puts pre-trained weights into the encoder's layers of a model, by layer name.

    Args:
        model: A model that contains the encoder's layers.
        name: A key of `ENCODERS`.
        weights: `"imagenet"` (downloaded once by Keras), None or `"none"` (nothing is done), or
            a weights file of the `keras.applications` model without top.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the download fails or the file does not fit the encoder.
    """
    if weights is None or weights == "none":
        return
    encoder = get_encoder(name)
    from_file = weights != "imagenet"
    if from_file and not os.path.isfile(weights):
        raise FileNotFoundError(
            "Encoder weights are 'imagenet', 'none' or an existing file (`encoder_weights`). "
            f"Received: '{weights}'"
        )
    try:
        pretrained = encoder.builder()(
            include_top=False,
            weights=None if from_file else "imagenet",
            input_shape=(None, None, 3),
            **dict(encoder.options),
        )
        if from_file:
            pretrained.load_weights(weights)
            check_finite_weights(((v.path, v) for v in pretrained.variables), weights)
    except Exception as error:  # Keras raises a bare Exception when a download fails.
        reason = first_line(error)
        if from_file:
            raise ValueError(
                f"The file does not hold weights of keras.applications.{encoder.application}"
                f"(include_top=False): {reason} Received: '{weights}'"
            ) from error
        raise ValueError(
            f"Could not download the ImageNet weights of {encoder.application}: {reason}. Pass a "
            "file made elsewhere with `encoder_weights=FILE`, or train from scratch with "
            "`encoder_weights='none'`"
        ) from error
    for layer in pretrained.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
