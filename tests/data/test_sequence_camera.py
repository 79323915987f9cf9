"""Rolled and cropped frames: every pixel's ray is the ray of the place it shows."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.data.batches.sequence_augmentation import SequenceAugmentation
from densedepth_tf.data.batches.sequence_camera import random_camera, resized_camera
from densedepth_tf.geometry.cameras.intrinsics import rescale_intrinsics

HEIGHT, WIDTH = 96, 128
CAMERA = np.array([[110.0, 0, 60.0], [0, 110.0, 50.0], [0, 0, 1]], np.float32)
SEEDS = st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
MOTION = np.eye(4, dtype=np.float32)
MOTION[:3, 3] = -0.1, 0.02, 0.3


def frames():
    """Two frames whose red and green say the row and the column."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    image = np.stack([2 * rows, 2 * columns, np.full_like(rows, 200)], -1).astype(np.uint8)
    return tf.constant(np.stack([image, image]))


def rays(matrix, columns, rows):
    """Directions (x, y) of pixels at depth 1, as complex numbers."""
    x = (columns - matrix[0, 2]) / matrix[0, 0]
    return x + 1j * (rows - matrix[1, 2]) / matrix[1, 1]


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_rays_turn_by_the_angle_by_which_the_motion_turns(seed):
    pictures, matrix, motion = (
        part.numpy()
        for part in random_camera(frames(), CAMERA, MOTION, tf.constant(seed), 20.0, 1.5)
    )
    np.testing.assert_array_equal(pictures[0], pictures[1])
    rows, columns = np.mgrid[: pictures.shape[1], : pictures.shape[2]]
    told = pictures[0].astype(np.float64) / 2
    before = rays(CAMERA, told[..., 1], told[..., 0])
    after = rays(matrix, columns, rows)
    turned = motion[0, 3] + 1j * motion[1, 3]
    angle = np.angle(turned / (MOTION[0, 3] + 1j * MOTION[1, 3]))
    # Colours tell a place to a quarter pixel; nothing made up is left, not even at the border.
    assert np.abs(after - before * np.exp(1j * angle)).max() < 1.5 / 110
    assert np.abs(after - before * np.exp(1j * angle)).mean() < 0.4 / 110
    assert abs(np.abs(turned) - np.hypot(0.1, 0.02)) < 1e-6 and motion[2, 3] == MOTION[2, 3]


def test_a_resized_camera_is_the_geometry_rooms():
    resized = resized_camera(tf.constant(CAMERA), (HEIGHT, WIDTH), (32, 64))
    np.testing.assert_allclose(
        resized, rescale_intrinsics(CAMERA, (HEIGHT, WIDTH), (32, 64)), rtol=1e-5
    )


def test_colours_change_for_the_networks_only_and_in_all_frames_alike():
    augmentation = SequenceAugmentation(0.0, 0.0, channel_swap=1.0, color=0.2)
    pictures = tf.cast(frames(), tf.float32) / 255
    changed = 0
    for seed in range(6):
        sample = (pictures, CAMERA, MOTION, tf.constant([seed, 1]))
        kept, seen, matrix, _ = augmentation.after_resizing(*sample)
        np.testing.assert_array_equal(kept, pictures)
        np.testing.assert_array_equal(seen[0], seen[1])
        np.testing.assert_array_equal(matrix, CAMERA)
        changed += np.abs(seen - kept).max() > 0.05
    assert changed >= 5


@pytest.mark.parametrize(
    ("wrong", "flag"),
    [({"scale_crop": 0.5}, "`scale_crop`"), ({"rotation": 90}, "`rotation`"),
     ({"color_jitter": 2}, "`color_jitter`"), ({"channel_swap": -1}, "`channel_swap`")],
)  # fmt: skip
def test_a_value_out_of_range_is_refused_by_its_flag(wrong, flag):
    with pytest.raises(ValueError, match=flag):
        SequenceAugmentation(**wrong)
