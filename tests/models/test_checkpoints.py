"""One door for checkpoints: every wrong one is named in one line."""

import io
import zipfile

import h5py
import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf import DenseDepth
from densedepth_tf.geometry.finite import NotFiniteError
from densedepth_tf.models.monodepth2.pose_network import PoseNetwork


@pytest.fixture(scope="module")
def model():
    return DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16, image_size=(64, 96))


@pytest.mark.long
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


def change_member(source, target, name, change):
    """Copies a `.keras` file with another content of one member, compressed."""
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(target, "w", 8) as changed:
        for member in whole.namelist():
            content = whole.read(member)
            changed.writestr(member, change(content) if member == name else content)


def declare_huge(content):
    file = io.BytesIO(content)
    with h5py.File(file, "r+") as weights:
        del weights["layers/conv2d/vars/0"]
        weights["layers/conv2d/vars"].create_dataset("0", (10**6, 10**6), "f4")
    return file.getvalue()


@pytest.mark.parametrize(
    ("member", "change", "message"),
    [
        ("model.weights.h5", lambda content: content + bytes(2**27), "would be .* bytes large"),
        ("model.weights.h5", declare_huge, "vars/0 is declared as float32 of shape"),
        (
            "config.json",
            lambda content: content.replace(b'"decoder_filters": 16', b'"decoder_filters": 99999'),
            "decoder_filters, 99999, are more",
        ),
    ],
)
def test_what_a_file_declares_is_checked_before_memory_is_taken(
    model, tmp_path, member, change, message
):
    model.save(tmp_path / "whole.keras")
    change_member(tmp_path / "whole.keras", tmp_path / "bomb.keras", member, change)
    with pytest.raises(ValueError, match=rf"damaged.*{message}.*bomb\.keras'"):
        densedepth_tf.load(tmp_path / "bomb.keras")


@pytest.mark.long
def test_weights_that_are_not_finite_are_named(tmp_path):
    """Clipping to the range would make one depth of them."""
    model = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16)
    for value in (np.nan, np.inf):
        bias = model.get_layer("conv3").bias
        bias.assign(np.full(bias.shape, value))
        with pytest.raises(NotFiniteError, match="NaN or infinite in 1536 of 1536 pixels"):
            model.predict_depth(np.zeros((32, 48, 3), np.uint8))
        model.save(tmp_path / "model.keras")
        with pytest.raises(ValueError, match=r"conv3/bias is not finite: 1 of 1.*model\.keras'"):
            densedepth_tf.load(tmp_path)


@pytest.mark.long
def test_weights_of_a_pose_network_that_are_not_finite_are_named(tmp_path):
    pose = PoseNetwork(encoder_weights=None)
    kernel = pose.get_layer("pose_conv_1").kernel
    kernel.assign(np.where(np.arange(kernel.shape[-1]) == 7, np.nan, kernel))
    pose.save(tmp_path / "pose.keras")
    with pytest.raises(ValueError, match=r"pose_conv_1/kernel is not finite.*pose\.keras'"):
        densedepth_tf.load_motion(tmp_path)


def test_another_kind_of_model(tmp_path):
    path = tmp_path / "classifier.keras"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).save(path)
    with pytest.raises(ValueError, match=r"not a DepthEstimator.*classifier\.keras"):
        densedepth_tf.load(path)


def test_unknown_suffix(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"model\.bin"):
        densedepth_tf.load(tmp_path / "model.bin")
