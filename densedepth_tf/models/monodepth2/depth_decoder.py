"""The decoder of Monodepth2: from five feature maps to sigmoid maps at four scales."""

from keras import layers

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.layers import NearestUpSampling2D, ReflectionPadding2D
from densedepth_tf.models.monodepth2.pytorch_initializer import pytorch_initializer

WIDTHS = (16, 32, 64, 128, 256)
NUM_SCALES = 4
PREFIX = "decoder"
HEADS = tuple(f"{PREFIX}_disparity_{level}" for level in range(NUM_SCALES))


def build_depth_decoder(
    features: list[Tensor], num_outputs: int = 1, prefix: str = PREFIX
) -> list[Tensor]:
    """Builds the decoder's graph (Godard et al. 2019, supplement, table of the depth network).

    Per level: 3x3 convolution, nearest 2x up-sampling, concatenation with the encoder's map of
    that size, 3x3 convolution. Reflection padding and ELU throughout.

    Args:
        features: Five maps, fine to coarse, each twice the next one's size.
        num_outputs: Channels of every output: 1 disparity, or one mask per source frame.
        prefix: Start of all layer names, so that one model can hold two decoders.

    Returns:
        float32 maps `(N, H/2^s, W/2^s, num_outputs)` in (0, 1) for the scales s = 0, 1, 2, 3.
    """
    outputs = []
    x = features[-1]
    for level in reversed(range(len(WIDTHS))):
        x = _convolution(x, WIDTHS[level], f"{prefix}_upconv_{level}_0")
        x = NearestUpSampling2D(name=f"{prefix}_up_{level}")(x)
        if level > 0:
            x = layers.Concatenate(name=f"{prefix}_concat_{level}")([x, features[level - 1]])
        x = _convolution(x, WIDTHS[level], f"{prefix}_upconv_{level}_1")
        if level < NUM_SCALES:
            outputs.append(_head(x, num_outputs, f"{prefix}_disparity_{level}"))
    return outputs[::-1]


def _convolution(x: Tensor, width: int, name: str) -> Tensor:
    x = ReflectionPadding2D(name=f"{name}_pad")(x)
    x = layers.Conv2D(width, 3, kernel_initializer=pytorch_initializer(), name=name)(x)
    return layers.ELU(name=f"{name}_elu")(x)


def _head(x: Tensor, num_outputs: int, name: str) -> Tensor:
    x = ReflectionPadding2D(name=f"{name}_pad")(x)
    return layers.Conv2D(
        num_outputs,
        3,
        activation="sigmoid",
        kernel_initializer=pytorch_initializer(),
        # The depth range spans 1..1000: half precision is too coarse for it and the geometry.
        dtype="float32",
        name=name,
    )(x)
