"""An encoder from outside the package: any Keras model with named taps carries a DenseDepth."""

import keras
import numpy as np
import pytest
from keras import layers

import densedepth_tf
from densedepth_tf.commands.train import main as train
from densedepth_tf.models.encoders import ENCODERS

TAPS = ("step4", "step3", "step2", "step1")


class Stairs:
    """Five halvings, each a convolution, and a layer that no decoder needs."""

    def __init__(self, strides=(2, 2, 2, 2, 2)):
        self.strides = strides

    def __call__(self, image):
        x = image
        for number, stride in enumerate(self.strides, start=1):
            convolve = layers.Conv2D(2**number, 3, stride, "same", name=f"step{number}")
            x = layers.ReLU()(convolve(x))
        return keras.Model(image, layers.Dense(9, name="unused")(x))


@pytest.fixture(autouse=True)
def stairs():
    densedepth_tf.register_encoder("stairs", Stairs(), TAPS, "step5", scale=2.0, offset=-1.0)
    yield
    ENCODERS.pop("stairs")


def ended(*arguments):
    with pytest.raises(SystemExit) as leaving:
        train(list(map(str, arguments)))
    return leaving.value.code


def build(**arguments):
    settings = {"encoder_weights": None, "decoder_filters": 16, **arguments}
    return densedepth_tf.DenseDepth("stairs", **settings)


def test_it_carries_a_network_that_can_be_saved_and_loaded(tmp_path):
    model = build()
    image = np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8)
    assert model.name == "densedepth_stairs" and model.get_layer("step5").filters == 32
    # Half the encoder's channels, as of every encoder.
    assert densedepth_tf.DenseDepth("stairs", encoder_weights=None).decoder_widths[0] == 16
    model.save(tmp_path / "model.keras")
    loaded = densedepth_tf.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict_depth(image), model.predict_depth(image))


def test_its_input_is_scaled_as_it_asks():
    model = build()
    seen = keras.Model(model.input, model.get_layer("input_scaling").output)
    np.testing.assert_array_equal(seen(np.ones((1, 32, 32, 3), np.float32)), 1.0)
    np.testing.assert_array_equal(seen(np.zeros((1, 32, 32, 3), np.float32)), -1.0)


def test_its_weights_come_from_a_file(tmp_path):
    image = keras.Input((None, None, 3))
    trained = Stairs()(image)
    trained.save_weights(tmp_path / "stairs.weights.h5")
    model = build(encoder_weights=str(tmp_path / "stairs.weights.h5"))
    for name in ("step1", "step5"):
        for ours, theirs in zip(
            model.get_layer(name).get_weights(), trained.get_layer(name).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(ValueError, match=r"`encoder_weights`.*'stairs'"):
        build(encoder_weights="imagenet")


@pytest.mark.long
def test_train_py_knows_it(tmp_path, capsys):
    flags = ["--encoder=stairs", "--encoder-weights=none", "--decoder-filters=[16,8,8,8,8]"]
    flags += ["--num-images=2", "--num-validation-images=1", "--image-size=64x64", "--epochs=1"]
    assert ended(*flags, "--batch-size=2", f"--workdir={tmp_path / 'run'}") == 0
    assert densedepth_tf.load(tmp_path / "run").encoder == "stairs"
    del ENCODERS["stairs"]
    with pytest.raises(ValueError, match=r"Unknown encoder.*register_encoder.*'stairs'"):
        densedepth_tf.load(tmp_path / "run")
    densedepth_tf.register_encoder("stairs", Stairs(), TAPS, "step5")


@pytest.mark.parametrize(
    ("strides", "taps", "said"),
    [
        ((2, 2, 2, 2, 1), TAPS, "step5.*1/32.*1/16"),
        ((2, 2, 2, 2, 2), ("step4", "step3", "step1", "step2"), "step1.*1/4.*1/2"),
        ((2, 2, 2, 2, 2), ("step4", "step3", "step2", "first"), "no layer 'first'"),
    ],
)
def test_taps_that_do_not_fit_are_named(strides, taps, said):
    densedepth_tf.register_encoder("crooked", Stairs(strides), taps, "step5")
    try:
        with pytest.raises(ValueError, match=said):
            densedepth_tf.DenseDepth("crooked", encoder_weights=None)
    finally:
        del ENCODERS["crooked"]
