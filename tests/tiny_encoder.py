"""Encoders of a few layers, for tests that ask nothing of the encoder.

The fixtures `tiny_encoder` and `tiny_resnet` make them one more `--encoder` of their family.
"""

import keras

from densedepth_tf.models.encoders import Encoder
from densedepth_tf.models.monodepth2.resnet import ResNet

WIDTHS = (4, 8, 8, 8, 8)


def build(image):
    """Five convolutions of stride 2 with batch normalisation."""
    x = image
    for number, width in enumerate(WIDTHS, start=1):
        x = keras.layers.Conv2D(
            width, 3, strides=2, padding="same", use_bias=False, name=f"tiny{number}_conv"
        )(x)
        x = keras.layers.BatchNormalization(name=f"tiny{number}_bn")(x)
        x = keras.layers.ReLU(name=f"tiny{number}")(x)
    return keras.Model(image, x)


TINY_RESNET = ResNet((1, 1, 1, 1), False, "tiny-0.pth")  # half of a ResNet-18
TINY = Encoder("tiny", ("tiny4", "tiny3", "tiny2", "tiny1"), "tiny5", build=build)
