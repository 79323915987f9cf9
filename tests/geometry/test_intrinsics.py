import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from densedepth_tf.geometry.cameras.intrinsics import (
    horizontal_fov,
    intrinsics_from_fov,
    intrinsics_matrix,
    nyu_intrinsics,
    orient_intrinsics,
    rescale_intrinsics,
)

SIZES = st.tuples(st.integers(1, 2000), st.integers(1, 2000))


def test_nyu_at_its_own_size_is_the_calibration():
    expected = [[518.8579, 0, 325.5824], [0, 519.4696, 253.7362], [0, 0, 1]]
    intrinsics = nyu_intrinsics()
    assert intrinsics.dtype == np.float32
    np.testing.assert_allclose(intrinsics, expected, rtol=1e-6)


@given(old=SIZES, new=SIZES, point=st.tuples(*[st.floats(-2, 2)] * 2, st.floats(0.5, 10)))
def test_rescaling_moves_projections_as_resizing_moves_pixels(old, new, point):
    intrinsics = np.array([[500, 0, 300.0], [0, 510, 240], [0, 0, 1]])
    u, v, w = intrinsics @ point
    ru, rv, rw = rescale_intrinsics(intrinsics, old, new).astype(np.float64) @ point
    # A resize maps the image's borders, -0.5 and size - 0.5, onto each other.
    np.testing.assert_allclose(
        (ru / rw + 0.5) / new[1], (u / w + 0.5) / old[1], atol=1e-4, rtol=1e-4
    )
    np.testing.assert_allclose(
        (rv / rw + 0.5) / new[0], (v / w + 0.5) / old[0], atol=1e-4, rtol=1e-4
    )


@given(old=SIZES, new=SIZES)
def test_rescaling_there_and_back(old, new):
    intrinsics = nyu_intrinsics(old)
    back = rescale_intrinsics(rescale_intrinsics(intrinsics, old, new), new, old)
    np.testing.assert_allclose(back, intrinsics, rtol=1e-3, atol=1e-2)


@given(fov=st.floats(5, 170), size=SIZES)
def test_field_of_view_is_what_was_asked_for(fov, size):
    assert math.isclose(horizontal_fov(intrinsics_from_fov(fov, size), size), fov, rel_tol=1e-4)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="horizontal_fov"):
        intrinsics_from_fov(180, (10, 10))
    with pytest.raises(ValueError, match="positive"):
        nyu_intrinsics((0, 10))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_moves_a_projection_as_it_moves_the_pixels(orientation):
    height, width = 6, 9
    stored = np.zeros((height, width), np.uint8)
    stored[1, 7] = 255
    picture = Image.fromarray(stored)
    picture.getexif()[0x0112] = orientation
    content = io.BytesIO()
    picture.save(content, "PNG", exif=picture.getexif())
    upright = np.asarray(ImageOps.exif_transpose(Image.open(content)))
    [[row, column]] = np.argwhere(upright)

    camera = intrinsics_matrix(5, 7, 3, 2)
    turned = orient_intrinsics(camera, (height, width), orientation)
    # How far the pixel is off the principal point, in focal lengths, is the same but for axes.
    before = sorted([abs(7 - 3) / 5, abs(1 - 2) / 7])
    across, down = (column - turned[0, 2]) / turned[0, 0], (row - turned[1, 2]) / turned[1, 1]
    assert sorted([abs(across), abs(down)]) == pytest.approx(before)
    assert (turned[0, 0], turned[1, 1]) == ((7, 5) if orientation > 4 else (5, 7))
