"""A folder in which the documentation's examples find what they name."""

import keras
import numpy as np
import pytest
from PIL import Image

from densedepth_tf import DenseDepth


@pytest.fixture
def folder(tiny_encoder, tmp_path, monkeypatch):
    """The current folder, with a photograph and a run whose network is untrained."""
    keras.utils.set_random_seed(0)
    network = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16)
    # A flat wall a few metres away, so that the edge filter leaves something.
    kernel, bias = network.get_layer("conv3").get_weights()
    network.get_layer("conv3").set_weights([0 * kernel, bias + 4])
    (tmp_path / "runs/demo").mkdir(parents=True)
    network.save(tmp_path / "runs/demo/model.keras")
    photo = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path
