import warnings

import numpy as np
import pytest

from densedepth_tf.data.sample_check import UnitCheck, checked_sample
from densedepth_tf.files.bad_sample import BadSampleError

IMAGE = np.zeros((24, 32, 3), np.uint8)


def depth(value: float, height: int = 24, width: int = 32) -> np.ndarray:
    return np.full((height, width, 1), value, np.float32)


def test_a_good_sample_passes_unchanged():
    metres = depth(2.0)
    sample = checked_sample(IMAGE, metres, "a", np.eye(3))
    assert sample["image"] is IMAGE and sample["depth"] is metres
    assert sample["intrinsics"].dtype == np.float32
    assert "intrinsics" not in checked_sample(IMAGE, metres, "a")


@pytest.mark.parametrize("size", [(12, 16), (48, 64)])
def test_depth_of_the_same_shape_is_brought_to_size_without_blending(size):
    metres = depth(1.0, *size)
    metres[:, size[1] // 2 :] = 5.0
    metres[: size[0] // 2, : size[1] // 4] = 0.0
    fitted = checked_sample(IMAGE, metres, "a")["depth"]
    expected = depth(1.0)
    expected[:, 16:] = 5.0
    expected[:12, :8] = 0.0
    np.testing.assert_array_equal(fitted, expected)


def test_other_shapes_are_refused_with_both_sizes():
    with pytest.raises(BadSampleError, match=r"'a'.*24x32.*32x24"):
        checked_sample(IMAGE, depth(1.0, 32, 24), "a")


def test_no_valid_depth():
    with pytest.raises(BadSampleError, match="'a' has no valid depth"):
        checked_sample(IMAGE, depth(0.0), "a")


def test_one_valid_pixel_is_enough():
    metres = depth(0.0)
    metres[5, 5] = 2.0
    assert checked_sample(IMAGE, metres, "a")["depth"].sum() == 2.0


@pytest.mark.parametrize("value", [2500.0, 0.0025, 0.2])
def test_implausible_units(value):
    with pytest.raises(BadSampleError, match=r"'a' has an implausible unit.*`depth_scale`"):
        checked_sample(IMAGE, depth(value), "a")


@pytest.mark.parametrize("value", [2500.0, 0.03])
def test_units_that_were_named_are_believed_and_warned_of_once(value):
    check = UnitCheck(believed=True)
    with pytest.warns(UserWarning, match=f"but used, .* 'a' has a median of {value:.4g} m"):
        assert checked_sample(IMAGE, depth(value), "a", check_unit=check)["depth"][0, 0] == value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checked_sample(IMAGE, depth(value), "b", check_unit=check)
        checked_sample(IMAGE, depth(2.0), "c", check_unit=UnitCheck(believed=True))
    with pytest.raises(BadSampleError, match="every pixel is missing"):
        checked_sample(IMAGE, depth(0.0), "d", check_unit=check)
