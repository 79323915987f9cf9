import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.geometry.cameras.intrinsics import (
    intrinsics_matrix,
    nyu_intrinsics,
    rescale_intrinsics,
)
from densedepth_tf.geometry.cameras.intrinsics_size import (
    are_shares,
    intrinsics_from_shares,
    size_of_others,
)


def test_shares_are_of_width_and_height_and_a_half_is_the_middle():
    assert are_shares(0.58, 1.92, 0.5, 0.5) and not are_shares(58, 192, 50, 50)
    matrix = intrinsics_from_shares(0.866, 1.444, 0.5, 0.5, (96, 160))
    np.testing.assert_allclose(matrix, intrinsics_matrix(138.56, 138.624, 79.5, 47.5), rtol=1e-5)


@given(st.floats(0.47, 0.53), st.floats(0.47, 0.53), st.floats(1.25, 8), st.booleans())
def test_intrinsics_of_another_size_are_noticed_and_their_own_are_not(x, y, factor, larger):
    size = (480, 640)
    own = intrinsics_from_shares(0.8, 1.1, x, y, size)
    assert size_of_others(own, size) is None
    scale = factor if larger else 1 / factor
    other = tuple(round(side * scale) for side in size)
    told = size_of_others(rescale_intrinsics(own, size, other), size)
    assert told is not None and (told[0] > 480) == larger and (told[1] > 640) == larger


def test_a_real_camera_and_a_picture_cropped_on_one_side_fit():
    assert size_of_others(nyu_intrinsics(), (480, 640)) is None
    assert size_of_others(nyu_intrinsics(), (480, 500)) is None


@pytest.mark.parametrize("size", [(720, 1280), (1080, 1920)])
def test_the_size_that_a_centred_principal_point_tells(size):
    centred = intrinsics_matrix(900, 900, (size[1] - 1) / 2, (size[0] - 1) / 2)
    assert size_of_others(centred, (480, 640)) == size
