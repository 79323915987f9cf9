"""The three families, and an encoder of one's own, pass one and the same test case."""

import keras
import numpy as np
import pytest
from model_test_case import ModelTestCase
from own_encoders import TAPS, stairs

from densedepth_tf import DenseDepth, Eigen, Monodepth2

IMAGES = np.random.default_rng(0).random((2, 64, 64, 3), np.float32)
MODELS = {
    "densedepth": (
        DenseDepth,
        lambda: {"encoder": "tiny", "encoder_weights": None, "decoder_filters": 16},
        (2, 32, 32, 1),
    ),
    "encoder of one's own": (
        DenseDepth,
        lambda: {"encoder": stairs(), "taps": TAPS, "decoder_filters": 16},
        (2, 32, 32, 1),
    ),
    "monodepth2": (
        Monodepth2,
        lambda: {"encoder": "tiny", "encoder_weights": None},
        (2, 64, 64, 1),
    ),
    "eigen": (Eigen, lambda: {"image_size": (64, 64), "dense_units": 8}, (2, 14, 14, 1)),
}


@pytest.mark.usefixtures("tiny_encoder", "tiny_resnet")
@pytest.mark.filterwarnings("error:Skipping variable loading")
@pytest.mark.parametrize("name", MODELS)
class TestModels(ModelTestCase):
    def test_it_is_a_keras_model_in_every_respect(self, name, tmp_path):
        cls, init_kwargs, shape = MODELS[name]
        self.run_model_test(cls, init_kwargs(), IMAGES, shape, tmp_path)


@pytest.mark.long
class TestElsewhere(ModelTestCase):
    def test_a_process_without_the_package_loads_the_file(self, tmp_path):
        cls, init_kwargs, _ = MODELS["encoder of one's own"]
        self.run_other_process_test(cls, init_kwargs(), IMAGES, tmp_path)
        assert keras.config.dtype_policy().name == "float32"
