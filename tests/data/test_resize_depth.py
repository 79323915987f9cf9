"""Shrinking depth: the official loader's result where nothing is missing, and clean holes."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.transform import resize

from densedepth_tf.data.batches.resize_depth import resize_depth
from densedepth_tf.geometry.region import Region
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec


def shrunk(depth, size):
    return resize_depth(tf.constant(depth[..., None]), size).numpy()[..., 0]


def plane(height, width):
    """A wall that leans away from the camera, in metres."""
    rows, columns = np.mgrid[:height, :width]
    return (2 + 0.02 * columns + 0.01 * rows).astype(np.float32)


@given(st.integers(6, 20), st.integers(6, 20), st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_halving_is_scikit_images(height, width, seed):
    rng = np.random.default_rng(seed)
    depth = rng.uniform(0.5, 9.5, (2 * height, 2 * width)).astype(np.float32)
    expected = resize(
        depth, (height, width), order=1, anti_aliasing=True, preserve_range=True, mode="reflect"
    )
    np.testing.assert_allclose(shrunk(depth, (height, width)), expected, rtol=1e-4)


@given(hnp.arrays(bool, (24, 32), elements=st.booleans()))
@settings(max_examples=15, deadline=None)
def test_halving_with_holes_is_the_mean_of_what_is_valid(holes):
    """Scikit-image's weights, shared out among the valid pixels."""
    depth = np.where(holes, 0, plane(24, 32)).astype(np.float32)
    options = {"order": 1, "anti_aliasing": True, "preserve_range": True, "mode": "reflect"}
    share = resize((depth > 0).astype(np.float64), (12, 16), **options)
    total = resize(depth.astype(np.float64), (12, 16), **options)
    occupied = (depth > 0).reshape(12, 2, 16, 2).any(axis=(1, 3))
    assume(2 * (share > 0.5 + 1e-4).sum() >= occupied.sum())  # else it is sparse
    result = shrunk(depth, (12, 16))
    clear = np.abs(share - 0.5) > 1e-4
    np.testing.assert_array_equal((result > 0)[clear], (share > 0.5)[clear])
    kept = result > 0
    np.testing.assert_allclose(result[kept], (total / np.maximum(share, 0.4))[kept], rtol=1e-4)


def test_its_own_size_is_left_as_it_is():
    depth = plane(12, 16)
    depth[3:5, 3:5] = 0
    np.testing.assert_array_equal(shrunk(depth, (12, 16)), depth)


@pytest.mark.parametrize("size", [(24, 32), (20, 30), (12, 16), (60, 80)])
def test_a_plane_stays_a_plane(size):
    """Pixel centres: a target pixel covers the same part of the scene as the pixels under it."""
    depth = plane(48, 64)
    scale = 48 / size[0], 64 / size[1]
    rows, columns = ((np.arange(size[axis]) + 0.5) * scale[axis] - 0.5 for axis in (0, 1))
    expected = 2 + 0.02 * columns[None, :] + 0.01 * rows[:, None]
    inside = np.s_[3:-3, 3:-3]
    np.testing.assert_allclose(shrunk(depth, size)[inside], expected[inside], rtol=1e-3)


@given(
    hnp.arrays(bool, (24, 32), elements=st.booleans()),
    st.sampled_from([(12, 16), (9, 15), (24, 32), (30, 40)]),
)
@settings(max_examples=25, deadline=None)
def test_holes_never_mix_with_depth(holes, size):
    """Whatever is missing: what remains lies between the nearest and the farthest valid depth."""
    depth = np.where(holes, 0, plane(24, 32)).astype(np.float32)
    result = shrunk(depth, size)
    valid = result[result > 0]
    assert np.isfinite(result).all() and (result >= 0).all()
    if valid.size:
        assert valid.min() >= depth[depth > 0].min() - 1e-4
        assert valid.max() <= depth.max() + 1e-4


@pytest.mark.parametrize("size", [(24, 32), (20, 28)])
def test_a_hole_stays_a_hole_and_its_surroundings_keep_their_metres(size):
    depth = np.full((48, 64), 3.0, np.float32)
    depth[16:32, 20:40] = 0
    result = shrunk(depth, size)
    middle = result[size[0] // 2, size[1] * 30 // 64]
    assert middle == 0
    np.testing.assert_allclose(result[result > 0], 3.0, rtol=1e-5)
    share = (result == 0).mean()
    assert share == pytest.approx((depth == 0).mean(), rel=0.25)


@pytest.mark.parametrize("missing", [0.0, -1.0, np.nan])
def test_whatever_marks_a_hole_does_not_spread(missing):
    depth = np.full((24, 32), 2.5, np.float32)
    depth[10:14, 10:14] = missing
    result = shrunk(depth, (12, 16))
    assert result[5, 5] == 0
    np.testing.assert_allclose(result[result > 0], 2.5, rtol=1e-5)


def test_a_map_without_depth_stays_empty():
    assert not shrunk(np.zeros((24, 32), np.float32), (12, 16)).any()


def test_metres_are_averaged_before_the_reciprocal_not_after():
    """1 m beside 9 m average to 5 m, not to the 1.8 m that averaged targets would mean."""
    depth = np.empty((24, 32), np.float32)
    depth[:, ::2], depth[:, 1::2] = 1.0, 9.0
    codec = InverseDepthCodec(0.1, 10.0)
    target = codec.to_target(resize_depth(tf.constant(depth[..., None]), (12, 16))).numpy()
    np.testing.assert_allclose(target[:, 3:-3], 10 / 5.0, rtol=1e-4)


@given(
    st.tuples(st.floats(0.05, 0.3), st.floats(0.6, 0.95)),
    st.tuples(st.floats(0.05, 0.3), st.floats(0.6, 0.95)),
    st.sampled_from([(9, 12), (20, 30), (40, 40)]),
)
@settings(max_examples=20, deadline=None)
def test_a_part_of_a_plane_is_that_part(rows, columns, size):
    """Wherever the part begins: its edges need not be those of pixels."""
    region = Region(*rows, *columns)
    depth = tf.constant(plane(96, 128)[..., None])
    part = resize_depth(depth, size, region).numpy()[..., 0]
    down, across = (
        (start + (np.arange(number) + 0.5) / number * (end - start)) * side - 0.5
        for (start, end), number, side in zip((rows, columns), size, (96, 128), strict=True)
    )
    expected = 2 + 0.02 * across[None, :] + 0.01 * down[:, None]
    np.testing.assert_allclose(part, expected, rtol=1e-3)


def test_a_part_keeps_its_holes():
    depth = plane(96, 128)
    depth[48:] = 0
    part = resize_depth(tf.constant(depth[..., None]), (10, 12), Region(0.25, 0.75, 0.1, 0.9))
    known = part.numpy()[..., 0] > 0
    assert known[:5].all() and not known[5:].any()
    assert part.numpy()[:5].min() >= depth[24].min()
