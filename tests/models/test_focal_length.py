"""Models know the camera they learnt from, keep it, and bring metres to other cameras."""

import json

import numpy as np
import pytest

import densedepth_tf
from densedepth_tf import DenseDepth, Eigen
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix

KINECT = intrinsics_matrix(585, 585, 320, 240)
RATIO = 585 / 640 / 0.8107


@pytest.fixture(scope="module")
def model():
    model = DenseDepth(
        "mobilenetv2",
        encoder_weights=None,
        decoder_filters=16,
        image_size=(64, 96),
        focal_length=0.8107,
    )
    kernel, bias = model.get_layer("conv3").get_weights()
    model.get_layer("conv3").set_weights([kernel, bias + 4])
    return model


def test_it_is_a_part_of_the_configuration(model):
    assert model.get_config()["focal_length"] == 0.8107
    assert model.rescaled(2).focal_length == model.with_max_depth(20).focal_length == 0.8107
    eigen = Eigen(image_size=(64, 96), dense_units=16, focal_length=0.9)
    copy = Eigen.from_config(eigen.get_config())
    assert copy.focal_length == copy.coarse.focal_length == 0.9
    assert DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16).focal_length is None
    with pytest.raises(ValueError, match=r"`focal_length` .*Received: 518\.86"):
        DenseDepth("mobilenetv2", encoder_weights=None, focal_length=518.86)


@pytest.mark.long
def test_it_is_kept_in_files(model, tmp_path):
    model.save(tmp_path / "model.keras")
    model.save_to_preset(tmp_path / "preset")
    assert json.loads((tmp_path / "preset" / "metadata.json").read_text())["focal_length"] == 0.8107
    assert "a focal length of 0.811 image widths" in (tmp_path / "preset" / "README.md").read_text()
    for name in ("model.keras", "preset"):
        assert densedepth_tf.load(tmp_path / name).focal_length == 0.8107
    larger = DenseDepth.from_preset(tmp_path / "preset", image_size=(128, 192))
    assert larger.focal_length == pytest.approx(
        0.8107 / 2
    )  # In pixels of what the network sees, the same.


def test_depth_is_brought_to_the_camera_that_is_given(model):
    image = np.random.default_rng(0).integers(0, 256, (2, 48, 72, 3), np.uint8)
    plain = model.predict_depth(image)
    small = intrinsics_matrix(585 / 640 * 72, 585 / 640 * 72, 35.5, 23.5)
    brought = model.predict_depth(image, intrinsics=small)
    assert brought.dtype == np.float32
    np.testing.assert_allclose(brought, plain * RATIO, rtol=1e-5)
    one = model.predict_depth(image[0], focal_length=585 / 640)
    np.testing.assert_allclose(one, plain[0] * RATIO, rtol=1e-4)
    several = model.predict_depth([image[0], image[1, :32]], focal_length=[None, 65.8125])
    np.testing.assert_allclose(several[0], plain[0], rtol=1e-4)
    expected = model.predict_depth(image[1, :32])
    height, width = model.network_size(32, 72)
    seen = 65.8125 * np.sqrt(height / 32 * width / 72)
    np.testing.assert_allclose(several[1], expected * seen / (0.8107 * 96), rtol=1e-4)


def test_a_camera_in_shares_of_the_image_is_one_in_pixels(model):
    image = np.random.default_rng(0).integers(0, 256, (48, 72, 3), np.uint8)
    shares = np.array([[0.9, 0, 0.5], [0, 1.2, 0.5], [0, 0, 1]])
    pixels = intrinsics_matrix(0.9 * 72, 1.2 * 48, 35.5, 23.5)
    given, expected = (model.predict_depth(image, intrinsics=each) for each in (shares, pixels))
    np.testing.assert_allclose(given, expected, rtol=1e-6)


@pytest.mark.parametrize("focal_length", [26.0, 0.02, 20000.0, float("nan"), 0, -1])
def test_a_focal_length_that_is_none_is_named(model, focal_length):
    # 26 mm on film are no pixels, and 20000 pixels are of a larger image.
    with pytest.raises(ValueError, match=r"`focal_length` is .* Received: "):
        model.predict_depth(np.zeros((480, 640, 3), np.uint8), focal_length=focal_length)


def test_a_camera_of_another_size_is_refused(model):
    with pytest.raises(ValueError, match="`intrinsics` do not fit an image of 48x72"):
        model.predict_depth(np.zeros((48, 72, 3), np.uint8), intrinsics=KINECT)


def test_where_the_models_own_camera_is_not_known_nothing_changes():
    model = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16, image_size=(64, 96))
    image = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    with pytest.warns(UserWarning, match="does not know the camera"):
        depth = model.predict_depth(image, intrinsics=KINECT)
    np.testing.assert_array_equal(depth, model.predict_depth(image))
