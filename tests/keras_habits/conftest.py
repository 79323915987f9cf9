"""The three families at their smallest, as a user would build them."""

import keras
import numpy as np
import pytest

from densedepth_tf import DenseDepth, Eigen, Monodepth2

SIZE = (64, 64)
FAMILIES = {
    "densedepth": lambda **options: DenseDepth(
        **{"encoder": "tiny", "encoder_weights": None, "decoder_filters": 16, **options}
    ),
    "monodepth2": lambda **options: Monodepth2(
        **{"encoder": "tiny", "encoder_weights": None, **options}
    ),
    "eigen": lambda **options: Eigen(**{"image_size": SIZE, "dense_units": 8, **options}),
}
SUPERVISED = ("densedepth", "eigen")


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture
def build(tiny_encoder, tiny_resnet):
    """`build(family, **options)`: a small model of it."""
    keras.utils.set_random_seed(0)
    return lambda name, **options: FAMILIES[name](**options)


@pytest.fixture(scope="session")
def images():
    return np.random.default_rng(0).random((2, *SIZE, 3), np.float32)


@pytest.fixture
def targets():
    """`targets(model)`: what it is to predict, half of it 2 m, half of it 4 m."""

    def make(model):
        depth = np.full((2, *model.target_size(SIZE), 1), 2.0, np.float32)
        depth[:, ::2] = 4.0
        return np.asarray(model.to_target(depth))

    return make
