"""ResNet encoders as PyTorch computes them, for one image or several stacked ones.

Keras has no ResNet-18, and its ResNet-50 differs: stride in the first 1x1 convolution, biases,
other paddings. Here stride-2 layers pad both sides alike, the stride is in the 3x3 convolution,
and BatchNorm's epsilon is 1e-5 (He et al. 2016, with torchvision's layout).
"""

from dataclasses import dataclass

import keras
from keras import layers

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.batch_normalization import BatchNormalization
from densedepth_tf.process.wording import did_you_mean

IMAGE_MEAN, IMAGE_STD = 0.45, 0.225
WIDTHS = (64, 128, 256, 512)
PREFIX = "encoder"


@dataclass(frozen=True)
class ResNet:
    """One ResNet.

    Attributes:
        blocks: Residual blocks of the four stages.
        bottleneck: Blocks are 1x1, 3x3, 1x1 convolutions, four times wider at their end.
        imagenet_file: torchvision's file of ImageNet weights (version 1); the digits are the
            start of its SHA-256.
    """

    blocks: tuple[int, int, int, int]
    bottleneck: bool
    imagenet_file: str


RESNETS = {
    "resnet18": ResNet((2, 2, 2, 2), False, "resnet18-f37072fd.pth"),
    "resnet50": ResNet((3, 4, 6, 3), True, "resnet50-0676ba61.pth"),
}


def get_resnet(name: str) -> ResNet:
    """Looks a ResNet up.

    Raises:
        ValueError: If the name is unknown; the message lists the known ones.
    """
    if name not in RESNETS:
        raise ValueError(
            "Unknown encoder of Monodepth2 (`encoder`). "
            f"Known: {', '.join(RESNETS)}.{did_you_mean(name, RESNETS)} Received: {name!r}"
        )
    return RESNETS[name]


def build_resnet(name: str, image: Tensor) -> list[Tensor]:
    """Builds an encoder's graph.

    Args:
        name: A key of `RESNETS`.
        image: Keras tensor `(N, H, W, C)` in [0, 1]; 3 channels per image.

    Returns:
        Five feature maps, fine to coarse, at 1/2 to 1/32 of the size: after the first
        activation and after each of the four stages.
    """
    resnet = get_resnet(name)
    block = _bottleneck if resnet.bottleneck else _basic_block
    x = layers.Rescaling(1 / IMAGE_STD, -IMAGE_MEAN / IMAGE_STD, name=f"{PREFIX}_scaling")(image)
    x = _convolution(x, 64, 7, stride=2, name=f"{PREFIX}_conv1")
    x = layers.ReLU(name=f"{PREFIX}_relu")(_batch_norm(x, f"{PREFIX}_bn1"))
    features = [x]
    # After a ReLU zeros are as good as the minus infinity that PyTorch pads with.
    x = layers.ZeroPadding2D(1, name=f"{PREFIX}_maxpool_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name=f"{PREFIX}_maxpool")(x)
    for stage, (num_blocks, width) in enumerate(zip(resnet.blocks, WIDTHS, strict=True), start=1):
        for index in range(num_blocks):
            stride = 2 if stage > 1 and index == 0 else 1
            x = block(x, width, stride, name=f"{PREFIX}_layer{stage}_{index}")
        features.append(x)
    return features


def feature_layers(name: str) -> list[str]:
    """Names of the layers whose outputs `build_resnet` returns."""
    stages = enumerate(get_resnet(name).blocks, start=1)
    last_blocks = [f"{PREFIX}_layer{stage}_{blocks - 1}_out" for stage, blocks in stages]
    return [f"{PREFIX}_relu", *last_blocks]


def resnet_model(name: str, num_images: int = 1) -> keras.Model:
    """An encoder as a model of its own: what a Keras file of encoder weights is made from.

    Args:
        name: A key of `RESNETS`.
        num_images: Images stacked along the channels.
    """
    image = keras.Input((None, None, 3 * num_images), name="image")
    return keras.Model(image, build_resnet(name, image), name=name)


def _basic_block(x: Tensor, width: int, stride: int, name: str) -> Tensor:
    """Two 3x3 convolutions and a shortcut."""
    y = _convolution(x, width, 3, stride, f"{name}_conv1")
    y = layers.ReLU(name=f"{name}_relu1")(_batch_norm(y, f"{name}_bn1"))
    y = _batch_norm(_convolution(y, width, 3, 1, f"{name}_conv2"), f"{name}_bn2")
    return _add(y, x, stride, name)


def _bottleneck(x: Tensor, width: int, stride: int, name: str) -> Tensor:
    """1x1, 3x3 (which has the stride) and 1x1 convolution, and a shortcut."""
    y = _batch_norm(_convolution(x, width, 1, 1, f"{name}_conv1"), f"{name}_bn1")
    y = layers.ReLU(name=f"{name}_relu1")(y)
    y = _batch_norm(_convolution(y, width, 3, stride, f"{name}_conv2"), f"{name}_bn2")
    y = layers.ReLU(name=f"{name}_relu2")(y)
    y = _batch_norm(_convolution(y, 4 * width, 1, 1, f"{name}_conv3"), f"{name}_bn3")
    return _add(y, x, stride, name)


def _add(y: Tensor, x: Tensor, stride: int, name: str) -> Tensor:
    """Adds the shortcut: a 1x1 convolution where size or channels change."""
    if stride != 1 or x.shape[-1] != y.shape[-1]:
        x = _convolution(x, y.shape[-1], 1, stride, f"{name}_downsample_0")
        x = _batch_norm(x, f"{name}_downsample_1")
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([y, x]))


def _convolution(x: Tensor, width: int, kernel: int, stride: int, name: str) -> Tensor:
    """A convolution without bias, padded by half its kernel on every side."""
    if stride > 1 and kernel > 1:  # "same" would put the odd row below and right.
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if stride == 1 else "valid"
    return layers.Conv2D(
        width,
        kernel,
        strides=stride,
        padding=padding,
        use_bias=False,
        kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal"),
        name=name,
    )(x)


def _batch_norm(x: Tensor, name: str) -> Tensor:
    # PyTorch's momentum of 0.1 is the weight of the new batch, Keras' that of the past.
    return BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)(x)
