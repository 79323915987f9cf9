"""Few known pixels are drawn so that they can be seen; dense maps as they are."""

import numpy as np
import pytest

from densedepth_tf.evaluation.comparison import Candidate, compare
from densedepth_tf.visualization.colorize import colorize
from densedepth_tf.visualization.dots import depth_dots, dots
from densedepth_tf.visualization.panel import sample_panel


def lidar(size, step):
    """Depth of 1 m at the left and 9 m at the right, known in every `step`-th row and column."""
    depth = np.zeros(size, np.float32)
    depth[::step, ::step] = np.linspace(1, 9, size[1], dtype=np.float32)[::step]
    return depth


def test_a_known_pixel_becomes_a_dot_of_its_value():
    values = np.full((9, 12), np.nan, np.float32)
    values[4, 3], values[4, 8] = 2, 7
    grown = dots(values, 9)  # 2 % are known
    assert np.isfinite(grown).sum() == 18
    assert (grown[3:6, 2:5] == 2).all() and (grown[3:6, 7:10] == 7).all()


@pytest.mark.parametrize(("height", "side"), [(200, 3), (400, 1), (100, 5), (67, 9)])
def test_dots_have_a_size_in_the_picture_whatever_the_size_of_the_map(height, side):
    grown = depth_dots(lidar((200, 600), 9), height)
    assert np.isfinite(grown[5:14, 0]).sum() == side


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_dense_and_empty_maps_stay_as_they_are(share):
    values = np.where(np.random.default_rng(0).random((60, 80)) < share, 3, np.nan)
    np.testing.assert_array_equal(dots(values.astype(np.float32), 60), values)


def coloured(picture):
    """Share of pixels that are neither black, white nor grey."""
    picture = picture.astype(int)
    return (np.ptp(picture, axis=-1) > 30).mean()


def test_lidar_can_be_seen_in_a_panel_and_a_comparison(tmp_path):
    image, depth = np.zeros((370, 1220, 3), np.uint8), lidar((370, 1220), 5)
    picture = sample_panel(image, depth, np.full(depth.shape, 3.0), height=240)
    left, _, right = np.split(picture[60:200], [1700, 2500], axis=1)
    assert coloured(left[:, 820:1600]) > 0.3  # the truth; drawn as it is, .05
    assert coloured(right) > 0.2  # the error

    class Constant:
        def predict_depth(self, images):
            return np.full((*images.shape[:3], 1), 3, np.float32)

    source = [{"name": "a", "image": image, "depth": depth[..., None]}]
    compare([Candidate("a", Constant), Candidate("b", Constant)], source, "full", tmp_path)
    from PIL import Image

    comparison = np.asarray(Image.open(tmp_path / "comparison.png"))
    width = colorize(depth).shape[1] * 320 // 370
    truth = comparison[60:, width + 40 : 2 * width - 40]
    assert coloured(truth) > 0.3
