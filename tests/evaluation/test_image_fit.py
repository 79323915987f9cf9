"""Predictions of a part of the picture, or turned, are not taken for the whole of it unnoticed."""

import warnings

import numpy as np
import pytest

from densedepth_tf.evaluation.predictions.image_fit import ImageFit
from densedepth_tf.evaluation.predictions.predictions_stack import PredictionsStack
from densedepth_tf.files.bad_sample import BadSampleError

NYU, KITTI, SMALLER_KITTI = (480, 640), (375, 1242), (370, 1226)


def ones(*size):
    return np.ones(size, np.float32)


@pytest.mark.parametrize(
    ("size", "picture"),
    [
        ((480, 640), NYU),
        ((240, 320), NYU),
        ((55, 74), NYU),
        ((384, 512), NYU),
        ((192, 640), (376, 1241)),
        ((320, 1024), KITTI),
        ((375, 1242), (376, 1241)),
        ((384, 1280), SMALLER_KITTI),
    ],
)
def test_networks_sizes_pass_without_a_word(size, picture):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ImageFit("depth")(ones(*size), picture, "p").shape == size


@pytest.mark.parametrize(
    ("size", "picture"),
    [
        ((440, 592), NYU),
        ((426, 560), NYU),
        ((352, 1216), KITTI),
        ((352, 1216), SMALLER_KITTI),
        ((384, 384), NYU),
        ((27, 142), KITTI),
    ],
)
def test_what_may_be_a_part_is_told_of_once(size, picture):
    fit = ImageFit("depth")
    with pytest.warns(UserWarning, match=rf"'p' is {size[0]}x{size[1]} .*pad them .* with 0"):
        fit(ones(*size), picture, "p")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(ones(*size), picture, "q")


def test_a_map_that_is_not_of_the_others_size_is_told_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = ImageFit("depth")
        for picture in (KITTI, SMALLER_KITTI, KITTI):  # of the picture's size, of half of it
            fit(ones(*picture), picture, "p")
        half = ImageFit("depth")
        for height, width in (KITTI, SMALLER_KITTI, NYU):
            half(ones(height // 2, width // 2), (height, width), "p")
        network = ImageFit("depth")
        for picture in (KITTI, SMALLER_KITTI):
            network(ones(192, 640), picture, "p")
    with pytest.warns(UserWarning, match="'q' is 187x621 .* the first was 375x1242"):
        fit(ones(187, 621), KITTI, "q")


@pytest.mark.parametrize("size", [(640, 480), (320, 240), (74, 55)])
def test_what_lies_on_its_side_is_refused(size):
    with pytest.raises(BadSampleError, match=rf"'p' lies on its side: it is {size[0]}x{size[1]}"):
        ImageFit("depth")(ones(*size), NYU, "p")


def test_rows_of_a_stack_are_looked_at_too(tmp_path):
    np.save(tmp_path / "stack.npy", ones(2, 64, 48))
    stack = PredictionsStack(tmp_path / "stack.npy", "disparity")
    stack.check(["a.png", "b.png"])
    with pytest.raises(ValueError, match=r"stack\.npy, row 1' lies on its side"):
        stack.predict_samples(np.zeros((1, 48, 64, 3), np.uint8), ["b.png"])
