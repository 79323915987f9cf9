"""Presets as in KerasHub: listed by the class, read by name or folder, written by the model."""

import json

import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf import DenseDepth, Eigen, Monodepth2
from densedepth_tf.models.keras_model.precision import dtype_policy


def test_a_class_lists_its_presets():
    assert DenseDepth.presets.keys() == {"nyu_small", "rooms_small", "nyu", "kitti"}
    small, official = DenseDepth.presets["nyu_small"], DenseDepth.presets["nyu"]
    assert "NYU" in small["description"] and not small["downloaded"] and official["downloaded"]
    assert small["bytes"] < official["bytes"]
    assert Eigen.presets == Monodepth2.presets == {}


def test_a_model_comes_back_from_its_folder(build, family, images, tmp_path):
    model = build(family, max_depth=20.0)
    model.save_to_preset(tmp_path / "mine")
    for loaded in (
        type(model).from_preset(tmp_path / "mine"),
        densedepth_tf.DepthEstimator.from_preset(tmp_path / "mine"),
        densedepth_tf.load(tmp_path / "mine"),
    ):
        assert type(loaded) is type(model) and loaded.get_config() == model.get_config()
        np.testing.assert_array_equal(loaded.predict_depth(images), model.predict_depth(images))


def test_its_folder_says_what_it_is(build, tmp_path):
    model = build("densedepth")
    model.save_to_preset(tmp_path)
    described = json.loads((tmp_path / "metadata.json").read_text())
    assert described["parameter_count"] == model.count_params()
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: keras\n") and "DenseDepth.from_preset" in card
    (tmp_path / "README.md").write_text("my words")
    model.save_to_preset(tmp_path)
    assert (tmp_path / "README.md").read_text() == "my words"


def test_a_preset_of_another_family_is_refused(build, tmp_path):
    build("eigen").save_to_preset(tmp_path)
    with pytest.raises(ValueError, match=r"call Eigen\.from_preset"):
        DenseDepth.from_preset(tmp_path)
    with pytest.raises(ValueError, match=r"call DenseDepth\.from_preset"):
        Eigen.from_preset("nyu_small")


def test_a_wrong_name_says_what_there_is(tmp_path):
    with pytest.raises(ValueError, match=r"nyu_small, nyu, kitti.*hf://USER/NAME.*'nyu_tiny'"):
        DenseDepth.from_preset("nyu_tiny")
    with pytest.raises(FileNotFoundError, match=r"holds config\.json and model\.weights\.h5"):
        DenseDepth.from_preset(tmp_path)


@pytest.mark.parametrize(
    "config",
    [
        "{",
        "[]",
        '{"class_name": "Popen", "config": {}}',
        '{"class_name": "DenseDepth", "config": {"encoder": "resnet50"}}',
        '{"class_name": "DenseDepth", "config": {"no such argument": 1}}',
    ],
)
def test_a_damaged_folder_is_named(build, tmp_path, config):
    build("densedepth").save_to_preset(tmp_path)
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(ValueError, match=f"Received: '{tmp_path}"):
        DenseDepth.from_preset(tmp_path)


def test_dtype_is_the_global_policys_or_as_said(build, images, tmp_path):
    model = build("densedepth")
    model.save_to_preset(tmp_path)
    with dtype_policy("mixed_bfloat16"):
        loaded = DenseDepth.from_preset(tmp_path)
    assert loaded.dtype_policy.name == "mixed_bfloat16"
    assert loaded.get_layer("conv2").compute_dtype == "bfloat16"
    loaded = DenseDepth.from_preset(tmp_path, dtype="mixed_float16")
    assert loaded.get_layer("conv2").compute_dtype == "float16"
    assert keras.config.dtype_policy().name == "float32"
    ratio = loaded.predict_depth(images) / model.predict_depth(images)
    assert abs(np.median(ratio) - 1) < 0.05


def test_another_largest_depth_keeps_the_metres(build, images, tmp_path):
    model = build("densedepth", min_depth=0.01)
    model.save_to_preset(tmp_path)
    larger = DenseDepth.from_preset(tmp_path, max_depth=20.0)
    assert larger.max_depth == 20.0
    ours, theirs = (
        np.asarray(each.to_depth(each.predict(images, verbose=0))) for each in (larger, model)
    )
    nearer = theirs < 9.99
    np.testing.assert_allclose(ours[nearer], theirs[nearer], rtol=1e-4)
    assert nearer.any() and (ours[~nearer] > 9.98).all()


def test_another_image_size(build, tmp_path):
    build("densedepth").save_to_preset(tmp_path / "a")
    assert DenseDepth.from_preset(tmp_path / "a", image_size=(64, 96)).image_size == (64, 96)
    build("eigen").save_to_preset(tmp_path / "b")
    with pytest.raises(ValueError, match="images of one size"):
        Eigen.from_preset(tmp_path / "b", image_size=(96, 96))
    with pytest.raises(ValueError, match="keeps the range"):
        Eigen.from_preset(tmp_path / "b", max_depth=20.0)
