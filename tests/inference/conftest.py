"""A small real checkpoint, and a model whose depth is known for every pixel."""

import numpy as np
import pytest


class BrightnessModel:
    """Depth of a pixel is its mean channel / 50 metres: shows what was read and where it went."""

    def __init__(self):
        self.batches = []

    def predict_depth(self, images):
        self.batches.append(images.shape)
        scaled = images.astype(np.float32) * (1 if images.dtype == np.uint8 else 255)
        return scaled.mean(axis=-1, keepdims=True) / 50


@pytest.fixture
def model():
    return BrightnessModel()


@pytest.fixture(scope="session")
def checkpoint(tiny_encoder, tmp_path_factory):
    """A DenseDepth with random weights whose depth lies inside its range, as a .keras file."""
    import keras

    from densedepth_tf import DenseDepth

    keras.utils.set_random_seed(0)
    network = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16)
    kernel, bias = network.get_layer("conv3").get_weights()
    network.get_layer("conv3").set_weights([kernel, bias + 4])
    path = tmp_path_factory.mktemp("checkpoint") / "model.keras"
    network.save(path)
    return path
