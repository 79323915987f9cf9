"""The three families, and an encoder of one's own, pass one and the same test case."""

import numpy as np
import pytest
from model_test_case import ModelTestCase, build
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


@pytest.fixture(scope="module", params=MODELS)
def case(request, tiny_encoder, tiny_resnet):
    """A class, what it is built with, a model of it, and the shape of its output."""
    cls, init_kwargs, shape = MODELS[request.param]
    kwargs = init_kwargs()
    return cls, kwargs, build(cls, kwargs), shape


class TestModels(ModelTestCase):
    def test_it_is_its_configuration_and_its_weights(self, case):
        self.run_config_test(case[2], IMAGES)

    def test_its_output_is_the_same_however_it_is_asked_for(self, case):
        self.run_output_test(case[2], IMAGES, case[3])

    def test_its_clone_is_of_its_class(self, case):
        self.run_clone_test(case[2], IMAGES)


@pytest.mark.long
@pytest.mark.filterwarnings("error:Skipping variable loading")
class TestModelsAtWork(ModelTestCase):
    def test_its_file_goes_on_learning(self, case, tmp_path):
        self.run_training_test(*case[:2], IMAGES, tmp_path)

    def test_it_is_a_layer_that_keeps_what_it_is(self, case, tmp_path):
        self.run_nesting_test(*case[:2], IMAGES, tmp_path)

    @pytest.mark.parametrize(
        "policy",
        [
            "float32",
            "mixed_float16",
            # As the one before; `test_dtype_policies.py` builds and trains in it every day.
            pytest.param("mixed_bfloat16", marks=pytest.mark.slow),
        ],
    )
    def test_its_precision_is_an_argument_as_well_as_the_global_one(self, case, policy):
        self.run_precision_test(*case[:2], IMAGES, policy)


@pytest.mark.long
def test_a_process_without_the_package_is_told_to_import_it(tmp_path):
    cls, init_kwargs, _ = MODELS["encoder of one's own"]
    ModelTestCase().run_other_process_test(build(cls, init_kwargs()), IMAGES, tmp_path)
