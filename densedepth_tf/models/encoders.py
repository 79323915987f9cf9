"""One table: encoder name -> builder, layers to tap, and the input scaling of its pre-training."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.local_copy import on_this_machine
from densedepth_tf.files.told_as import told_as
from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.batch_normalization import fuse_batch_normalization
from densedepth_tf.process.first_line import first_line
from densedepth_tf.process.wording import did_you_mean

# What of the image's size the output is, and the taps, coarse to fine.
REDUCTIONS = (32, 16, 8, 4, 2)
PROBE = 64
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Encoder:
    """How to build one pre-trainable encoder and where a decoder connects.

    Attributes:
        application: Name of the builder in `keras.applications`; of one's own encoder its name.
        taps: Layers at 1/16, 1/8, 1/4 and 1/2 of the input size, coarse to fine.
        output: Layer at 1/32 of the input size.
        scale: Factor, one or per channel, that brings RGB in [0, 1] to the pre-training's input.
        offset: Added after `scale`.
        reverse_channels: The pre-training saw BGR.
        options: Further arguments of the builder.
        build: One's own encoder on an image tensor, see `register_encoder`.
    """

    application: str
    taps: tuple[str, ...]
    output: str
    scale: float | tuple[float, ...] = 1.0
    offset: float | tuple[float, ...] = 0.0
    reverse_channels: bool = False
    options: tuple[tuple[str, Any], ...] = ()
    build: Callable[[Tensor], keras.Model] | None = None

    @property
    def title(self) -> str:
        """What a file of its weights is of."""
        if self.build is not None:
            return f"the encoder '{self.application}'"
        return f"keras.applications.{self.application}(include_top=False)"

    def network(self, image: Tensor) -> keras.Model:
        """The encoder with random weights on a Keras tensor `(N, H, W, 3)`, scaled already."""
        if self.build is not None:
            return self.build(image)
        return self._application(input_tensor=image, weights=None)

    def pretrained(self, weights: str | None) -> keras.Model:
        """The encoder alone with `"imagenet"` weights, or with random ones to load others into."""
        if self.build is not None:
            return self.build(keras.Input((None, None, 3)))
        return self._application(input_shape=(None, None, 3), weights=weights)

    def _application(self, **arguments: Any) -> keras.Model:
        builder = getattr(keras.applications, self.application)
        return builder(include_top=False, **arguments, **dict(self.options))


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


def register_encoder(
    name: str,
    build: Callable[[Tensor], keras.Model],
    taps: Sequence[str],
    output: str,
    scale: float | Sequence[float] = 1.0,
    offset: float | Sequence[float] = 0.0,
    reverse_channels: bool = False,
) -> None:
    """Adds an encoder of one's own: any Keras model whose layers have names.

    It can be chosen like the others (`DenseDepth("mine")`, `train.py --encoder mine`); what was
    trained with it can be loaded once it has been registered again.

    Args:
        name: What it is chosen by.
        build: Makes the model from a Keras tensor `(N, H, W, 3)`, RGB in [0, 1] after `scale` and
            `offset`, with random weights and always the same names of layers. Layers behind
            `output` are left out.
        taps: Names of four layers whose outputs have 1/16, 1/8, 1/4 and 1/2 of the image's size.
        output: Name of the layer at 1/32.
        scale: Factor, one or per channel, that brings RGB in [0, 1] to what the model takes.
        offset: Added after `scale`.
        reverse_channels: The model takes BGR.

    Raises:
        ValueError: If the name belongs to another encoder, or there are not four taps.
    """
    if name in ENCODERS and ENCODERS[name].build is None:
        raise ValueError(f"`name` belongs to an encoder of Keras. Received: '{name}'")
    if len(taps) != len(REDUCTIONS) - 1:
        raise ValueError(f"`taps` are four names, coarse to fine. Received: {list(taps)}")
    scale, offset = (
        value if isinstance(value, int | float) else tuple(value) for value in (scale, offset)
    )
    ENCODERS[name] = Encoder(
        name, tuple(taps), output, scale, offset, reverse_channels, build=build
    )


def get_encoder(name: str) -> Encoder:
    """Looks an encoder up.

    Raises:
        ValueError: If the name is unknown; the message lists the known ones.
    """
    if name not in ENCODERS:
        raise ValueError(
            f"Unknown encoder (`encoder`). Known: {', '.join(ENCODERS)}; `register_encoder` adds "
            f"one's own.{did_you_mean(name, ENCODERS)} Received: {name!r}"
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
    network = encoder.network(scaled)
    fuse_batch_normalization(network)
    output, *taps = (_layer(network, name).output for name in (encoder.output, *encoder.taps))
    if encoder.build is not None:
        _check_sizes(encoder, image, [output, *taps])
    return output, taps


def _layer(network: keras.Model, name: str) -> keras.Layer:
    names = [layer.name for layer in network.layers]
    if name not in names:
        raise ValueError(
            f"The encoder has no layer '{name}'. Received: {', '.join(names[:10])}"
            f"{', ...' if len(names) > 10 else ''}"
        )
    return network.get_layer(name)


def _check_sizes(encoder: Encoder, image: Tensor, outputs: list[Tensor]) -> None:
    """Refuses taps of other sizes than the decoder adds to."""
    shapes = keras.Model(image, outputs).compute_output_shape((1, PROBE, PROBE, 3))
    names = (encoder.output, *encoder.taps)
    for name, shape, reduction in zip(names, shapes, REDUCTIONS, strict=True):
        if tuple(shape[1:3]) != (PROBE // reduction, PROBE // reduction):
            raise ValueError(
                f"The encoder's layer '{name}' must have 1/{reduction} of the image's size. "
                f"Received: 1/{PROBE / shape[1]:g} and 1/{PROBE / shape[2]:g}"
            )


def load_encoder_weights(model: keras.Model, name: str, weights: str | None) -> None:
    """Puts pre-trained weights into the encoder's layers of a model, by layer name.

    Args:
        model: A model that contains the encoder's layers.
        name: A key of `ENCODERS`.
        weights: `"imagenet"` (downloaded once by Keras), None or `"none"` (nothing is done), or
            a weights file of the `keras.applications` model without top, or of one's own encoder,
            or the address of one in a bucket.

    Raises:
        FileNotFoundError: If the file does not exist.
        OSError: If it cannot be downloaded.
        ValueError: If the download fails or the file does not fit the encoder.
    """
    if weights is None or weights == "none":
        return
    if is_bucket(weights):
        here = os.fspath(on_this_machine(weights))
        with told_as(here, weights):
            load_encoder_weights(model, name, here)
        return
    encoder = get_encoder(name)
    from_file = weights != "imagenet"
    if from_file and not os.path.isfile(weights):
        raise FileNotFoundError(
            "Encoder weights are 'imagenet', 'none' or an existing file (`encoder_weights`). "
            f"Received: '{weights}'"
        )
    if encoder.build is not None and not from_file:
        raise ValueError(
            "`encoder_weights` of one's own encoder are 'none' or a file. "
            f"Received: 'imagenet' for '{name}'"
        )
    try:
        pretrained = encoder.pretrained(None if from_file else "imagenet")
        if from_file:
            pretrained.load_weights(weights)
            check_finite_weights(((v.path, v) for v in pretrained.variables), weights)
    except Exception as error:  # Keras raises a bare Exception when a download fails.
        reason = first_line(error)
        if from_file:
            raise ValueError(
                f"The file does not hold weights of {encoder.title}: {reason} Received: '{weights}'"
            ) from error
        raise ValueError(
            f"Could not download the ImageNet weights of {encoder.application}: {reason}. Pass a "
            "file made elsewhere with `encoder_weights=FILE`, or train from scratch with "
            "`encoder_weights='none'`"
        ) from error
    used = {layer.name for layer in model.layers}
    for layer in pretrained.layers:
        if layer.weights and layer.name in used:  # Not those behind the output.
            model.get_layer(layer.name).set_weights(layer.get_weights())
