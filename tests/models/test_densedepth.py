"""The DenseDepth network: parity with the official one, sizes, units, saving."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import densedepth_tf
from densedepth_tf import DenseDepth
from densedepth_tf.models.densedepth.loss import DenseDepthLoss

PARAMETERS = {
    ("densenet121", "repo"): 10_706_209,
    ("densenet169", "repo"): 21_523_805,
    ("densenet201", "repo"): 29_916_565,
    ("densenet121", "official"): 19_075_073,
    ("densenet169", "official"): 42_816_089,
    ("densenet201", "official"): 58_035_145,
}


@pytest.fixture(scope="module")
def small_model():
    keras.utils.set_random_seed(0)
    return DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=[32, 24, 16, 12, 8])


@pytest.mark.long
@pytest.mark.parametrize(("encoder", "variant"), PARAMETERS)
def test_forward_equals_the_official_network(encoder, variant, golden, golden_weights):
    model = DenseDepth(encoder, variant, encoder_weights=None)
    golden_weights(model)
    expected = golden("densedepth_forward")[f"{encoder}/{variant}"]

    output = model(golden("densedepth_forward")["input"]).numpy()

    assert model.count_params() == PARAMETERS[encoder, variant]
    assert np.abs(output - expected).max() <= 1e-4 * expected.std()


@pytest.mark.long
@pytest.mark.parametrize("encoder", ["mobilenetv2", "resnet50", "efficientnetv2b0"])
def test_other_encoders_through_the_same_taps(encoder):
    model = DenseDepth(encoder, encoder_weights=None, decoder_filters=32)
    for size in ((64, 96), (32, 160)):
        output = model(np.zeros((1, *size, 3), np.float32))
        assert output.shape == (1, size[0] // 2, size[1] // 2, 1)
        assert model.target_size(size) == output.shape[1:3]


@pytest.mark.parametrize(
    ("encoder", "preprocess"),
    [
        ("mobilenetv2", keras.applications.mobilenet_v2.preprocess_input),
        ("resnet50", keras.applications.resnet50.preprocess_input),
    ],
)
def test_input_scaling_is_the_pretrainings(encoder, preprocess):
    """The encoder's first convolution sees what `keras.applications` feeds its weights."""
    model = DenseDepth(encoder, encoder_weights=None, decoder_filters=32)
    scaled = keras.Model(model.input, model.get_layer("input_scaling").output)
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype(np.float32)

    np.testing.assert_allclose(
        scaled.predict(image / 255, verbose=0), preprocess(image.copy()), atol=1e-4
    )


@pytest.mark.long
def test_official_layer_names():
    names = {layer.name for layer in DenseDepth("densenet121", encoder_weights=None).layers}
    assert {"conv1_conv", "conv2_block1_0_bn", "pool3_pool", "conv2", "conv3"} <= names
    assert {f"up{level}_conv{part}" for level in range(1, 5) for part in "AB"} <= names


@pytest.mark.long
@pytest.mark.parametrize("size", [(1, 1), (37, 53), (100, 31), (480, 640), (64, 96)])
def test_predict_depth_at_any_size(small_model, size):
    depth = small_model.predict_depth(np.zeros((*size, 3), np.uint8))
    assert depth.shape == (*size, 1)
    assert depth.dtype == np.float32
    assert depth.min() >= np.float32(0.1) and depth.max() <= 10


@pytest.mark.long
def test_predict_depth_batches_floats_and_bytes_agree(small_model):
    images = np.random.default_rng(0).integers(0, 256, (3, 48, 80, 3), np.uint8)
    whole = small_model.predict_depth(images, batch_size=2)

    assert whole.shape == (3, 48, 80, 1)
    np.testing.assert_allclose(whole[1], small_model.predict_depth(images[1]), rtol=1e-4)
    np.testing.assert_allclose(
        whole, small_model.predict_depth(images.astype(np.float32) / 255), rtol=1e-4
    )


@pytest.mark.long
def test_bytes_are_the_same_as_floats_in_0_to_1(tiny_encoder, tmp_path):
    """In training and in raw prediction, after loading too, and as a part of another model."""
    keras.utils.set_random_seed(0)
    model = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 64, 96, 3), np.uint8)
    floats = images / np.float32(255)
    raw = model.predict(floats, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    wrapped = keras.Sequential([keras.Input((64, 96, 3), dtype="uint8"), model])
    outputs = [whole.predict(images, verbose=0) for whole in (model, loaded, wrapped)]
    for output in (*outputs, model(images), model([images])):
        np.testing.assert_allclose(output, raw, rtol=1e-5, atol=1e-5 * np.abs(raw).max())

    targets = rng.uniform(1, 20, (2, 32, 48, 1)).astype(np.float32)
    losses = []
    for one in (images, floats):
        trained = keras.models.load_model(tmp_path / "model.keras")
        trained.compile("sgd", DenseDepthLoss(0.1, 10.0))
        batches = tf.data.Dataset.from_tensors((one, targets)).repeat(2)
        losses.append(trained.fit(batches, verbose=0).history["loss"] + [trained.evaluate(batches)])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


@pytest.mark.long
def test_predict_depth_is_raw_output_in_metres(small_model):
    """At a size the network takes, metres are the codec's, doubled in size."""
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    raw = small_model.predict(image[None] / np.float32(255), verbose=0)
    metres = np.clip(10 / raw, 0.1, 10)

    expected = tf.image.resize(metres, (64, 96))[0]
    np.testing.assert_allclose(small_model.predict_depth(image), expected, rtol=1e-4)


def test_trained_size_decides_what_the_network_sees():
    model = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16, image_size=(64, 96))
    seen = []
    original = model.call
    model.call = lambda inputs, **kwargs: (
        seen.append(tuple(inputs.shape)) or original(inputs, **kwargs)
    )
    model.depth_function(tf.zeros((1, 640, 960, 3), tf.uint8))
    model.depth_function(tf.zeros((1, 960, 640, 3), tf.uint8))
    assert [shape[1:3] for shape in seen] == [(64, 96), (96, 64)]


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((8, 8, 3), np.int32),
        np.full((8, 8, 3), 255.0, np.float32),
        np.full((8, 8, 3), np.nan, np.float32),
    ],
)
def test_predict_depth_refuses_what_is_no_image(small_model, images):
    with pytest.raises(ValueError, match="Received"):
        small_model.predict_depth(images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"encoder": "vgg"}, "Unknown encoder"),
        ({"variant": "paper"}, "Unknown variant"),
        ({"image_size": (100, 100)}, "multiples of 32"),
        ({"min_depth": 0.0}, "min_depth"),
        ({"decoder_filters": [1, 2]}, "decoder_filters"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        DenseDepth(**{"encoder": "mobilenetv2", "encoder_weights": None, **arguments})


@pytest.mark.long
def test_a_saved_model_is_loaded(small_model, tmp_path):
    small_model.save(tmp_path / "model.keras")
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    loaded = densedepth_tf.load(tmp_path / "model.keras")
    np.testing.assert_allclose(
        loaded.predict_depth(image), small_model.predict_depth(image), rtol=1e-5
    )


@pytest.mark.slow  # `test_keras_registration.py` has one of another decoder every day
def test_a_saved_model_is_loaded_in_another_process(small_model, tmp_path):
    path = tmp_path / "model.keras"
    small_model.save(path)
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    np.save(tmp_path / "image.npy", image)
    code = (
        "import densedepth_tf, keras, numpy, sys\n"
        f"model = keras.models.load_model({str(path)!r})\n"
        f"image = numpy.load({str(tmp_path / 'image.npy')!r})\n"
        f"numpy.save({str(tmp_path / 'depth.npy')!r}, model.predict_depth(image))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    depth = small_model.predict_depth(image)
    np.testing.assert_allclose(np.load(tmp_path / "depth.npy"), depth, rtol=1e-5)


@pytest.mark.long
def test_half_precision_keeps_the_head_in_float32():
    from densedepth_tf.models.keras_model.precision import dtype_policy, in_float32

    with dtype_policy("mixed_float16"):
        model = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16)
    assert model.get_layer("conv2").compute_dtype == "float16"
    assert model.output.dtype == "float32"
    copy = in_float32(model)
    assert {layer.compute_dtype for layer in copy.layers} == {"float32"}
    image = np.random.default_rng(0).random((1, 32, 32, 3), np.float32)
    np.testing.assert_allclose(copy(image), model(image), atol=2e-2)


@pytest.mark.long
def test_the_moving_statistics_momentum_is_kept(tmp_path):
    options = {"encoder_weights": None, "decoder_filters": 16, "batch_norm_momentum": 0.9}
    model = DenseDepth("mobilenetv2", **options)
    model.save(tmp_path / "model.keras")
    loaded = densedepth_tf.load(tmp_path / "model.keras")
    assert loaded.get_layer("bn_Conv1").momentum == 0.9
