"""A camera that is turned where it stands: the room that it would have seen, and its metres."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.data.batches.augmentation import Augmentation
from densedepth_tf.data.batches.turned_views import turn_camera
from densedepth_tf.data.rooms.rooms import random_camera, random_room, render
from densedepth_tf.geometry.cameras.lens import intrinsics_from_focal_length

SIZE, FOCAL_LENGTH = (120, 160), 0.8
CAMERA = intrinsics_from_focal_length(FOCAL_LENGTH, SIZE)
SEED = tf.constant([5, 3], tf.int64)


def _view(scene, pose):
    image, depth = render(scene, pose, CAMERA, SIZE, noise=0, supersampling=2)
    return image, depth[..., np.newaxis]


def _turned_pose(pose, up, right):
    """The camera looks higher by `up` and then aside by `right`, in its own axes (y down)."""
    lift = [[1, 0, 0], [0, np.cos(up), -np.sin(up)], [0, np.sin(up), np.cos(up)]]
    aside = [[np.cos(right), 0, np.sin(right)], [0, 1, 0], [-np.sin(right), 0, np.cos(right)]]
    turned = pose.copy()
    turned[:3, :3] = pose[:3, :3] @ np.array(aside) @ np.array(lift)
    return turned


@pytest.mark.parametrize("degrees", [(8, 0), (-8, 0), (0, 10), (-6, -6), (12, 9)])
def test_it_sees_what_a_turned_camera_sees_in_the_room(degrees):
    up, right = np.radians(degrees)
    scene = random_room(4)
    pose = random_camera(scene, 4)
    image, depth = _view(scene, pose)
    expected_image, expected = _view(scene, _turned_pose(pose, up, right))

    turned_image, turned = turn_camera(
        tf.constant(image), tf.constant(depth), tf.constant([up, right], tf.float32), FOCAL_LENGTH
    )
    turned_image, turned = turned_image.numpy(), turned.numpy()

    seen = turned > 0
    assert 0.6 < seen.mean() < 1
    error = np.abs(turned - expected)[seen] / expected[seen]
    assert np.median(error) < 0.001
    assert (error < 0.02).mean() > 0.95  # the others are at edges
    # A camera that is not turned would have been wrong.
    assert np.median(np.abs(depth - expected)[seen] / expected[seen]) > 0.02
    difference = np.abs(turned_image.astype(float) - expected_image)[seen[..., 0]]
    assert np.median(difference) < 5


def test_what_the_camera_did_not_see_has_no_depth():
    depth = np.full((*SIZE, 1), 2.0, np.float32)
    image = np.full((*SIZE, 3), 90, np.uint8)
    up = tf.constant([np.radians(10), 0], tf.float32)
    turned_image, turned = turn_camera(tf.constant(image), tf.constant(depth), up, FOCAL_LENGTH)
    turned = turned.numpy()[..., 0]
    # 10 degrees at a focal length of 128 pixels: the upper rows lie above the old picture.
    assert not turned[:15].any() and turned[-60:, 40:-40].all()
    assert (turned_image.numpy() == 90).all()
    depth[60:, :40] = 0
    _, holes = turn_camera(tf.constant(image), tf.constant(depth), up, FOCAL_LENGTH)
    assert not holes.numpy()[100:, :20].any()


def test_not_turned_it_stays_as_it_is():
    image = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    depth = np.random.default_rng(1).uniform(1, 4, (*SIZE, 1)).astype(np.float32)
    same_image, same = turn_camera(
        tf.constant(image), tf.constant(depth), tf.zeros(2), FOCAL_LENGTH
    )
    np.testing.assert_array_equal(same_image, image)
    np.testing.assert_allclose(same, depth, rtol=1e-5)


def test_single_points_of_lidar_stay_points():
    depth = np.zeros((*SIZE, 1), np.float32)
    depth[::6, ::6] = 8.0
    angles = tf.constant(np.radians([3, -4]), tf.float32)
    image = np.zeros((*SIZE, 3), np.uint8)
    _, turned = turn_camera(tf.constant(image), tf.constant(depth), angles, FOCAL_LENGTH)
    turned = turned.numpy()
    assert np.count_nonzero(turned) > 0.6 * np.count_nonzero(depth)
    assert turned[turned > 0].min() > 7 and turned.max() < 9.5


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 2.0), st.floats(-0.78, 0.78), st.floats(-0.78, 0.78))
def test_depth_is_never_negative_through_any_lens(focal_length, up, right):
    depth = tf.ones((24, 32, 1))
    angles = tf.constant([up, right], tf.float32)
    _, turned = turn_camera(tf.zeros((24, 32, 3), tf.uint8), depth, angles, focal_length)
    assert np.isfinite(turned).all() and turned.numpy().min() >= 0


def test_angles_are_drawn_within_the_bound_and_by_the_seed():
    augmentation = Augmentation(flip=0, channel_swap=0, camera_turn=10.0, focal_length=FOCAL_LENGTH)
    assert augmentation.moves_pixels
    # A wall far across: its depth tells how far the camera was turned.
    depth = tf.fill((60, 80, 1), 5.0)
    image = tf.zeros((60, 80, 3), tf.uint8)
    middles = []
    for number in range(60):
        seed = tf.constant([7, number], tf.int64)
        _, turned = augmentation.before_resizing(image, depth, seed)
        middles.append(turned.numpy()[30, 40, 0])
        _, again = augmentation.before_resizing(image, depth, seed)
        np.testing.assert_array_equal(turned, again)
    along = 5 / np.array(middles)
    most = np.cos(np.radians(10)) ** 2
    assert most - 0.01 < along.min() < most + 0.015
    assert along.max() > 0.999


def test_a_turn_changes_no_other_draw():
    image = tf.cast(tf.random.stateless_uniform((60, 80, 3), [1, 2], 0, 255, tf.int32), tf.uint8)
    depth = tf.ones((60, 80, 1))
    plain = Augmentation(flip=0.5, channel_swap=0.5, scale_crop=1.5)
    turned = Augmentation(
        flip=0.5, channel_swap=0.5, scale_crop=1.5, camera_turn=1e-4, focal_length=FOCAL_LENGTH
    )
    one, _ = plain.before_resizing(image, depth, SEED)
    other, _ = turned.before_resizing(image, depth, SEED)
    assert one.shape == other.shape
    assert np.abs(one.numpy().astype(int) - other.numpy()).max() <= 16


@pytest.mark.parametrize("wrong", [-1.0, 46.0, float("nan")])
def test_angles_that_cannot_be_are_named(wrong):
    with pytest.raises(ValueError, match=r"`camera_turn` is in 0\.\.45 degrees"):
        Augmentation(camera_turn=wrong, focal_length=0.8)


def test_without_a_focal_length_no_camera_is_turned():
    with pytest.raises(ValueError, match="`camera_turn` needs `focal_length`"):
        Augmentation(camera_turn=5.0)
