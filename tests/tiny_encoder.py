"""Encoders of a few layers, for tests that ask nothing of the encoder.

The fixtures `tiny_encoder` and `tiny_resnet` make them one more `--encoder` of their family.
"""

from dataclasses import dataclass

import keras

from densedepth_tf.models.encoders import Encoder
from densedepth_tf.models.monodepth2.resnet import ResNet

WIDTHS = (4, 8, 8, 8, 8)


@dataclass(frozen=True)
class TinyEncoder(Encoder):
    """Five convolutions of stride 2 with batch normalisation."""

    def builder(self):
        return build


def build(include_top, weights, input_tensor=None, input_shape=None):
    x = image = keras.Input(input_shape) if input_tensor is None else input_tensor
    for number, width in enumerate(WIDTHS, start=1):
        x = keras.layers.Conv2D(
            width, 3, strides=2, padding="same", use_bias=False, name=f"tiny{number}_conv"
        )(x)
        x = keras.layers.BatchNormalization(name=f"tiny{number}_bn")(x)
        x = keras.layers.ReLU(name=f"tiny{number}")(x)
    return keras.Model(image, x)


TINY_RESNET = ResNet((1, 1, 1, 1), False, "tiny-0.pth")  # half of a ResNet-18
TINY = TinyEncoder("TinyEncoder", ("tiny4", "tiny3", "tiny2", "tiny1"), "tiny5")
