"""What users set on a model comes back from its file, as for any functional Keras model."""

import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf import DenseDepth, DenseDepthLoss, Monodepth2
from densedepth_tf.models.eigen.network import Eigen
from densedepth_tf.models.keras_model.precision import dtype_policy
from densedepth_tf.models.monodepth2.pose_network import PoseNetwork

pytestmark = pytest.mark.usefixtures("tiny_encoder", "tiny_resnet")
BUILD = {
    "densedepth": lambda: DenseDepth("tiny", encoder_weights=None, decoder_filters=16),
    "monodepth2": lambda: Monodepth2("tiny", encoder_weights=None),
    "eigen": lambda: Eigen(image_size=(64, 64), dense_units=8),
}
DECODER = {
    "densedepth": ("up", "conv2", "conv3"),
    "monodepth2": ("decoder",),
    "eigen": ("fine", "log_depth"),
}
IMAGES = np.random.default_rng(0).random((2, 64, 64, 3), np.float32)


def freeze_encoder(model, decoder):
    for layer in model.layers:
        layer.trainable = layer.name.startswith(decoder)


def trained(model, loss):
    """One step, so that the optimizer has something to keep."""
    targets = np.full(model.compute_output_shape(IMAGES.shape), 2.0, np.float32)
    if isinstance(model, Monodepth2):
        targets /= 4
    model.compile(keras.optimizers.Adam(1e-3), loss=loss, run_eagerly=True)
    model.train_on_batch(IMAGES, targets)
    return targets


def reloaded(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras")


def names(model):
    return [variable.path for variable in model.trainable_variables]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:Gradients do not exist")
@pytest.mark.filterwarnings("error:Skipping variable loading")
@pytest.mark.parametrize("family", BUILD)
def test_frozen_layers_and_the_optimizer_survive(tmp_path, family):
    model = BUILD[family]()
    freeze_encoder(model, DECODER[family])
    targets = trained(model, DenseDepthLoss() if family == "densedepth" else "mse")
    loaded = reloaded(model, tmp_path)
    assert type(loaded) is type(model)
    assert 0 < len(names(model)) < len(model.weights) and names(loaded) == names(model)
    assert type(loaded.loss) is type(model.loss)
    for ours, theirs in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    resting = [np.array(value) for value in loaded.non_trainable_variables]
    loaded.run_eagerly = True
    loaded.train_on_batch(IMAGES, targets)
    model.train_on_batch(IMAGES, targets)
    frozen = [v.path for v in loaded.non_trainable_variables if "moving" not in v.path]
    for before, after in zip(resting, loaded.non_trainable_variables, strict=True):
        assert after.path not in frozen or np.array_equal(before, after)
    for ours, theirs in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_nothing_is_added_to_the_configuration_where_nothing_was_changed():
    model = BUILD["eigen"]()
    assert model.get_config() == model.constructor_arguments()
    model.get_layer("fine2").trainable = False
    assert model.get_config() == {**model.constructor_arguments(), "frozen": ["fine2"]}
    assert type(model).from_config(model.get_config()).get_config() == model.get_config()


def test_a_whole_model_can_be_frozen_but_for_a_layer(tmp_path):
    model = BUILD["eigen"]()
    model.trainable = False
    assert not reloaded(model, tmp_path).trainable_variables
    model.trainable = True
    model.coarse.trainable = False
    assert names(reloaded(model, tmp_path)) == names(model) != []


@pytest.mark.long
@pytest.mark.parametrize("family", BUILD)
def test_the_dtype_policy_survives(tmp_path, family):
    with dtype_policy("mixed_float16"):
        model = BUILD[family]()
    freeze_encoder(model, DECODER[family])
    loaded = reloaded(model, tmp_path)
    assert loaded.dtype_policy.name == "mixed_float16" and names(loaded) == names(model)
    for ours, theirs in zip(loaded.layers, model.layers, strict=True):
        assert ours.dtype_policy.name == theirs.dtype_policy.name, ours.name
    np.testing.assert_array_equal(loaded(IMAGES), model(IMAGES))
    # This package's own door gives what predicts best.
    whole = densedepth_tf.load(tmp_path / "model.keras")
    assert {layer.compute_dtype for layer in whole.layers} == {"float32"}
    assert names(whole) == names(model)


def test_a_float32_file_stays_float32_whatever_the_policy_is(tmp_path):
    BUILD["eigen"]().save(tmp_path / "model.keras")
    with dtype_policy("mixed_float16"):
        loaded = keras.models.load_model(tmp_path / "model.keras")
    assert {layer.compute_dtype for layer in loaded.layers} == {"float32"}


@pytest.mark.filterwarnings("error:Skipping variable loading")
@pytest.mark.parametrize("family", ["densedepth", "eigen"])
def test_so_it_is_for_a_model_inside_another_one(tmp_path, family):
    inner = BUILD[family]()
    freeze_encoder(inner, DECODER[family])
    image = keras.Input((64, 64, 3))
    model = keras.Model(image, keras.layers.Conv2D(1, 1)(inner(image)))
    trained(model, "mse")
    loaded = reloaded(model, tmp_path)
    assert names(loaded) == names(model)
    assert type(loaded.get_layer(inner.name)) is type(inner)
    for ours, theirs in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_so_it_is_for_pose_networks(tmp_path):
    model = PoseNetwork(encoder_weights=None)
    for layer in model.layers[:40]:
        layer.trainable = False
    assert names(reloaded(model, tmp_path)) == names(model)
