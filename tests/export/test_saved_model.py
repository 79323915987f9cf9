import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_depth import TinyDepth

from densedepth_tf import load
from densedepth_tf.export.saved_model import export_saved_model
from densedepth_tf.geometry.depth_model import DepthModel
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.inference.sharpened_estimator import SharpenedEstimator
from densedepth_tf.models.keras_model.precision import dtype_policy

PLAIN_TENSORFLOW = """
import sys
import numpy as np
import tensorflow as tf

loaded = tf.saved_model.load(sys.argv[1])
serve = loaded.signatures["serving_default"]
images = np.load(sys.argv[2])
depth = serve(images=tf.constant(images))["depth"]
assert depth.dtype == tf.float32 and depth.shape == (*images.shape[:3], 1)
np.save(sys.argv[3], depth.numpy())
assert "densedepth_tf" not in sys.modules
"""


def test_plain_tensorflow_runs_it_at_sizes_that_are_no_multiple_of_32(model, saved_model, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (2, 75, 101, 3), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    names = (saved_model, tmp_path / "images.npy", tmp_path / "depth.npy")
    subprocess.run(
        [sys.executable, "-c", PLAIN_TENSORFLOW, *map(str, names)], check=True, cwd=tmp_path
    )
    depth = np.load(tmp_path / "depth.npy")
    np.testing.assert_allclose(depth, model.predict_depth(images), rtol=1e-5)
    assert depth.std() > 0


def test_load_gives_an_estimator_equal_to_the_model(model, saved_model):
    estimator = load(saved_model)
    assert isinstance(estimator, DepthModel) and isinstance(model, DepthModel)
    assert (estimator.min_depth, estimator.max_depth) == (model.min_depth, model.max_depth)
    images = np.random.default_rng(1).integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)
    expected = model.predict_depth(images)
    np.testing.assert_allclose(estimator.predict_depth(images, batch_size=2), expected, rtol=1e-5)
    np.testing.assert_allclose(estimator.predict_depth(images[0]), expected[0], rtol=1e-5)
    floats = images.astype(np.float32) / 255
    np.testing.assert_allclose(estimator.predict_depth(floats), expected, rtol=1e-5)
    with pytest.raises(ValueError, match="shape"):
        estimator.predict_depth(images[..., :2])


def test_its_depth_is_sharpened_as_any(model, saved_model):
    image = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    sharp = SharpenedEstimator(load(saved_model)).predict_depth(image)
    np.testing.assert_allclose(sharp, SharpenedEstimator(model).predict_depth(image), rtol=1e-2)


def test_metadata_says_units_range_and_difference(saved_model):
    metadata = json.loads((saved_model / "assets.extra" / "metadata.json").read_text())
    assert metadata["output"]["unit"] == "metre" and metadata["max_depth"] == 10
    assert metadata["parity"]["max_relative_difference"] <= 1e-4


def test_a_model_in_half_precision_becomes_float32(tmp_path):
    with dtype_policy("mixed_bfloat16"):
        model = TinyDepth()
    export_saved_model(model, tmp_path / "saved_model")
    loaded = tf.saved_model.load(str(tmp_path / "saved_model"))
    operations = loaded.signatures["serving_default"].graph.as_graph_def()
    types = {node.attr["T"].type for node in operations.node if "T" in node.attr}
    types |= {n.attr["T"].type for f in operations.library.function for n in f.node_def}
    assert not types & {tf.bfloat16.as_datatype_enum, tf.float16.as_datatype_enum}
    images = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
    exported = load(tmp_path / "saved_model").predict_depth(images)
    np.testing.assert_allclose(exported, model.predict_depth(images), rtol=0.05)
    assert {layer.compute_dtype for layer in model.layers} >= {"bfloat16"}  # left as it was


def test_a_difference_above_the_bound_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="differs from the model"):
        export_saved_model(TinyDepth(), tmp_path / "saved_model", bound=-1.0)
    assert not list(tmp_path.iterdir())


def test_only_an_earlier_saved_model_is_replaced(tmp_path):
    model, run = TinyDepth(), tmp_path / "run"
    run.mkdir()
    (run / "model.keras").write_text("precious")
    with pytest.raises(ValueError, match=r"'model\.keras' is in the way"):
        export_saved_model(model, run)
    with pytest.raises(ValueError, match="in the way"):
        export_saved_model(model, run / "model.keras")
    assert (run / "model.keras").read_text() == "precious"
    (tmp_path / "empty").mkdir()
    for _ in range(2):
        export_saved_model(model, tmp_path / "empty")
    assert load(tmp_path / "empty").max_depth == 10


def test_prediction_is_the_same_through_either(model, saved_model, tmp_path):
    model.save(tmp_path / "model.keras")
    image = np.random.default_rng(2).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    keras.utils.save_img(tmp_path / "photo.png", image, scale=False)
    depths = []
    for checkpoint in (tmp_path / "model.keras", saved_model):
        predict_to_folder(checkpoint, [tmp_path / "photo.png"], tmp_path / "out", ["npy"])
        depths.append(np.load(tmp_path / "out" / "photo.depth.npy"))
    np.testing.assert_allclose(depths[0], depths[1], rtol=1e-5)


def save_function(path, function, signature):
    module = tf.Module()
    module.serve = tf.function(function, input_signature=[signature])
    tf.saved_model.save(module, str(path), signatures=module.serve)


def test_wrong_and_damaged_saved_models_are_named(saved_model, tmp_path):
    wrong, cut, damaged = (tmp_path / name for name in ("wrong", "cut", "damaged"))
    save_function(wrong, lambda x: {"y": 2 * x}, tf.TensorSpec((None, 4), tf.float32))
    for path in (cut, damaged):
        path.mkdir()
        (path / "saved_model.pb").write_bytes((saved_model / "saved_model.pb").read_bytes())
    (damaged / "saved_model.pb").write_bytes(b"\xff\x00 nothing")
    for path in (wrong, cut, damaged):
        with pytest.raises(ValueError, match=f"{path.name}'"):
            load(path)


def test_a_saved_model_of_one_size_says_so(tmp_path):
    def mean(images):
        return {"depth": tf.reduce_mean(tf.cast(images, tf.float32), -1, keepdims=True)}

    save_function(tmp_path / "fixed", mean, tf.TensorSpec((None, 32, 64, 3), tf.uint8))
    estimator = load(tmp_path / "fixed")
    assert estimator.max_depth is None
    assert estimator.predict_depth(np.zeros((32, 64, 3), np.uint8)).shape == (32, 64, 1)
    with pytest.raises(ValueError, match="takes images of 32x64 only"):
        estimator.predict_depth(np.zeros((32, 32, 3), np.uint8))


def test_a_full_disk_is_named_and_leaves_nothing(full_disk, tmp_path):
    model = TinyDepth()
    with full_disk(200), pytest.raises(OSError, match=r"Cannot write the SavedModel '.*new'"):
        export_saved_model(model, tmp_path / "new")
    assert not list(tmp_path.iterdir())
