"""First mistakes with `fit`, `evaluate` and `predict` are told in one sentence."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf import DenseDepth, DenseDepthLoss, Monodepth2
from densedepth_tf.models.eigen.network import Eigen
from densedepth_tf.models.keras_model.watched_data import Watch

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((2, 64, 64, 3), np.float32)
METRES = RANDOM.uniform(0.5, 9.0, (2, 32, 32, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def model(tiny_encoder):
    keras.utils.set_random_seed(0)
    model = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16)
    model.compile("adam", loss=DenseDepthLoss())
    return model


@pytest.fixture(scope="module")
def targets(model):
    return np.asarray(model.to_target(METRES))


def one_batch(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(2)


def large(targets):
    return targets.repeat(2, axis=1).repeat(2, axis=2)


MISTAKES = {
    "depth of the image's size": (
        lambda m, t: m.evaluate(IMAGES, large(t), verbose=0),
        r"\(N, 32, 32, 1\).*model.target_size.*64, 64, 1\)",
    ),
    "the same from a data set": (
        lambda m, t: m.fit(one_batch(IMAGES, large(t)), verbose=0),
        "size of the network's output",
    ),
    "no channel axis": (lambda m, t: m.fit(IMAGES, t[..., 0], verbose=0), r"targets\[..., None\]"),
    "no channel axis from a data set": (
        lambda m, t: m.evaluate(one_batch(IMAGES, t[..., 0]), verbose=0),
        r"targets\[..., None\].*32, 32\)",
    ),
    "metres": (
        lambda m, t: m.fit(IMAGES, METRES, verbose=0),
        r"Targets lie in 1..100, 0 = missing; model.to_target.*from 0.5.* to 8.9",
    ),
    "metres to validate with": (
        lambda m, t: m.fit(IMAGES, t, validation_data=(IMAGES, METRES), verbose=0),
        "model.to_target",
    ),
    "floats up to 255": (lambda m, t: m.predict(IMAGES * 255, verbose=0), "divide by 255"),
    "floats up to 255 in fit": (lambda m, t: m.fit(IMAGES * 255, t, verbose=0), "divide by 255"),
    "on a batch": (lambda m, t: m.train_on_batch(IMAGES * 255, t), "divide by 255"),
    "one image": (lambda m, t: m.predict(IMAGES[0], verbose=0), r"image\[None\].*\(64, 64, 3\)"),
    "one image called": (lambda m, t: m(IMAGES[0]), r"image\[None\], or call predict_depth"),
    "channels first": (
        lambda m, t: m.predict(IMAGES.transpose(0, 3, 1, 2), verbose=0),
        r"\(N, H, W, 3\).*\(2, 3, 64, 64\)",
    ),
    "grey": (lambda m, t: m.predict(IMAGES[..., :1], verbose=0), r"RGB.*\(2, 64, 64, 1\)"),
    "60x90": (
        lambda m, t: m.predict(np.zeros((1, 60, 90, 3), np.float32), verbose=0),
        "multiples of 32, at least 32; predict_depth takes any size. Received: 60x90",
    ),
    "60x90 from a data set": (
        lambda m, t: m.predict(one_batch(np.zeros((1, 60, 90, 3), np.float32)), verbose=0),
        "multiples of 32.*Received: 60x90",
    ),
    "weights of pixels": (
        lambda m, t: m.fit(IMAGES, t, sample_weight=np.full((2, 32, 32), 0.5), verbose=0),
        "a mask of 0 and 1",
    ),
    "a mask of another size": (
        lambda m, t: m.evaluate(IMAGES, t, sample_weight=np.ones((2, 64, 64)), verbose=0),
        r"mask of the targets' pixels, \(None, 32, 32\).*\(None, 64, 64\)",
    ),
    "metres from a data set": (
        lambda m, t: m.fit(one_batch(IMAGES, METRES), verbose=0),
        "model.to_target.*from 0.5.* to 8.9",
    ),
    "metres from a data set to validate with": (
        lambda m, t: m.fit(one_batch(IMAGES, t), validation_data=one_batch(IMAGES, METRES)),
        "model.to_target",
    ),
    "metres from a generator": (
        lambda m, t: m.fit((batch for batch in [(IMAGES, METRES)]), verbose=0),
        "model.to_target",
    ),
    "metres as a tensor": (
        lambda m, t: m.evaluate(IMAGES, tf.constant(METRES), verbose=0),
        "model.to_target",
    ),
    "floats up to 255 from a data set": (
        lambda m, t: m.predict(tf.data.Dataset.from_tensors(IMAGES * 255), verbose=0),
        "divide by 255",
    ),
    "floats up to 255 as a tensor": (
        lambda m, t: m.predict(tf.constant(IMAGES * 255), verbose=0),
        "divide by 255",
    ),
    "floats up to 255 called": (lambda m, t: m(IMAGES * 255), "divide by 255"),
    "whole numbers": (
        lambda m, t: m.predict((IMAGES * 255).astype(np.int32), verbose=0),
        "uint8 in 0..255 or float in .* dtype int32",
    ),
    "one image on a batch": (lambda m, t: m.predict_on_batch(IMAGES[0]), r"image\[None\]"),
    "one image and its depth": (lambda m, t: m.fit(IMAGES[0], t[0]), r"image\[None\]"),
    "a list": (
        lambda m, t: m.predict([IMAGES[0], IMAGES[0, :32]], verbose=0),
        r"np.stack\(images\), or call predict_depth.*a list of 2",
    ),
    "a path": (lambda m, t: m.predict("a.jpg"), "predict_depth takes paths. Received: 'a.jpg'"),
    "an address": (
        lambda m, t: m.predict_depth("https://example.org/a.jpg"),
        "not on the web: download it first",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence(model, targets, mistake):
    call, said = MISTAKES[mistake]
    with pytest.raises(ValueError, match=said) as raised:
        call(model, targets)
    assert "\n" not in str(raised.value)


@pytest.mark.long
def test_a_mistake_can_be_put_right(model, targets):
    with pytest.raises(ValueError, match="channel axis"):
        model.fit(IMAGES, targets[..., 0], verbose=0)
    history = model.fit(IMAGES, targets, validation_data=(IMAGES, targets), verbose=0).history
    assert np.isfinite(history["loss"] + history["val_loss"]).all()
    assert model.predict((IMAGES * 255).astype(np.uint8), verbose=0).shape == (2, 32, 32, 1)


def test_a_mask_of_pixels_is_missing_depth(model, targets):
    mask = RANDOM.integers(0, 2, (2, 32, 32))
    masked = model.evaluate(IMAGES, targets, sample_weight=mask, verbose=0)
    assert masked == model.evaluate(IMAGES, targets * mask[..., None], verbose=0)
    assert masked != model.evaluate(IMAGES, targets, verbose=0)
    assert model.evaluate(IMAGES, targets, sample_weight=np.ones(2), verbose=0) > 0


def test_a_mask_may_come_from_a_data_set(model, targets):
    mask = RANDOM.integers(0, 2, (2, 32, 32))
    masked = model.evaluate(one_batch(IMAGES, targets, mask), verbose=0)
    expected = model.evaluate(IMAGES, targets * mask[..., None], verbose=0)
    np.testing.assert_allclose(masked, expected, rtol=1e-5)


def of_images(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=(1, 2, 3))


def test_other_losses_are_weighed_or_refuse(tiny_encoder, targets):
    model = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16)
    mask = np.zeros((2, 32, 32), np.float32)
    mask[:, :16] = 2.0
    error = np.abs(model.predict(IMAGES, verbose=0) - targets)[..., 0]

    def loss_of(loss, **weights):
        model.compile("sgd", loss, jit_compile=False)
        return model.evaluate(IMAGES, targets, verbose=0, **weights)

    # A target of 0 would be a depth like any other to this loss.
    np.testing.assert_allclose(loss_of("mae", sample_weight=mask), (error * mask).mean(), rtol=1e-4)
    one = loss_of("mae", sample_weight=np.array([1.0, 0.0]))
    np.testing.assert_allclose(one, error[0].mean() / 2, rtol=1e-4)
    one = loss_of(of_images, sample_weight=np.array([1.0, 0.0]))
    np.testing.assert_allclose(one, error[0].mean() / 2, rtol=1e-4)
    with pytest.raises(ValueError, match=r"one number for an image.*set targets to 0.*\(N, H, W\)"):
        loss_of(of_images, sample_weight=mask)


def test_what_negative_targets_mean_is_the_losss_matter(model, targets):
    def as_good(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(keras.ops.abs(y_true) - y_pred), axis=(1, 2, 3))

    negative = DenseDepth.from_config(model.get_config())
    negative.compile("sgd", as_good, jit_compile=False)
    assert negative.evaluate(one_batch(IMAGES, -targets), verbose=0) > 0


def test_a_data_set_that_is_right_is_left_as_it_is(model, targets):
    batches = tf.data.Dataset.from_tensor_slices((IMAGES, targets)).repeat(4).batch(2)
    watched = Watch(model._check)(batches)
    assert watched.element_spec == batches.element_spec
    assert watched.cardinality() == batches.cardinality() == 4
    for (image, target), (again, as_well) in zip(batches, watched, strict=True):
        np.testing.assert_array_equal(image, again)
        np.testing.assert_array_equal(target, as_well)


class Inside(keras.Model):
    """A model of a user's own, of no layers that Keras knows of before it is called."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, images, training=None):
        return self.inner(images, training=training)


def functional(inner):
    image = keras.Input((None, None, 3))
    return keras.Model(image, inner(image))


@pytest.mark.parametrize("outer", [functional, Inside])
def test_inside_another_model_shapes_are_told_in_a_sentence(tiny_encoder, targets, outer):
    model = outer(DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16))
    model.compile("sgd", DenseDepthLoss(), jit_compile=False)
    mask = RANDOM.integers(0, 2, (2, 32, 32))
    masked = model.evaluate(IMAGES, targets, sample_weight=mask, verbose=0)
    expected = model.evaluate(IMAGES, targets * mask[..., None], verbose=0)
    np.testing.assert_allclose(masked, expected, rtol=1e-5)
    for call, said in (
        (lambda: model.predict(IMAGES[:, :50], verbose=0), "multiples of 32.*Received: 50x64"),
        (lambda: model.evaluate(IMAGES, large(targets), verbose=0), "size of the network's output"),
        (lambda: model.evaluate(IMAGES, targets[..., 0], verbose=0), r"targets\[..., None\]"),
    ):
        model.predict_function = model.test_function = None
        with pytest.raises(ValueError, match=said) as raised:
            call()
        assert "\n" not in str(raised.value)


def test_inside_another_model_bytes_that_became_floats_are_bytes(tiny_encoder):
    inner = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16)
    as_bytes = np.round(IMAGES * 255).astype(np.uint8)
    expected = inner.predict(as_bytes, verbose=0)
    model = functional(inner)  # Whose input is of floats: Keras casts bytes to it.
    for images in (as_bytes, np.float32(as_bytes), np.float32(as_bytes / 255)):
        np.testing.assert_allclose(model.predict(images, verbose=0), expected, rtol=1e-3, atol=1e-5)


def test_other_families_say_their_own():
    with pytest.raises(ValueError, match=r"at least 64; predict_depth.*Received: 32x64"):
        Monodepth2(encoder_weights=None)(np.zeros((1, 32, 64, 3), np.float32))
    eigen = Eigen(image_size=(64, 64), dense_units=8)
    with pytest.raises(ValueError, match=r"images of \(64, 64\).*\(96, 64\)"):
        eigen(np.zeros((1, 96, 64, 3), np.float32))
    eigen.compile("sgd", "mse")
    shape = eigen.output.shape[1:]
    with pytest.raises(ValueError, match=r"Targets lie in 1\.\.5\.6"):
        eigen.fit(IMAGES, np.full((2, *shape), 9.0, np.float32), verbose=0)
