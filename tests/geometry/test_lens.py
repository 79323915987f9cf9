"""A longer lens is no nearness: what depth is multiplied by for a camera, and bad cameras."""

import numpy as np
import pytest

from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix, nyu_intrinsics
from densedepth_tf.geometry.cameras.lens import (
    NYU_FOCAL_LENGTH,
    check_focal_length,
    lens_factor,
)
from densedepth_tf.geometry.depth_model import as_depth_model, lens_factor_of
from densedepth_tf.geometry.given_cameras import GivenCameras
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator

KINECT = intrinsics_matrix(585, 585, 320, 240)


class Metre:
    """One metre everywhere, learnt from NYU's camera at 192x256."""

    image_size, focal_length = (192, 256), NYU_FOCAL_LENGTH

    def predict_depth(self, images):
        return np.ones((*images.shape[:-1], 1), np.float32)


class Unknowing(Metre):
    """Does not know the camera it learnt from."""

    focal_length = None


def test_pictures_of_the_trained_shape_take_the_ratio_of_their_focal_lengths():
    factor = lens_factor(KINECT, (480, 640), (192, 256), NYU_FOCAL_LENGTH, (192, 256))
    assert factor == pytest.approx(585 / 518.8579, rel=1e-6)
    own = lens_factor(nyu_intrinsics(), (480, 640), (192, 256), NYU_FOCAL_LENGTH, (192, 256))
    assert own == pytest.approx(1, rel=1e-3)
    assert lens_factor(KINECT, (480, 640), (480, 640), 585 / 640) == pytest.approx(1)


def test_what_counts_is_how_large_things_look_to_the_network():
    """Twice the size makes everything look twice as large, whatever the lens."""
    twice = lens_factor(KINECT, (480, 640), (384, 512), 585 / 640, (192, 256))
    assert twice == pytest.approx(2)
    # 375x1242 becomes 128x416 at the area of 192x256: squeezed by 2 % from above.
    long = intrinsics_matrix(721.5, 721.5, 609, 173)
    model = as_depth_model(Metre())
    assert list(model.network_size(375, 1242)) == [128, 416]
    expected = 721.5 * np.sqrt(128 / 375 * 416 / 1242) / (NYU_FOCAL_LENGTH * 256)
    assert lens_factor_of(model, long, (375, 1242)) == pytest.approx(expected)


def test_upright_pictures_are_no_longer_lenses():
    """The same camera held upright: its focal length is more image widths, in pixels the same."""
    upright = intrinsics_matrix(518.86, 518.86, 239.5, 319.5)
    factor = lens_factor_of(as_depth_model(Metre()), upright, (640, 480))
    assert factor == pytest.approx(1, rel=1e-4)


def test_a_model_that_does_not_know_its_camera_has_no_factor():
    assert lens_factor_of(as_depth_model(Unknowing()), KINECT, (480, 640)) is None
    with pytest.warns(UserWarning, match="Unknowing does not know the camera"):
        factors = GivenCameras(KINECT).factors(as_depth_model(Unknowing()), [(480, 640)])
    assert factors == [1]


def test_a_factor_of_ones_own_has_the_camera_that_it_was_found_with():
    scaled = ScaledEstimator(Metre(), 3.0)
    assert scaled.focal_length is None and lens_factor_of(scaled, KINECT, (480, 640)) is None
    scaled = ScaledEstimator(Metre(), 3.0, focal_length=585 / 640)
    assert lens_factor_of(scaled, KINECT, (480, 640)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("given", "factors"),
    [
        ({"intrinsics": KINECT}, [585, 585]),
        ({"intrinsics": KINECT.tolist()}, [585, 585]),
        ({"intrinsics": np.stack([KINECT, nyu_intrinsics()])}, [585, 519.16]),
        ({"intrinsics": [None, KINECT]}, [518.8579, 585]),
        ({"focal_length": 585 / 640}, [585, 585]),
        ({"focal_length": 585}, [585, 585]),
        ({"focal_length": [585, None]}, [585, 518.8579]),
    ],
)
def test_cameras_are_given_for_all_or_for_each(given, factors):
    model, sizes = as_depth_model(Metre()), [(480, 640)] * 2
    found = GivenCameras(**given).factors(model, sizes)
    assert found == pytest.approx(np.array(factors) / 518.8579, rel=1e-4)
    batch = GivenCameras(**given).bring(np.ones((2, 480, 640, 1), np.float32), model)
    assert batch.dtype == np.float32 and batch[:, 7, 9, 0] == pytest.approx(found)
    depths = GivenCameras(**given).bring(list(np.ones((2, 480, 640, 1), np.float32)), model)
    assert [depth[0, 0, 0] for depth in depths] == pytest.approx(found)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"intrinsics": np.eye(2)}, r"`intrinsics`: .*\(3, 3\) matrix.*shape \(2, 2\)"),
        ({"intrinsics": [585, 585, 320, 240]}, r"`intrinsics`: .*shape \(4,\)"),
        ({"intrinsics": np.diag([0, 585, 1])}, "`intrinsics`: .*positive"),
        ({"intrinsics": np.diag([-585, 585, 1])}, "`intrinsics`: .*positive"),
        ({"intrinsics": np.diag([np.nan, 585, 1])}, "`intrinsics`: .*nan"),
        ({"intrinsics": "NYU"}, "`intrinsics` are"),
        ({"intrinsics": intrinsics_matrix(292, 292, 160, 120)}, "`intrinsics` .* about 241x321"),
        ({"intrinsics": intrinsics_matrix(2, 2, 320, 240)}, "`intrinsics` .* 85 degrees"),
        ({"intrinsics": np.stack([KINECT] * 3)}, r"`intrinsics`: .* 2 images\. Received: 3"),
        ({"focal_length": 0}, "`focal_length` is positive.*Received: 0"),
        ({"focal_length": [0.8, -1]}, "`focal_length` is positive.*Received: -1"),
        ({"focal_length": float("nan")}, "`focal_length` is positive.*nan"),
        ({"focal_length": [0.8]}, r"`focal_length`: .* 2 images\. Received: 1"),
        ({"intrinsics": KINECT, "focal_length": 1}, "`intrinsics` or `focal_length`"),
    ],
)
def test_cameras_that_do_not_fit_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        GivenCameras(**given).factors(as_depth_model(Metre()), [(480, 640)] * 2)


@pytest.mark.parametrize("wrong", [0, -0.8, 518.86, float("nan"), "0.8", True, [0.8]])
def test_a_models_own_focal_length_is_in_image_widths(wrong):
    with pytest.raises(ValueError, match="`focal_length` is in pixels per pixel of the image's"):
        check_focal_length(wrong)
    assert check_focal_length(None) is None and check_focal_length(np.float32(0.5)) == 0.5
