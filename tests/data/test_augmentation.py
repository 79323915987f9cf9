"""Augmentations keep a sample true: the same pixels, and metres that fit the picture."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.data.batches.augmentation import (
    NO_AUGMENTATION,
    Augmentation,
    flip_and_reorder,
    random_channel_swap,
    random_color,
    random_flip,
    random_scale_crop,
)
from densedepth_tf.data.rooms.rooms import RoomsSource

SEEDS = st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
HEIGHT, WIDTH = 24, 32
EVERYTHING = Augmentation(flip=0.5, channel_swap=0.5, scale_crop=1.5, color=0.2, jitter=0.5)


def coordinates():
    """An image and a depth that both say where each pixel came from."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    image = np.stack([rows, columns, np.full_like(rows, 200)], -1).astype(np.uint8)
    depth = (1 + rows * WIDTH + columns).astype(np.float32)[..., None]
    return tf.constant(image), tf.constant(depth)


def over_seeds(function, number):
    """`function(seed)` for many seeds, in one traced `tf.data` map."""
    seeds = tf.data.Dataset.range(number).map(lambda value: function(tf.stack([value, 7])))
    return list(seeds.as_numpy_iterator())


@given(SEEDS, st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_a_flip_mirrors_both_or_neither(seed, probability):
    image, depth = coordinates()
    flipped, flipped_depth = random_flip(image, depth, tf.constant(seed), probability)
    mirrored = bool((flipped.numpy() != image.numpy()).any())
    expected = slice(None, None, -1) if mirrored else slice(None)
    np.testing.assert_array_equal(flipped, image.numpy()[:, expected])
    np.testing.assert_array_equal(flipped_depth, depth.numpy()[:, expected])


@pytest.mark.parametrize(("probability", "share"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_flips_are_as_frequent_as_asked(probability, share):
    image, depth = coordinates()
    flips = over_seeds(lambda seed: random_flip(image, depth, seed, probability)[0][0, 0, 1], 600)
    assert np.mean(np.array(flips) > 0) == pytest.approx(share, abs=0.07)


def test_a_channel_swap_is_one_of_six_orders_as_likely_as_each_other():
    pixel = tf.constant([[[10, 20, 30]]], tf.uint8)
    seen = over_seeds(lambda seed: random_channel_swap(pixel, seed, 1.0)[0, 0], 1200)
    orders = [tuple(int(value) for value in order) for order in seen]
    for order in itertools.permutations((10, 20, 30)):
        assert orders.count(order) / len(orders) == pytest.approx(1 / 6, abs=0.04)


def test_channels_are_swapped_as_often_as_asked():
    """A quarter draw an order; one in six draws is the order that changes nothing."""
    pixel = tf.constant([[[10, 20, 30]]], tf.uint8)
    seen = over_seeds(lambda seed: random_channel_swap(pixel, seed, 0.25)[0, 0], 1200)
    changed = np.mean([tuple(order) != (10, 20, 30) for order in seen])
    assert changed == pytest.approx(0.25 * 5 / 6, abs=0.04)


@given(SEEDS, st.floats(1, 3))
@settings(max_examples=30, deadline=None)
def test_a_crop_is_a_window_at_one_place_and_closer_by_its_zoom(seed, max_scale):
    image, depth = coordinates()
    crop, closer = random_scale_crop(image, depth, tf.constant(seed), max_scale)
    height, width = crop.shape[:2]
    top, left = int(crop[0, 0, 0]), int(crop[0, 0, 1])
    window = np.s_[top : top + height, left : left + width]
    np.testing.assert_array_equal(crop, image.numpy()[window])
    zoom = np.sqrt((HEIGHT / height) * (WIDTH / width))
    assert 1 <= zoom <= max_scale * 1.1  # Whole pixels.
    np.testing.assert_allclose(closer, depth.numpy()[window] / zoom, rtol=1e-5)


def test_a_wall_moves_closer_by_the_zoom():
    image = tf.zeros((240, 320, 3), tf.uint8)
    depth = tf.fill((240, 320, 1), 6.0)
    crops = over_seeds(lambda seed: random_scale_crop(image, depth, seed, 1.5)[1], 20)
    for crop in crops:
        zoom = 240 / crop.shape[0]
        np.testing.assert_allclose(crop, 6.0 / zoom, rtol=0.01)
    assert max(len(crop) for crop in crops) > 220 and min(len(crop) for crop in crops) < 175


def test_an_enlarged_crop_sees_a_slanted_wall_where_a_closer_camera_would():
    """Enlarged by s about the principal point, points move towards the camera, not sideways.

    With the camera of the full picture, a crop's points are the scene's, all divided by s: a
    plane n . X = d stays a plane with the same normal at distance d / s.
    """
    size, focal = 240, 260.0
    centre = (size - 1) / 2
    columns, rows = np.meshgrid(np.arange(size), np.arange(size))
    rays = np.stack([(columns - centre) / focal, (rows - centre) / focal, np.ones_like(rows)], -1)
    normal, distance = np.array([0.3, -0.2, 0.93]), 3.0
    depth = (distance / (rays @ normal)).astype(np.float32)[..., None]
    image = np.stack([rows, columns, rows], -1).astype(np.uint8)
    crop, closer = random_scale_crop(tf.constant(image), tf.constant(depth), (3, 4), 1.5)
    side = crop.shape[0]
    zoom = size / side
    assert zoom > 1.05 and crop.shape[1] == side
    top, left = int(crop[0, 0, 0]), int(crop[0, 0, 1])
    # The crop's pixels, enlarged, seen by the same camera shifted to the crop's centre.
    shift = np.array([left + (side - 1) / 2 - centre, top + (side - 1) / 2 - centre]) / focal
    lines, posts = np.mgrid[:side, :side]
    enlarged = (np.stack([posts, lines], -1) - (side - 1) / 2) * zoom / focal
    points = np.concatenate([enlarged, np.ones((side, side, 1))], -1) * closer.numpy()
    # X = s x, Y = s y of the closer points are the scene's X, Y but for the crop's own direction.
    depths = closer.numpy()[..., 0]
    scene = np.stack(
        [points[..., 0] + shift[0] * depths * zoom, points[..., 1] + shift[1] * depths * zoom,
         depths * zoom], -1)  # fmt: skip
    np.testing.assert_allclose(scene @ normal, distance, rtol=1e-4)


def test_missing_depth_stays_missing():
    image, _ = coordinates()
    depth = np.full((HEIGHT, WIDTH, 1), 2.0, np.float32)
    depth[:12] = 0
    for seed in range(10):
        _, augmented = EVERYTHING.before_resizing(image, tf.constant(depth), tf.constant([seed, 1]))
        values = np.unique(augmented)
        assert values[0] == 0 or values.size == 1
        assert (values[values > 0] >= 2 / 1.6).all()


@given(SEEDS, st.floats(0.01, 0.9))
@settings(max_examples=20, deadline=None)
def test_colour_scales_each_channel_within_its_range(seed, strength):
    image = tf.fill((4, 5, 3), 0.5)
    factors = random_color(image, tf.constant(seed), strength).numpy() / 0.5
    assert np.ptp(factors, axis=(0, 1)).max() < 1e-6
    assert factors.min() >= 1 - strength - 1e-6
    assert factors.max() <= min(1 + strength, 2) + 1e-6


def test_colour_stays_in_0_to_1():
    bright = random_color(tf.ones((2, 2, 3)), (5, 6), 0.9).numpy()
    assert bright.max() <= 1 and bright.min() >= 0


def test_the_same_seed_gives_the_same_sample_alone_and_in_a_parallel_map():
    sample = RoomsSource("train", 1, image_size=(48, 64), seed=0)[0]
    image, depth = tf.constant(sample["image"]), tf.constant(sample["depth"])

    def augment(seed):
        crop, metres = EVERYTHING.before_resizing(image, depth, seed)
        resized = tf.image.resize(tf.cast(crop, tf.float32) / 255, (48, 64))
        return EVERYTHING.after_resizing(resized, seed), tf.shape(metres), tf.reduce_sum(metres)

    seeds = tf.data.Dataset.range(8).map(lambda value: tf.stack([3, value]))
    mapped = list(seeds.map(augment, num_parallel_calls=4).as_numpy_iterator())
    for number, (colours, shape, total) in enumerate(mapped):
        alone = augment(tf.constant([3, number], tf.int64))
        np.testing.assert_array_equal(shape, alone[1])
        np.testing.assert_allclose(colours, alone[0], atol=1e-6)
        assert total == pytest.approx(float(alone[2]), rel=1e-5)
    assert len({float(total) for _, _, total in mapped}) > 4


def test_the_published_augmentation_is_the_default():
    assert Augmentation() == Augmentation(flip=0.5, channel_swap=0.25, scale_crop=1.0, color=0.0)


def test_no_augmentation_changes_nothing():
    image, depth = coordinates()
    for seed in range(5):
        same, same_depth = NO_AUGMENTATION.before_resizing(image, depth, tf.constant([seed, 0]))
        np.testing.assert_array_equal(same, image)
        np.testing.assert_array_equal(same_depth, depth)


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        ({"flip": 1.5}, "`flip`"),
        ({"flip": float("nan")}, "`flip`"),
        ({"channel_swap": -0.1}, "`channel_swap`"),
        ({"scale_crop": 0.9}, "`scale_crop`"),
        ({"color": 1.0}, "`color`"),
        ({"color": -0.2}, "`color`"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_flag(arguments, flag):
    with pytest.raises(ValueError, match=f"{flag} .*Received: "):
        Augmentation(**arguments)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_on_arrays_a_draw_gives_what_it_gives_on_tensors(seed):
    augmentation = Augmentation(flip=0.5, channel_swap=0.5)
    image, depth = coordinates()
    seed = tf.constant(seed, tf.int64)
    expected = augmentation.before_resizing(image, depth, seed)
    flip, order = augmentation.draw_flip_and_order(seed)
    arrays = flip_and_reorder(image.numpy(), depth.numpy(), bool(flip), order.numpy())
    for got, wanted in zip(arrays, expected, strict=True):
        assert got.dtype == wanted.numpy().dtype
        np.testing.assert_array_equal(got, wanted)


def test_the_sample_itself_stays_as_it_was():
    """A source may hand out arrays that it keeps."""
    image, depth = (tensor.numpy() for tensor in coordinates())
    before = image.copy(), depth.copy()
    flip_and_reorder(image, depth, True, np.array([2, 0, 1]))
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(depth, before[1])
