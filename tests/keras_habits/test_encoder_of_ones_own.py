"""`DenseDepth(encoder=<a keras.Model>, taps=[...])`: the decoder on an encoder of one's own."""

import keras
import numpy as np
import pytest
from own_encoders import TAPS, stairs

from densedepth_tf import DenseDepth


def dense(encoder=None, **options):
    options = {"taps": TAPS, "decoder_filters": 16, **options}
    return DenseDepth(stairs() if encoder is None else encoder, **options)


def test_its_layers_and_weights_become_the_models(images):
    encoder = stairs()
    model = dense(encoder)
    assert model.name == "densedepth_stairs" and model.encoder is None
    kernel = encoder.get_layer("block4").kernel
    assert any(variable is kernel for variable in model.trainable_variables)
    encoder.trainable = False
    assert not any("block4" in variable.path for variable in model.trainable_variables)
    maps = model.backbone.predict(images, verbose=0)
    np.testing.assert_allclose(maps[-1], encoder.predict(images, verbose=0), rtol=1e-5, atol=1e-6)


def test_taps_are_told_apart_by_their_sizes(images):
    encoder = stairs()
    tensors = [encoder.get_layer(name).output for name in (*TAPS[::-1], "block5_bn")]
    model = dense(encoder)
    for same in (
        dense(encoder, taps=("block3", "conv2", "block5_bn", "block4", "conv3")),
        dense(keras.Model(encoder.input, tensors), taps=None),
    ):
        same.set_weights(model.get_weights())
        np.testing.assert_array_equal(same.predict_depth(images), model.predict_depth(images))
    assert dense(stairs(functional=False)).predict_depth(images).shape == (2, 64, 64, 1)


def test_frozen_namesakes_of_the_decoders_layers_stay_apart(tmp_path):
    model = dense()
    model.get_layer("encoder").get_layer("conv2").trainable = False
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.get_layer("conv2").trainable
    assert not loaded.get_layer("encoder").get_layer("conv2").trainable


def test_other_ranges_share_nothing(images):
    model = dense(min_depth=0.01)
    farther = model.with_max_depth(20.0)
    assert farther.max_depth == 20.0 and model.rescaled(2.0).max_depth == 20.0
    assert not {id(v) for v in farther.weights} & {id(v) for v in model.weights}


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: dense(stairs((64, 64, 3))), r"input_shape=\(None, None, 3\).*\(None, 64, 64, 3\)"),
        (lambda: dense(stairs((None, None, 1))), r"RGB.*\(None, None, None, 1\)"),
        (lambda: dense(taps=None), "`taps` name the layers.*1/2, 1/4, 1/8, 1/16, 1/32.*None"),
        (lambda: dense(taps=("conv2", "x")), r"block5_bn|conv2_bn.*Received: \['x'\]"),
        (lambda: dense(taps="conv2"), "names of the encoder's layers.*'conv2'"),
        (lambda: dense(taps=TAPS[:3]), r"Received, of 64x64: 'conv2' \(32, 32, 4\)"),
        (lambda: dense(stairs(strides=(2, 2, 2, 2, 1))), r"'stairs's output' \(4, 4, 20\)"),
        (lambda: dense(keras.Sequential([keras.layers.Conv2D(3, 3)])), "an Input.*Sequential"),
        (lambda: dense(keras.layers.Conv2D(3, 3)), "a keras.Model.*Received: Conv2D"),
        (lambda: dense("mobilenetv2"), "`taps` belong to.*'mobilenetv2'"),
    ],
)
def test_what_does_not_suit_is_one_sentence(build, said):
    with pytest.raises(ValueError, match=said) as raised:
        build()
    assert "\n" not in str(raised.value)


def test_presets_name_their_encoder(tmp_path):
    with pytest.raises(ValueError, match=r"as a \.keras file, or build it by `register_encoder`"):
        dense().save_to_preset(tmp_path)
    assert not list(tmp_path.iterdir())
