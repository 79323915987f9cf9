"""Sparse depth, as of LiDAR, keeps its points at any size; dense depth never notices."""

import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.data.batches.resize_depth import resize_depth
from densedepth_tf.data.batches.sparse_depth import or_points, place_points
from densedepth_tf.data.batches.turned_views import rotate
from densedepth_tf.geometry.region import WHOLE_IMAGE, Region

SIZE = (96, 128)
PATTERNS = {
    "4 %": lambda rng, rows: rng.random(SIZE) < 0.04,
    "1 %": lambda rng, rows: rng.random(SIZE) < 0.01,
    "30 %": lambda rng, rows: rng.random(SIZE) < 0.3,
    "one line in 16": lambda rng, rows: np.broadcast_to(rows % 16 == 0, SIZE),
    "one column in 16": lambda rng, rows: np.broadcast_to(np.arange(SIZE[1]) % 16 == 5, SIZE),
    "lines with gaps": lambda rng, rows: (rows % 8 == 3) & (rng.random(SIZE) < 0.5),
    "one pixel": lambda rng, rows: (np.arange(SIZE[0] * SIZE[1]) == 5000).reshape(SIZE),
}


def thinned(pattern, seed=0):
    """A wall that leans away, known at some pixels."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    depth = (2 + 0.02 * columns + 0.01 * rows).astype(np.float32)
    known = PATTERNS[pattern](np.random.default_rng(seed), np.arange(SIZE[0])[:, None])
    return np.where(known, depth, np.float32(0))[..., np.newaxis]


def resized(depth, size, region=WHOLE_IMAGE):
    return resize_depth(tf.constant(depth), size, region).numpy()


def cells(depth, size):
    """The target pixels that known depth lies in."""
    rows, columns = np.nonzero(depth[..., 0])
    return set(
        zip(rows * size[0] // depth.shape[0], columns * size[1] // depth.shape[1], strict=True)
    )


@pytest.mark.parametrize("size", [(48, 64), (40, 60), (12, 16), (55, 74), (120, 160)])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_at_least_half_of_the_pixels_with_depth_keep_it(pattern, size):
    """All of them where it is sparse, the mean of what is known where it is not."""
    depth = thinned(pattern)
    result = resized(depth, size)
    places = cells(depth, size)
    known = np.count_nonzero(result)
    assert known >= len(places) / 2
    scale = SIZE[0] / size[0], SIZE[1] / size[1]
    rows, columns = np.nonzero(result[..., 0])
    expected = (
        2 + 0.02 * ((columns + 0.5) * scale[1] - 0.5) + 0.01 * ((rows + 0.5) * scale[0] - 0.5)
    )
    largest = 0.02 * scale[1] + 0.01 * scale[0]
    np.testing.assert_allclose(result[rows, columns, 0], expected, atol=largest)


@pytest.mark.parametrize("pattern", ["4 %", "1 %", "lines with gaps", "one pixel"])
def test_points_keep_their_metres_and_their_places(pattern):
    depth = thinned(pattern)
    result = resized(depth, (48, 64))
    places = cells(depth, (48, 64))
    assert set(zip(*np.nonzero(result[..., 0]), strict=True)) == places
    assert set(result[result > 0].tolist()) <= set(depth[depth > 0].tolist())


def test_of_several_points_in_a_pixel_the_middle_one_stays():
    depth = np.zeros((30, 30, 1), np.float32)
    depth[10:20, 10:20:4] = [[1.0], [2.0], [3.0]]  # columns 10, 14 and 18 of 10..19
    depth[14:16, 14] = 7.0
    assert place_points(depth, (3, 3))[1, 1, 0] == 7.0
    assert np.count_nonzero(place_points(depth, (3, 3))) == 1


def test_a_part_of_a_sparse_map_is_that_part():
    depth = thinned("4 %")
    region = Region(0.25, 0.75, 0.125, 0.625)
    part = resized(depth, (24, 32), region)
    expected = place_points(depth[24:72, 16:80], (24, 32))
    np.testing.assert_array_equal(part, expected)
    assert np.count_nonzero(part) > 90


def test_a_turned_sparse_map_keeps_its_points():
    depth = thinned("4 %")
    image = np.zeros((*SIZE, 3), np.uint8)
    turned = rotate(tf.constant(image), tf.constant(depth), 0.05)[1].numpy()
    assert np.count_nonzero(turned) > 0.8 * np.count_nonzero(depth)
    assert set(turned[turned > 0].tolist()) <= set(depth[depth > 0].tolist())


@pytest.mark.parametrize("share", [0.6, 0.3])
def test_dense_maps_with_holes_are_left_to_the_rule_for_holes(share):
    """However large its holes: half of a wall is dense, too."""
    depth = np.full((*SIZE, 1), 3, np.float32)
    depth[int(SIZE[0] * share) :] = 0
    averaged = np.full((48, 64, 1), 2.5, np.float32)
    averaged[int(48 * share) :] = 0
    assert or_points(averaged, depth) is averaged


def test_missing_that_is_negative_or_nan_is_no_point():
    depth = thinned("1 %")
    depth[3, :40:3], depth[5, :40:3] = -1, np.nan
    result = resized(depth, (48, 64))
    assert np.isfinite(result).all() and result.min() == 0
    assert np.count_nonzero(result) == len(cells(np.where(depth > 0, depth, 0), (48, 64)))
