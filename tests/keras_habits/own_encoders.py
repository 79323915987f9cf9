"""An encoder as a user would build one, with names that the decoder has, too."""

import keras

TAPS = ("conv2", "conv3", "block3", "block4")


def stairs(size=(None, None, 3), strides=(2, 2, 2, 2, 2), functional=True):
    """Five convolutions with batch normalisation; its output is behind the last."""
    blocks = []
    for number, (name, stride) in enumerate(zip((*TAPS, "block5"), strides, strict=True), start=1):
        convolution = keras.layers.Conv2D(
            4 * number, 3, strides=stride, padding="same", activation="relu", name=name
        )
        blocks += [convolution, keras.layers.BatchNormalization(name=f"{name}_bn")]
    if not functional:
        return keras.Sequential([keras.Input(size), *blocks], name="stairs")
    image = x = keras.Input(size)
    for layer in blocks:
        x = layer(x)
    return keras.Model(image, x, name="stairs")
