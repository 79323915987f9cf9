"""Soft pictures: what is drawn, what stays, and that a blur is one."""

import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.data.batches.share import Share
from densedepth_tf.data.batches.soft_focus import SoftFocus

COUNT = 64


def point_pictures():
    """Black pictures with one white pixel, uint8, and their targets."""
    images = np.zeros((COUNT, 21, 25, 3), np.uint8)
    images[:, 10, 12] = 255
    targets = np.arange(COUNT, dtype=np.float32).reshape(-1, 1, 1, 1)
    return tf.data.Dataset.from_tensors((images, targets)).repeat()


def softened(seed=0, start=0, share=None):
    focus = SoftFocus(1.5, seed) if share is None else SoftFocus(1.5, seed, share)
    images, targets = next(iter(focus.batches(point_pictures().skip(start), start)))
    return images.numpy(), targets.numpy()


def test_half_are_softer_and_no_light_is_lost():
    images, targets = softened()
    assert images.dtype == np.float32 and targets[5, 0, 0, 0] == 5
    np.testing.assert_allclose(images.sum(axis=(1, 2)), 1, rtol=1e-5)
    centres = images[:, 10, 12, 0]
    sharp = (centres == 1).mean()
    assert 0.3 < sharp < 0.7 and (centres <= 1).all()
    # The softest is the blur alone: the square of a Gaussian's height.
    least = 1 / (2 * np.pi * 1.5**2)
    assert least - 1e-3 <= centres.min() < 0.3


@pytest.mark.parametrize("axis", [1, 2])
def test_the_blur_has_the_deviation_that_is_asked_for(axis):
    focus = SoftFocus(1.5)
    image = np.zeros((1, 41, 41, 3), np.float32)
    image[0, 20, 20] = 1
    blurred = focus._blurred(tf.constant(image)).numpy()[0, ..., 0]
    places = np.arange(41) - 20.0
    spread = (blurred.sum(axis=2 - axis) * places**2).sum()
    assert np.sqrt(spread) == pytest.approx(1.5, rel=0.02)
    flat = np.full((1, 9, 9, 3), 0.3, np.float32)
    np.testing.assert_allclose(focus._blurred(tf.constant(flat)), flat, rtol=1e-5)


def test_what_is_drawn_depends_on_seed_number_and_share_alone():
    np.testing.assert_array_equal(softened(start=3)[0], softened(start=3)[0])
    second = Share(index=1, count=2)
    for other in (softened(seed=1, start=3), softened(start=4), softened(start=3, share=second)):
        assert (softened(start=3)[0] != other[0]).any()
