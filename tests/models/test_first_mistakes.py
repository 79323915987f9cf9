"""First mistakes with `fit`, `evaluate` and `predict` are told in one sentence."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf import DenseDepth, DenseDepthLoss, Monodepth2
from densedepth_tf.models.eigen.network import Eigen

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
    "weights of pixels from a data set": (
        lambda m, t: m.fit(one_batch(IMAGES, t, np.ones((2, 32, 32))), verbose=0),
        "one number for each sample.*set targets to 0",
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
