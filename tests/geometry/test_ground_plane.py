"""The ground under a camera: made planes, furnished rooms, and KITTI's street."""

import functools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.data.kitti.calibration import read_raw_calibration
from densedepth_tf.data.kitti.drive import KittiDrive
from densedepth_tf.data.kitti.odometry import OdometrySequence
from densedepth_tf.data.rooms.rendering.renderer import cast_depth
from densedepth_tf.data.rooms.rooms import camera_pose, random_camera, random_room
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix, nyu_intrinsics
from densedepth_tf.geometry.ground_plane import find_ground

SIZE = 96, 128
KITTI_HEIGHT = 1.65  # of the cameras, from the data set's description of its car


def street(height=1.5, pitch=0.0, roll=0.0, wall=20.0, intrinsics=None):
    """Depth of flat ground and of a wall far ahead, seen from above it; angles in degrees."""
    pose = camera_pose(np.zeros(3), 0.0, np.radians(pitch), np.radians(roll))
    (fx, _, cx), (_, fy, cy), _ = camera() if intrinsics is None else intrinsics
    v, u = np.indices(SIZE)
    rays = np.stack([(u - cx) / fx, (v - cy) / fy, np.ones(SIZE)], axis=-1) @ pose[:3, :3].T
    with np.errstate(divide="ignore"):
        ground = np.where(rays[..., 2] < 0, -height / rays[..., 2], np.inf)
        ahead = np.where(rays[..., 0] > 0, wall / rays[..., 0], np.inf)
    return np.minimum(ground, ahead).astype(np.float32)


def camera(focal=110.0):
    return intrinsics_matrix(focal, focal, 63.5, 47.5)


@functools.cache
def room(index):
    """Depth of a furnished room and how high and at which pitch the camera stands."""
    scene = random_room(index)
    pose = random_camera(scene, index)
    depth, _ = cast_depth(scene, pose, nyu_intrinsics(SIZE), SIZE)
    return depth.astype(np.float32), pose[2, 3], np.degrees(np.arcsin(pose[2, 2]))


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.2, 30),
    st.floats(-40, 0),
    st.floats(-15, 15),
    st.floats(60, 250),
)
def test_height_and_pitch_of_made_ground_are_exact(height, pitch, roll, focal):
    depth = street(height, pitch, roll, 20 * height, camera(focal))
    ground = find_ground(depth, camera(focal))
    if ground is None:  # At a long focal length the level camera sees too little of it.
        assert np.mean(depth[48:] < 19 * height) < 0.6
        return
    assert ground.height == pytest.approx(height, rel=1e-3)
    assert ground.pitch == pytest.approx(pitch, abs=0.1)
    assert np.linalg.norm(ground.normal) == pytest.approx(1)
    assert ground.spread < 1e-3


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 5), st.floats(1e-3, 1e3))
def test_scaling_depth_scales_the_height_alone(index, factor):
    depth, _, _ = room(index)
    ground = find_ground(depth, nyu_intrinsics(SIZE))
    scaled = find_ground(depth * np.float32(factor), nyu_intrinsics(SIZE))
    if ground is None:
        assert scaled is None
        return
    assert scaled.height == pytest.approx(factor * ground.height, rel=1e-4)
    np.testing.assert_allclose(scaled.normal, ground.normal, atol=1e-4)
    assert scaled.share == pytest.approx(ground.share, abs=2e-3)


@pytest.mark.parametrize("noise", [0, 0.05])
def test_furnished_rooms(noise, rng):
    """The floor, not the furniture: of 20 rooms most show it."""
    errors = []
    for index in range(20):
        depth, height, pitch = room(index)
        depth = depth * np.exp(noise * rng.standard_normal(SIZE)).astype(np.float32)
        ground = find_ground(depth, nyu_intrinsics(SIZE))
        if ground is not None:
            errors.append(abs(ground.height / height - 1) + abs(ground.pitch - pitch) / 100)
    assert len(errors) >= 12
    assert np.median(errors) < (0.001 if noise == 0 else 0.02)
    assert np.mean(np.array(errors) < 0.08) >= 0.9


def test_the_floor_beneath_a_table():
    depth = street(1.5, -20)
    top = street(0.75, -20)
    depth[60:, 30:90] = top[60:, 30:90]
    assert find_ground(depth, camera()).height == pytest.approx(1.5, rel=1e-3)
    # Without any floor in view, the top is all there is.
    assert find_ground(top, camera()).height == pytest.approx(0.75, rel=1e-3)


def test_missing_depth_is_left_out(rng):
    depth = street(1.5, -10)
    depth[rng.random(SIZE) < 0.9] = 0
    depth[rng.random(SIZE) < 0.1] = np.nan
    depth[rng.random(SIZE) < 0.1] = np.inf
    assert find_ground(depth[..., None], camera()).height == pytest.approx(1.5, rel=1e-3)


@pytest.mark.parametrize(
    "depth",
    [
        np.zeros(SIZE),
        np.full(SIZE, 3.0),
        np.full((1, 1), 3.0),
        street(1.5, -10)[::-1],  # a ceiling
        street(1.5, -10).T,
        np.random.default_rng(0).uniform(1, 5, SIZE),
    ],
    ids=["nothing", "wall", "pixel", "ceiling", "turned", "noise"],
)
def test_no_ground(depth):
    assert find_ground(depth, camera()) is None


def test_no_depth_map():
    with pytest.raises(ValueError, match="A depth map is"):
        find_ground(np.zeros((2, 4, 4)), camera())


def test_kittis_scanner(shared):
    date = shared("data/kitti_raw/2011_09_26")
    name = "2011_09_26/2011_09_26_drive_9001_sync"
    drive = KittiDrive(date.parent, name, "l", read_raw_calibration(date))
    scans = [number for number in drive.numbers if drive.has_depth(number)]
    size = drive.read_image(scans[0]).shape[:2]
    grounds = [find_ground(drive.read_depth(n, size), drive.intrinsics(size)) for n in scans]
    heights = [ground.height for ground in grounds]
    np.testing.assert_allclose(heights, KITTI_HEIGHT, rtol=0.03)


def test_kittis_stereo_pairs(shared):
    """Depth from matching is dense, with holes and errors as a network's."""
    sequence = OdometrySequence(shared("data/kitti_odometry_grey"))
    baseline = abs(sequence.stereo_transform[0, 3])
    matcher = cv2.StereoSGBM_create(0, 96, 5, 200, 800, 1, 0, 10, 100, 2)
    for number in (0, 20, 40):
        left, right = sequence.read_image(number), sequence.read_stereo_image(number)
        intrinsics = sequence.intrinsics(left.shape[:2])
        shift = matcher.compute(left[..., 0], right[..., 0]) / 16
        depth = np.where(shift > 1, intrinsics[0, 0] * baseline / np.maximum(shift, 1), 0)
        ground = find_ground(depth, intrinsics)
        assert ground.height == pytest.approx(KITTI_HEIGHT, rel=0.05) and ground.share > 0.3
