"""Lanczos' filter is Pillow's to the grey level, in arrays and in graphs of known and any sizes."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from densedepth_tf.geometry.resizing.lanczos import lanczos_weights, resize_lanczos, rows_first
from densedepth_tf.geometry.resizing.lanczos_by_matmul import resize_lanczos_by_matmul
from densedepth_tf.geometry.resizing.lanczos_weights_in_graph import lanczos_weights_in_graph

# (height, width) before and after. Pillow 13 resizes columns of the last three first.
COLUMNS_LAST = [((75, 121), (64, 96)), ((40, 61), (64, 64)), ((33, 70), (64, 96)), ((64, 96),) * 2]
COLUMNS_FIRST = [((120, 75), (64, 96)), ((90, 40), (32, 32)), ((97, 64), (64, 64))]


def pictures(size):
    """Black, white and grey pixels: much overshoots in between."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, *size, 3), dtype=np.uint8)
    images[1] = np.where(images[1] > 127, 255, 0)
    return images


def passes(images, new_size, axes):
    """Weighted sums in whole numbers, one side after the other."""
    x = images.astype(np.int64)
    for axis in axes:
        weights = lanczos_weights(x.shape[axis], new_size[axis - 1])
        x = np.moveaxis(np.tensordot(weights, x, (1, axis)), 0, axis)
        x = np.clip((x + 2**21) >> 22, 0, 255)
    return x


@pytest.mark.parametrize(("size", "new_size"), COLUMNS_LAST)
def test_pillow_resizes_rows_of_pixels_first(size, new_size):
    images = pictures(size)
    theirs = [Image.fromarray(image).resize(new_size[::-1], Image.LANCZOS) for image in images]
    resized = resize_lanczos(images, new_size)
    assert resized.dtype == np.uint8
    np.testing.assert_array_equal(resized, np.stack([np.asarray(image) for image in theirs]))
    np.testing.assert_array_equal(resized, passes(images, new_size, (2, 1)))


@pytest.mark.parametrize(("size", "new_size"), COLUMNS_FIRST)
def test_or_columns_where_the_height_shrinks_more(size, new_size):
    assert rows_first(size, new_size)
    images = pictures(size)
    np.testing.assert_array_equal(
        resize_lanczos(images, new_size), passes(images, new_size, (1, 2))
    )


@pytest.mark.parametrize(("size", "new_size"), COLUMNS_LAST + COLUMNS_FIRST)
def test_graphs_give_the_same_levels(size, new_size):
    images = pictures(size)
    expected = resize_lanczos(images, new_size)
    known = resize_lanczos_by_matmul(tf.constant(images), new_size)
    np.testing.assert_array_equal(known, expected)
    signature = [tf.TensorSpec((None, None, None, 3), tf.uint8), tf.TensorSpec((2,), tf.int32)]
    graph = tf.function(resize_lanczos_by_matmul, input_signature=signature)
    np.testing.assert_array_equal(graph(images, new_size), expected)


def test_floats_are_rounded_to_the_levels_they_came_from():
    images = pictures((40, 60))
    floats = images.astype(np.float32) / 255
    expected = resize_lanczos(images, (32, 32))
    np.testing.assert_array_equal(resize_lanczos(floats, (32, 32)), expected)
    np.testing.assert_array_equal(resize_lanczos_by_matmul(tf.constant(floats), (32, 32)), expected)
    assert resize_lanczos(floats, (40, 60)) is floats


@pytest.mark.parametrize(
    ("size", "new_size"), [(375, 192), (1242, 640), (480, 192), (96, 160), (1, 64), (3000, 192)]
)
def test_weights_of_sizes_known_later(size, new_size):
    """Off by a unit of 2^-22 at most, and hardly ever."""
    expected = lanczos_weights(size, new_size)
    difference = np.abs(lanczos_weights_in_graph(size, new_size) - expected)
    assert difference.max() <= 1
    assert (difference > 0).sum() <= 1e-3 * (expected != 0).sum() + 1
    np.testing.assert_allclose(expected.sum(axis=1), 2**22, atol=10)
