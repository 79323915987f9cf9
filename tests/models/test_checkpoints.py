"""One door for checkpoints: every wrong one is named in one line."""

import zipfile

import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf import DenseDepth


@pytest.fixture(scope="module")
def model():
    return DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16, image_size=(64, 96))


def test_run_folder(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = densedepth_tf.load(tmp_path)
    assert loaded.get_config() == model.get_config()
    image = np.zeros((20, 30, 3), np.uint8)
    np.testing.assert_allclose(loaded.predict_depth(image), model.predict_depth(image), rtol=1e-6)


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.keras"):
        densedepth_tf.load(tmp_path / "nowhere.keras")
    with pytest.raises(FileNotFoundError, match=r"model\.keras"):
        densedepth_tf.load(tmp_path)


def test_half_written_file(model, tmp_path):
    path = tmp_path / "model.keras"
    model.save(path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(ValueError, match=r"is cut off, or no \.keras file.*model\.keras"):
        densedepth_tf.load(path)


def test_file_with_damaged_weights(model, tmp_path):
    model.save(tmp_path / "whole.keras")
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(tmp_path / "whole.keras") as whole, zipfile.ZipFile(path, "w") as half:
        for name in whole.namelist():
            content = whole.read(name)
            half.writestr(name, content[:20_000] if "weights" in name else content)
    with pytest.raises(ValueError, match=r"damaged, incomplete.*model\.keras") as failure:
        densedepth_tf.load(path)
    assert "\n" not in str(failure.value)


def test_another_kind_of_model(tmp_path):
    path = tmp_path / "classifier.keras"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).save(path)
    with pytest.raises(ValueError, match=r"not a DepthEstimator.*classifier\.keras"):
        densedepth_tf.load(path)


def test_unknown_suffix(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"model\.bin"):
        densedepth_tf.load(tmp_path / "model.bin")
