"""The random weights that PyTorch gives convolutions unless told otherwise."""

import keras


def pytorch_initializer() -> keras.initializers.Initializer:
    """Uniform within 1 / sqrt(fan in): what the decoders of the published networks start from.

    A new one for every layer: an initializer of Keras' repeats its values.
    """
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
