"""Filled depth: the official numbers, what must hold for any image, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spsolve

from densedepth_tf.data.rooms.rooms import RoomsSource
from densedepth_tf.depth_filling import fill_depth
from densedepth_tf.depth_filling.affinity import OFFSETS, affinities, grey_levels
from densedepth_tf.depth_filling.colorization import propagate
from densedepth_tf.depth_filling.stencil_solver import solve_stencil


@pytest.mark.parametrize("case", ["sparse5", "holes60"])
@pytest.mark.parametrize(("alpha", "suffix"), [(1.0, ""), (0.5, "_alpha0.5")])
def test_it_is_what_the_official_code_fills(golden, case, alpha, suffix):
    arrays = golden("fill_depth")
    depth = arrays[f"{case}_depth"]
    filled = fill_depth(arrays["rgb"], depth, alpha)
    assert filled.dtype == np.float32
    np.testing.assert_allclose(filled, arrays[f"{case}_filled{suffix}"], atol=1e-5)
    np.testing.assert_array_equal(filled[depth > 0], depth[depth > 0])


@pytest.mark.parametrize("share", [0.6, 0.05, 0.001])
def test_a_general_solver_agrees(share, rng):
    sample = RoomsSource("test", 1, (150, 210))[0]
    depth = np.where(rng.random((150, 210, 1)) < share, sample["depth"], np.float32(0.0))
    filled = fill_depth(sample["image"], depth)
    assert filled.shape == depth.shape
    reference = _general_solver(grey_levels(sample["image"]), depth[..., 0])
    reference = np.where(depth[..., 0] > 0, depth[..., 0], reference)
    np.testing.assert_allclose(filled[..., 0], reference, atol=1e-5)


@pytest.mark.long
@pytest.mark.parametrize("size", [(375, 1242), pytest.param((480, 640), marks=pytest.mark.slow)])
def test_one_valid_pixel_spreads_over_the_whole_image(size, rng):
    image = rng.integers(0, 256, (*size, 3), np.uint8)
    depth = np.zeros(size, np.float32)
    depth[3, 5] = 80.0
    np.testing.assert_allclose(fill_depth(image, depth), 80.0, atol=1e-4)


@settings(deadline=None, max_examples=40)
@given(
    height=st.integers(1, 40),
    width=st.integers(2, 40),
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0.0, 1.0),
    levels=st.sampled_from([1, 2, 256]),
)
def test_filled_depth_lies_within_the_known_depth_and_scales_with_it(
    height, width, seed, share, levels
):
    rng = np.random.default_rng(seed)
    image = (rng.integers(0, levels, (height, width, 3)) * (255 // levels)).astype(np.uint8)
    depth = rng.uniform(0.5, 10.0, (height, width)).astype(np.float32)
    depth[rng.random((height, width)) >= share] = 0.0
    depth[0, 0] = 3.0
    known = depth[depth > 0]
    for method in ("exact", "approximate"):
        filled = fill_depth(image, depth, method=method)
        assert known.min() - 1e-5 <= filled.min() <= filled.max() <= known.max() + 1e-5
        np.testing.assert_array_equal(filled[depth > 0], known)
        np.testing.assert_allclose(fill_depth(image, 4 * depth, method=method), 4 * filled, 1e-5)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 45), st.integers(1, 45), st.integers(0, 2**32 - 1))
def test_the_solution_of_any_size_satisfies_its_equations(height, width, seed):
    rng = np.random.default_rng(seed)
    inside = np.pad(np.ones((height, width)), 1)
    stencil = np.stack(
        [
            -rng.random((height, width)) * inside[1 + dy :, 1 + dx :][:height, :width]
            for dy, dx in OFFSETS
        ]
    )
    stencil[4] = 0.0
    stencil[4] = 1.1 * -stencil.sum(axis=0) + 0.1
    right = rng.normal(size=(height, width))
    solution = np.pad(solve_stencil(stencil, right), 1)
    total = sum(
        plane * solution[1 + dy :, 1 + dx :][:height, :width]
        for plane, (dy, dx) in zip(stencil, OFFSETS, strict=True)
    )
    np.testing.assert_allclose(total, right, atol=1e-9)


def test_threads_do_not_change_the_result(rng):
    image = rng.integers(0, 256, (250, 340, 3), np.uint8)
    depth = np.where(rng.random((250, 340)) < 0.1, 3.0, 0.0).astype(np.float32)
    depth[:, 200:] *= 2
    np.testing.assert_array_equal(fill_depth(image, depth, threads=3), fill_depth(image, depth))


def test_depth_stops_at_the_edges_of_the_image():
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, 30:] = 200
    depth = np.zeros((40, 60), np.float32)
    depth[20, 5], depth[20, 55] = 1.0, 5.0
    filled = fill_depth(image, depth)
    assert filled[:, :29].max() < 1.5
    assert filled[:, 31:].min() > 4.5


def test_the_approximate_method_is_close_in_the_mean(rng):
    sample = RoomsSource("test", 1, (120, 160))[0]
    depth = np.where(rng.random((120, 160, 1)) < 0.3, sample["depth"], np.float32(0.0))
    exact = fill_depth(sample["image"], depth)
    approximate = fill_depth(sample["image"], depth, method="approximate")
    assert 0 < np.abs(approximate - exact).mean() < 0.03


def test_full_depth_stays_as_it_is(rng):
    depth = rng.uniform(1, 5, (6, 7)).astype(np.float32)
    filled = fill_depth(np.zeros((6, 7, 3), np.uint8), depth)
    np.testing.assert_array_equal(filled, depth)
    assert filled is not depth


IMAGE, DEPTH = np.zeros((4, 6, 3), np.uint8), np.ones((4, 6), np.float32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depth": np.zeros((4, 6), np.float32)}, "every pixel is missing"),
        ({"depth": np.where(np.eye(4, 6) > 0, np.nan, DEPTH)}, "4 other values"),
        ({"depth": -DEPTH}, "not negative"),
        ({"depth": DEPTH.astype(np.float64)}, "dtype=float64"),
        ({"depth": DEPTH[:3]}, r"depth shape=\(3, 6\), image shape=\(4, 6, 3\)"),
        ({"depth": DEPTH[..., None, None]}, "as large as the image"),
        ({"image": IMAGE.astype(np.float32)}, "dtype=float32"),
        ({"image": IMAGE[..., 0]}, r"shape=\(4, 6\)"),
        ({"alpha": 0.0}, "above 0"),
        ({"alpha": np.nan}, "above 0"),
        ({"threads": 0}, "`threads` is at least 1"),
        ({"method": "fast"}, "exact, approximate"),
    ],
)
def test_wrong_arguments_are_refused(change, message):
    arguments = {"image": IMAGE, "depth": DEPTH} | change
    with pytest.raises(ValueError, match=message):
        fill_depth(**arguments)


def test_real_photographs_agree_with_a_general_solver(shared, rng):
    from densedepth_tf.files.depth.depth_file import read_depth
    from densedepth_tf.files.images.image_file import read_image

    folder = shared("data/nyu_labeled_train")
    for path in sorted(folder.glob("*.jpg"))[:2]:
        image = read_image(path)[::2, ::2]
        depth = read_depth(path.with_suffix(".png"))[::2, ::2, 0]
        depth = np.where(rng.random(depth.shape) < 0.05, depth, np.float32(0.0))
        grey = grey_levels(np.ascontiguousarray(image))
        found, reference = propagate(grey, depth, 1.0), _general_solver(grey, depth)
        np.testing.assert_allclose(found, reference, atol=1e-7)


def _general_solver(grey, depth):
    """The same equations with alpha 1, as a sparse matrix."""
    height, width = grey.shape
    weights = affinities(grey)
    number = np.pad(np.arange(grey.size).reshape(grey.shape), 1)
    rows, columns, values = [], [], []
    for plane, (dy, dx) in enumerate(OFFSETS):
        neighbour = weights[plane] > 0
        rows.append(number[1:-1, 1:-1][neighbour])
        columns.append(number[1 + dy :, 1 + dx :][:height, :width][neighbour])
        values.append(-weights[plane][neighbour])
    rows.append(np.arange(grey.size))
    columns.append(np.arange(grey.size))
    values.append(1.0 + (depth > 0).ravel())
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    matrix = csc_matrix(entries)
    right = depth.astype(np.float64).ravel()
    return spsolve(matrix, right, permc_spec="MMD_AT_PLUS_A").reshape(grey.shape)
