"""Scale bars and grids of pictures."""

import numpy as np
import pytest

from densedepth_tf.visualization.panel import panel, sample_panel
from densedepth_tf.visualization.scale_bar import add_error_bar, add_scale_bar
from densedepth_tf.visualization.text import shorten, text_width


@pytest.mark.parametrize("size", [(1, 1), (24, 32), (120, 160), (1080, 1920)])
def test_scale_bar_keeps_the_picture_and_adds_a_bar(size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for barred in (add_scale_bar(picture, 0.7, 8.3), add_error_bar(picture)):
        assert barred.dtype == np.uint8
        assert barred.shape[0] == size[0]
        assert barred.shape[1] > size[1]
        np.testing.assert_array_equal(barred[:, : size[1]], picture)


def test_bar_runs_from_near_at_the_bottom_to_far_at_the_top():
    bar = add_scale_bar(np.zeros((200, 1, 3), np.uint8), 1, 9)
    column = bar[:, 12].astype(int)
    assert column[190, 0] > column[190, 2]
    assert column[10, 2] > column[10, 0]


@pytest.mark.parametrize("size", [(24, 32), (96, 128), (1080, 1920)])
def test_sample_panel_of_any_size(size):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*size, 3), np.uint8)
    truth = rng.uniform(1, 5, (*size, 1)).astype(np.float32)
    truth[: size[0] // 2] = 0
    whole = sample_panel(image, truth, truth[..., 0] * 1.1, title="00001.jpg")
    half = sample_panel(image, None, truth)
    assert whole.dtype == half.dtype == np.uint8
    assert whole.shape[1] > half.shape[1]
    assert 144 < whole.shape[0] < 700


def test_sample_panel_takes_floats_other_sizes_and_no_valid_truth():
    image = np.random.default_rng(0).random((48, 64, 3), np.float32)
    truth = np.zeros((24, 32, 1), np.float32)
    assert sample_panel(image, truth, np.full((12, 16), 2.0)).shape[2] == 3


def test_a_relative_prediction_has_colours_of_its_own_and_a_bar_without_metres():
    image = np.zeros((150, 200, 3), np.uint8)
    truth = np.linspace(2, 4, 200, dtype=np.float32)[None, :, None].repeat(150, 0)
    metric = sample_panel(image, truth, truth, unit="m")
    relative = sample_panel(image, truth, truth / 1000, unit=None)
    same = sample_panel(image, truth, truth * 7, unit=None)
    # The truth keeps its metres, on a bar that it has to itself now.
    assert relative.shape[1] > metric.shape[1] and same.shape[1] > metric.shape[1]
    left = slice(0, 400)
    np.testing.assert_array_equal(relative[30:150, left], metric[30:150, left])
    # One shape at any scale has one picture, but for the numbers of its bar.
    np.testing.assert_array_equal(relative[30:150, 480:600], same[30:150, 480:600])


def test_panel_is_a_grid_with_gaps_of_white():
    red = np.zeros((150, 200, 3), np.uint8)
    red[..., 0] = 255
    grid = panel([[("a", red), ("b", red)], [("", red), None]])
    assert np.all(grid == red[0, 0], axis=2).sum() == 3 * 150 * 200
    assert np.all(grid[-1] == 255)


def test_panel_refuses_what_is_no_picture():
    with pytest.raises(ValueError, match="at least one image"):
        panel([[None]])
    with pytest.raises(ValueError, match="Received: shape"):
        panel([[("four channels", np.zeros((4, 4, 4), np.uint8))]])


def test_long_titles_lose_their_middle():
    text = shorten("a-folder/with/a/very/long/name/00001.jpg", 12, 120)
    assert text_width(text, 12) <= 120
    assert text.startswith("a-")
    assert text.endswith(".jpg")
