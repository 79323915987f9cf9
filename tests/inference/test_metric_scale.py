"""The factor to metres, from known depths and from the camera's height."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.data.rooms.rendering.renderer import cast_depth
from densedepth_tf.data.rooms.rooms import random_camera, random_room
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics
from densedepth_tf.inference.metres.metric_scale import (
    KnownDepth,
    calibrate_by_depths,
    calibrate_by_height,
)
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.video.predict_clip import working_size_for

SIZE = 96, 128
RAMP = np.linspace(1, 4, 12, dtype=np.float32).reshape(3, 4)


@given(st.floats(1e-3, 1e3), st.lists(st.integers(0, 11), min_size=2, max_size=6))
def test_known_depths_that_agree_give_the_factor(factor, places):
    known = [KnownDepth(place % 4, place // 4, factor * RAMP.flat[place]) for place in places]
    calibration = calibrate_by_depths(RAMP[..., None], known)
    assert calibration.factor == pytest.approx(factor, rel=1e-5)
    assert calibration.spread < 1e-5 and not calibration.warnings


def test_disagreement_is_told():
    """Ratios 2 and 8: the geometric mean is 4, by hand."""
    known = [KnownDepth(0, 0, 2.0), KnownDepth(3, 2, 32.0)]
    calibration = calibrate_by_depths(RAMP, known)
    assert calibration.factor == pytest.approx(4)
    assert calibration.spread == pytest.approx((8 - 2) / 2 / 4)
    (warning,) = calibration.warnings
    assert "disagree by 300%" in warning and "0,0=2 asks for 2, 3,2=32 asks for 8" in warning
    # A wrong one of three moves the median less than the mean.
    assert calibrate_by_depths(RAMP, [*known, KnownDepth(0, 0, 2.0)]).factor == pytest.approx(2)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ([(0, 0, 1)], "two or more.*Received: 0,0=1"),
        ([], "Received: none"),
        ([(0, 0, 1), (4, 0, 1)], "outside the image.*columns 0 to 3 and rows 0 to 2.*4,0=1"),
        ([(0, 0, 1), (0, 2.5, 1)], "Received: 0,2.5=1"),
        ([(0, 0, 1), (1, 1, 1)], "No depth was predicted.*1,1=1"),
    ],
)
def test_known_depths_of_no_use(known, message):
    depth = RAMP.copy()
    depth[1, 1] = 0
    with pytest.raises(ValueError, match=message):
        calibrate_by_depths(depth, [KnownDepth(*point) for point in known])
    with pytest.raises(ValueError, match="above 0"):
        KnownDepth(1, 1, 0)


@pytest.fixture(scope="module")
def rooms():
    """True depth of rooms photographed from 1.4 m, one camera height for all."""
    views = []
    for index in range(12):
        scene = random_room(index)
        pose = random_camera(scene, index)
        # Scaling the world changes nothing in the picture.
        depth, _ = cast_depth(scene, pose, nyu_intrinsics(SIZE), SIZE)
        views.append((depth.astype(np.float32) * 1.4 / pose[2, 3], nyu_intrinsics(SIZE)))
    return views


@pytest.mark.parametrize("noise", [0, 0.05])
def test_the_cameras_height_gives_the_factor_back(rooms, noise, rng):
    views = [
        (depth / 7 * np.exp(noise * rng.standard_normal(SIZE)), matrix) for depth, matrix in rooms
    ]
    calibration = calibrate_by_height(views, 1.4)
    assert calibration.factor == pytest.approx(7, rel=0.01 if noise == 0 else 0.03)
    assert calibration.spread < 0.05 and not calibration.warnings
    assert "camera 1.4 m above the ground, seen in" in calibration.description
    assert "of 12 images" in calibration.description


def test_pictures_that_disagree_and_a_single_one(rooms):
    views = [(depth * (1 + index % 5), matrix) for index, (depth, matrix) in enumerate(rooms)]
    assert "images agree with the factor to 20%" in calibrate_by_height(views, 1.4).warnings[0]
    wall = np.full(SIZE, 3.0), nyu_intrinsics(SIZE)
    calibration = calibrate_by_height([wall, rooms[0]], 1.4)
    assert calibration.factor == pytest.approx(1, rel=0.03)
    assert calibration.warnings == (
        "the factor rests on a single image; more of them would make it surer",
    )
    with pytest.raises(ValueError, match="No ground in view: none of 2 images"):
        calibrate_by_height([wall, wall], 1.4)
    with pytest.raises(ValueError, match="Received: 0"):
        calibrate_by_height([wall], 0)


def test_a_scaled_estimator_passes_everything_else_on(model):
    model.min_depth, model.image_size = 0.5, (32, 64)
    scaled = ScaledEstimator(model, 3.0)
    images = np.full((2, 4, 5, 3), 100, np.uint8)
    np.testing.assert_allclose(scaled.predict_depth(images), 6.0)
    assert scaled.predict_depth(images).dtype == np.float32
    assert scaled.predict_depth(images[0]).shape == (4, 5, 1)
    assert (scaled.min_depth, scaled.max_depth) == (1.5, None)
    assert (scaled.image_size, scaled.fixed_size) == ((32, 64), None)
    # A calibrated clip must not be shrunk with another filter than the model's.
    assert working_size_for(scaled, (64, 128)) == (32, 64)
    model.resampling = "lanczos"
    assert working_size_for(ScaledEstimator(model, 3.0), (64, 128)) is None
    with pytest.raises(ValueError, match="Received: -1"):
        ScaledEstimator(model, -1)
