"""`--freeze-encoder`: the decoder learns first, then all of the network, resumed or not."""

import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.families import read_options
from densedepth_tf.training.train import train

pytestmark = pytest.mark.long


@pytest.fixture
def make(nyu_folder, tiny_encoder, tmp_path):
    def options(**more):
        values = {
            "encoder": tiny_encoder,
            "encoder_weights": "none",
            "decoder_filters": [16, 8, 8, 8, 8],
            "dataset": "nyu",
            "data_dir": str(nyu_folder),
            "holdout_every": 5,
            "image_size": "64x64",
            "batch_size": 4,
            "steps_per_epoch": 1,
            "schedule": "constant",
            "keep": "last",
            "workdir": str(tmp_path / "run"),
        }
        return DenseDepthOptions(**{**values, **more})

    return options


def encoder_and_rest(folder):
    """The weights of the encoder, statistics included, and those of the decoder."""
    model = densedepth_tf.load(folder)
    assert all(layer.trainable for layer in model.layers), "what is kept is frozen nowhere"
    encoder = {id(weight) for weight in model.backbone.weights}
    parts = ([], [])
    for weight in model.weights:
        parts[id(weight) not in encoder].append(np.array(weight))
    return parts


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_encoder_stays_then_learns_and_a_resumed_run_is_the_same(make, tmp_path):
    keras.utils.set_random_seed(make().seed)
    begun = {}
    for epochs in (1, 2, 3):
        folder = train(make(epochs=epochs, freeze_encoder=2, keep_backup=True)).folder.path
        begun[epochs] = encoder_and_rest(folder)
    assert same(begun[1][0], begun[2][0]) and not same(begun[1][1], begun[2][1])
    assert not same(begun[2][0], begun[3][0])
    whole = train(
        make(epochs=3, freeze_encoder=2, keep_backup=True, workdir=str(tmp_path / "whole"))
    ).folder.path
    for resumed, at_once in zip(begun[3], encoder_and_rest(whole), strict=True):
        for one, other in zip(resumed, at_once, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert "freeze_encoder: 2" in (whole / "README.md").read_text()


def test_it_goes_with_averages_and_accumulation(make):
    more = {"ema": 0.9, "gradient_accumulation": 2, "steps_per_epoch": 2}
    folder = train(make(epochs=2, freeze_encoder=1, **more)).folder.path
    assert isinstance(densedepth_tf.load(folder), DenseDepth)


def test_families_without_an_encoder_refuse_it():
    with pytest.raises(ValueError, match="`freeze_encoder` does not apply to `model='eigen'`"):
        read_options({"model": "eigen", "freeze_encoder": 2, "dataset": "rooms"})


def test_a_negative_number_is_named(make):
    with pytest.raises(ValueError, match="`freeze_encoder` is at least 0"):
        make(freeze_encoder=-1)
