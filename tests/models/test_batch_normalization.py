"""Keras' normalisation in everything but its speed and the variance that it averages."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.models import batch_normalization
from densedepth_tf.models.batch_normalization import BatchNormalization, fuse_batch_normalization

RNG = np.random.default_rng(0)
MAPS = RNG.normal(3, 2, (4, 5, 6, 8)).astype(np.float32)


def pair(shape=MAPS.shape, **options):
    """Keras' layer and ours with the same weights, none of them trivial."""
    layers = [kind(**options) for kind in (keras.layers.BatchNormalization, BatchNormalization)]
    for layer in layers:
        layer.build(shape)
    values = [RNG.uniform(0.5, 2, weight.shape) for weight in layers[0].weights]
    for layer in layers:
        layer.set_weights(values)
    return layers


def step(layer, maps, **options):
    """Outputs in training, and the gradients of the input and of what is trained."""
    maps = tf.convert_to_tensor(maps)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        outputs = layer(maps, training=True, **options)
        loss = tf.reduce_sum(tf.cast(outputs, tf.float32) ** 3)
    sources = [maps, *(weight.value for weight in layer.trainable_weights)]
    return [outputs, *tape.gradient(loss, sources)]


@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False, "epsilon": 1e-5}])
def test_it_computes_what_keras_does(options):
    keras_layer, ours = pair(**options)
    np.testing.assert_allclose(ours(MAPS), keras_layer(MAPS), rtol=1e-5, atol=1e-5)
    for one, other in zip(step(ours, MAPS), step(keras_layer, MAPS), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-3 * np.abs(other).max())


@pytest.mark.parametrize("backend", ["fused", "other"])
def test_it_averages_the_unbiased_variance(backend, monkeypatch):
    if backend == "other":
        monkeypatch.setattr(batch_normalization, "_normalise_fused", batch_normalization._normalise)
    ours = BatchNormalization(momentum=0.9)
    outputs = ours(MAPS, training=True)
    np.testing.assert_allclose(np.mean(outputs, (0, 1, 2)), 0, atol=1e-5)
    mean, variance = MAPS.mean((0, 1, 2)), MAPS.var((0, 1, 2), ddof=1)
    np.testing.assert_allclose(ours.moving_mean, 0.1 * mean, rtol=1e-5)
    np.testing.assert_allclose(ours.moving_variance, 0.9 + 0.1 * variance, rtol=1e-5)


def test_half_precision_keeps_statistics_in_float32():
    keras_layer, ours = pair(dtype="mixed_bfloat16")
    maps = MAPS.astype(tf.bfloat16.as_numpy_dtype)
    ours_out, theirs = (
        tf.cast(layer(maps, training=True), tf.float32) for layer in (ours, keras_layer)
    )
    assert ours(maps).dtype == tf.bfloat16 and ours.moving_mean.dtype == "float32"
    np.testing.assert_allclose(ours_out, theirs, rtol=0.02, atol=0.02)
    np.testing.assert_allclose(ours.moving_mean, keras_layer.moving_mean, rtol=1e-4)


def test_a_frozen_layer_keeps_its_statistics():
    ours = pair()[1]
    ours.trainable = False
    before = ours.get_weights()
    np.testing.assert_array_equal(ours(MAPS, training=True), ours(MAPS, training=False))
    for one, other in zip(ours.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_gradients_pass_a_frozen_layer():
    keras_layer, ours = pair()
    gradients = []
    for layer in (keras_layer, ours):
        layer.trainable = False
        gradients.append(step(layer, MAPS)[1])
    np.testing.assert_allclose(*gradients, rtol=1e-4, atol=1e-3)


def test_a_graph_of_unknown_sizes_equals_eager_steps():
    eager, graph = pair()[1], BatchNormalization()
    graph.build(MAPS.shape)
    graph.set_weights(eager.get_weights())
    signature = [tf.TensorSpec((None, None, None, 8), tf.float32)]
    function = tf.function(lambda maps: graph(maps, training=True), input_signature=signature)
    np.testing.assert_allclose(function(MAPS), eager(MAPS, training=True), rtol=1e-5, atol=1e-5)
    for one, other in zip(graph.get_weights(), eager.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_model_with_it_is_saved_and_loaded(tmp_path):
    image = keras.Input((None, None, 8))
    model = keras.Model(image, BatchNormalization(momentum=0.7)(image))
    model(MAPS, training=True)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert type(loaded.layers[1]) is BatchNormalization and loaded.layers[1].momentum == 0.7
    np.testing.assert_array_equal(loaded(MAPS), model(MAPS))


@pytest.mark.parametrize(
    ("maps", "options"),
    [
        (MAPS[:, 0, 0], {}),
        (MAPS.astype(np.float64), {"dtype": "float64"}),
        (MAPS.astype(np.float16), {"dtype": "float16"}),
        (MAPS, {"axis": 1}),
        (MAPS, {"renorm": True}),
    ],
    ids=["vectors", "float64", "float16 statistics", "channels first", "renorm"],
)
def test_other_cases_are_left_to_keras(maps, options):
    keras_layer, ours = pair(maps.shape, **options)
    for training in (True, False):
        np.testing.assert_array_equal(
            ours(maps, training=training), keras_layer(maps, training=training)
        )
    for one, other in zip(ours.get_weights(), keras_layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.long
def test_a_network_of_keras_applications_takes_its_weight_files(tmp_path):
    network = keras.applications.MobileNetV2(include_top=False, weights=None, alpha=0.35)
    network.save_weights(tmp_path / "w.weights.h5")
    fused = keras.applications.MobileNetV2(include_top=False, weights=None, alpha=0.35)
    fuse_batch_normalization(fused)
    fused.load_weights(tmp_path / "w.weights.h5")
    image = RNG.random((1, 64, 64, 3)).astype(np.float32)
    np.testing.assert_allclose(fused(image), network(image), rtol=1e-4, atol=1e-5)
    kinds = {type(layer) for layer in fused.layers if "BatchNorm" in type(layer).__name__}
    assert kinds == {BatchNormalization}
