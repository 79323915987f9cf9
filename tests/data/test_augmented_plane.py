"""A rendered wall, augmented: the metres of every pixel are those of what is seen there."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.data.batches.augmentation import Augmentation, random_rotation
from densedepth_tf.data.batches.turned_views import rotate

HEIGHT, WIDTH, FOCAL = 96, 128, 110.0
MIDDLE = np.array([(HEIGHT - 1) / 2, (WIDTH - 1) / 2])
NORMAL, DISTANCE = np.array([0.25, -0.3, 0.92]), 3.0
SEEDS = st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))


def metres(rows, columns):
    """Depth of the wall NORMAL . X = DISTANCE at places of the picture."""
    rays = [(columns - MIDDLE[1]) / FOCAL, (rows - MIDDLE[0]) / FOCAL, np.ones_like(rows)]
    return DISTANCE / sum(n * ray for n, ray in zip(NORMAL, rays, strict=True))


def wall():
    """A picture whose red and green say the row and the column, and its depth."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    image = np.stack([2 * rows, 2 * columns, np.full_like(rows, 200)], -1).astype(np.uint8)
    return tf.constant(image), tf.constant(metres(rows, columns)[..., None].astype(np.float32))


IMAGE, DEPTH = wall()


def seen(image):
    """Rows and columns, in the picture before, that the colours tell; to a quarter pixel."""
    return image[..., 0] / 2.0, image[..., 1] / 2.0


@pytest.mark.parametrize("degrees", [-45, -5, 0, 3.3, 20])
def test_a_turned_wall_is_the_wall_of_a_camera_that_rolled(degrees):
    """Where the wall was, in the camera's turned coordinates; metres do not change."""
    angle = np.deg2rad(degrees)
    image, depth = (part.numpy() for part in rotate(IMAGE, DEPTH, tf.constant(angle, tf.float32)))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] - MIDDLE[:, None, None]
    before_rows = MIDDLE[0] - np.sin(angle) * columns + np.cos(angle) * rows
    before_columns = MIDDLE[1] + np.cos(angle) * columns + np.sin(angle) * rows
    # Half a pixel beyond the border is still mostly seen.
    inside = (before_rows >= 0) & (before_rows <= HEIGHT - 1)
    inside &= (before_columns >= 0) & (before_columns <= WIDTH - 1)
    np.testing.assert_allclose(
        depth[inside][:, 0], metres(before_rows, before_columns)[inside], rtol=1e-3
    )
    told_rows, told_columns = seen(image.astype(np.float64))
    np.testing.assert_allclose(told_rows[inside], before_rows[inside], atol=0.3)
    np.testing.assert_allclose(told_columns[inside], before_columns[inside], atol=0.3)
    outside = (before_rows < -1) | (before_rows > HEIGHT)
    outside |= (before_columns < -1) | (before_columns > WIDTH)
    assert not depth[outside].any()
    if degrees == 0:
        np.testing.assert_array_equal(image, IMAGE)
        np.testing.assert_array_equal(depth, DEPTH)
    else:
        assert outside.any()


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_rotated_cropped_and_flipped_metres_are_those_of_the_place_seen(seed):
    """The place is read from the colours; enlarged by s, the scene is s times closer."""
    augmentation = Augmentation(flip=0.5, channel_swap=0.0, scale_crop=1.5, rotation=5.0)
    image, depth = augmentation.before_resizing(IMAGE, DEPTH, tf.constant(seed))
    image, depth = image.numpy(), depth.numpy()[..., 0]
    height, width = depth.shape
    zoom = np.sqrt(HEIGHT / height * WIDTH / width)
    known = depth > 0
    assert known.mean() > 0.8
    told_rows, told_columns = seen(image.astype(np.float64))
    expected = metres(told_rows, told_columns) / zoom
    # Mirrored borders tell places within a pixel of the border.
    np.testing.assert_allclose(depth[known], expected[known], rtol=0.02)
    assert np.median(np.abs(depth - expected)[known] / expected[known]) < 2e-3


def test_rotations_are_evenly_spread_over_their_range():
    """The angle is read from where the middle row's right end goes."""
    rows = tf.range(HEIGHT, dtype=tf.float32)[:, None, None] + tf.zeros((HEIGHT, WIDTH, 1)) + 1
    image = tf.zeros((HEIGHT, WIDTH, 3), tf.uint8)

    def slope(seed):
        depth = random_rotation(image, rows, tf.stack([seed, 3]), 5.0)[1]
        return (depth[48, 84, 0] - depth[48, 44, 0]) / 40

    slopes = tf.data.Dataset.range(300).map(slope)
    degrees = np.rad2deg(np.arcsin(np.array(list(slopes.as_numpy_iterator()))))
    assert np.abs(degrees).max() <= 5.01
    np.testing.assert_allclose(np.percentile(degrees, [10, 50, 90]), [-4, 0, 4], atol=0.8)


def test_holes_stay_holes_and_do_not_mix_in():
    depth = DEPTH.numpy()
    depth[30:60, 40:90] = 0
    _, turned = rotate(IMAGE, tf.constant(depth), tf.constant(0.08))
    whole = rotate(IMAGE, DEPTH, tf.constant(0.08))[1].numpy()
    turned = turned.numpy()
    known = turned > 0
    assert (turned[40:50, 55:75] == 0).all()
    np.testing.assert_allclose(turned[known], whole[known], rtol=0.01)


@pytest.mark.parametrize("degrees", [-1.0, 46.0, float("nan")])
def test_impossible_rotations_are_refused(degrees):
    with pytest.raises(ValueError, match=r"`rotation` .*Received: "):
        Augmentation(rotation=degrees)
