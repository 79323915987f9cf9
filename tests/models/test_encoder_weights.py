"""Pre-trained encoder weights: from a file, from nowhere, and when the download fails."""

import keras
import numpy as np
import pytest

from densedepth_tf import DenseDepth, Monodepth2
from densedepth_tf.models.encoders import get_encoder

SMALL = {"encoder": "mobilenetv2", "decoder_filters": 16}


@pytest.mark.long
def test_a_weights_file_goes_into_the_encoder(tmp_path):
    pretrained = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(None, None, 3)
    )
    path = str(tmp_path / "encoder.weights.h5")
    pretrained.save_weights(path)

    model = DenseDepth(encoder_weights=path, **SMALL)

    for layer in pretrained.layers:
        for ours, theirs in zip(
            model.get_layer(layer.name).get_weights() if layer.weights else [],
            layer.get_weights(),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, theirs)
    assert model.get_config()["encoder_weights"] is None


def test_a_weights_file_in_a_bucket(tiny_encoder, s3_files, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    pretrained = get_encoder(tiny_encoder).pretrained(None)
    pretrained.save_weights(tmp_path / "tiny.weights.h5")
    s3_files.mkdir("encoders")
    s3_files.put_file(str(tmp_path / "tiny.weights.h5"), "encoders/tiny.weights.h5")
    address = "s3://encoders/tiny.weights.h5"
    model = DenseDepth(tiny_encoder, encoder_weights=address, decoder_filters=16)
    layer = next(each for each in pretrained.layers if each.weights)
    theirs, ours = layer.get_weights()[0], model.get_layer(layer.name).get_weights()[0]
    np.testing.assert_array_equal(ours, theirs)
    s3_files.pipe_file("encoders/tiny.weights.h5", b"no weights")
    with pytest.raises(ValueError, match=f"does not hold weights.*Received: '{address}'"):
        DenseDepth(tiny_encoder, encoder_weights=address, decoder_filters=16)
    with pytest.raises(FileNotFoundError, match=r"'s3://encoders/none\.pth'"):
        Monodepth2(encoder_weights="s3://encoders/none.pth")


def test_real_imagenet_weights(shared):
    path = shared("weights/mobilenet_v2_1.0_imagenet_notop.weights.h5")
    model = DenseDepth(encoder_weights=str(path), **SMALL)
    kernel = model.get_layer("Conv1").get_weights()[0]
    assert kernel.std() > 0.1  # Random initialisation gives 0.05.


@pytest.mark.parametrize("weights", [None, "none"])
def test_no_weights(weights):
    assert DenseDepth(encoder_weights=weights, **SMALL).built


@pytest.mark.long
def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"`encoder_weights`.*nowhere\.h5"):
        DenseDepth(encoder_weights=str(tmp_path / "nowhere.h5"), **SMALL)


def test_a_file_of_another_network_is_named(tmp_path):
    path = str(tmp_path / "other.weights.h5")
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).save_weights(path)
    with pytest.raises(ValueError, match=r"MobileNetV2.*other\.weights\.h5"):
        DenseDepth(encoder_weights=path, **SMALL)


def test_a_failed_download_says_what_to_do(monkeypatch):
    """The real download code runs; only the address it reaches for leads nowhere."""
    import keras.src.applications.mobilenet_v2 as application

    monkeypatch.setattr(application, "BASE_WEIGHT_PATH", "http://127.0.0.1:9/")
    monkeypatch.setenv("KERAS_HOME", "/nonexistent")
    with pytest.raises(ValueError, match="`encoder_weights=FILE`") as failure:
        DenseDepth(encoder_weights="imagenet", **SMALL)
    assert "\n" not in str(failure.value)
