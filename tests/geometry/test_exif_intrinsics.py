import math

import numpy as np
import pytest

from densedepth_tf.geometry.cameras.exif_intrinsics import intrinsics_from_exif
from densedepth_tf.geometry.cameras.intrinsics import horizontal_fov

FOCAL, F35, WIDTH, HEIGHT = 0x920A, 0xA405, 0xA002, 0xA003
PLANE_X, PLANE_Y, UNIT = 0xA20E, 0xA20F, 0xA210


def test_the_equivalent_focal_length_is_that_of_36x24_mm_film():
    size = (2400, 3600)
    intrinsics = intrinsics_from_exif({F35: 36}, size)
    assert horizontal_fov(intrinsics, size) == pytest.approx(math.degrees(2 * math.atan(0.5)))
    assert intrinsics[:2, 2].tolist() == [1799.5, 1199.5]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_phone_has_the_same_focal_length(orientation):
    intrinsics = intrinsics_from_exif({F35: 26}, (3024, 4032), orientation)
    expected = 26 / math.hypot(36, 24) * math.hypot(3024, 4032)
    assert intrinsics[0, 0] == intrinsics[1, 1] == pytest.approx(expected)
    centre = (1511.5, 2015.5) if orientation > 4 else (2015.5, 1511.5)
    assert tuple(intrinsics[:2, 2]) == centre


def test_focal_plane_resolution_in_every_unit():
    # 10 mm lens, 100 pixels per mm.
    for unit, per_unit in ((2, 2540), (3, 1000), (4, 100), (5, 0.1)):
        tags = {FOCAL: 10, PLANE_X: per_unit, PLANE_Y: per_unit, UNIT: unit}
        intrinsics = intrinsics_from_exif(tags, (600, 800))
        assert np.diag(intrinsics).tolist() == pytest.approx([1000, 1000, 1])


def test_a_resized_picture_scales_and_a_turned_one_swaps_the_focal_lengths():
    tags = {FOCAL: 10, PLANE_X: 100, PLANE_Y: 120, UNIT: 4, WIDTH: 3200, HEIGHT: 2400}
    intrinsics = intrinsics_from_exif(tags, (600, 800))
    assert np.diag(intrinsics).tolist() == pytest.approx([250, 300, 1])
    turned = intrinsics_from_exif(tags, (600, 800), 6)
    assert np.diag(turned).tolist() == pytest.approx([300, 250, 1])
    assert turned[:2, 2].tolist() == [299.5, 399.5]


@pytest.mark.parametrize("zoom, factor", [(2.5, 2.5), (1, 1), (0, 1), (0.5, 1), (math.nan, 1)])
def test_a_digital_zoom_enlarges_what_the_focal_plane_tells(zoom, factor):
    tags = {FOCAL: 10, PLANE_X: 100, UNIT: 4, 0xA404: zoom}
    assert intrinsics_from_exif(tags, (600, 800))[0, 0] == pytest.approx(1000 * factor)
    # What is equivalent on film is so with the zoom already.
    film = intrinsics_from_exif({F35: 50, 0xA404: zoom}, (600, 800))
    assert film[0, 0] == pytest.approx(50 / math.hypot(36, 24) * 1000)


def test_pixels_turned_by_a_program_that_kept_the_size_tags():
    assert intrinsics_from_exif({F35: 26, WIDTH: 4000, HEIGHT: 3000}, (4000, 3000)) is not None


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {F35: 0},
        {F35: "wide"},
        {F35: float("nan")},
        {F35: 26, WIDTH: 4000, HEIGHT: 2000},  # cropped since
        {FOCAL: 4.2},
        {FOCAL: 4.2, PLANE_X: 0},
        {FOCAL: 4.2, PLANE_X: 72, UNIT: 9},
        {F35: 100_000},  # a telescope
        {FOCAL: 4.2, PLANE_X: 72},  # 72 dots per inch of a printer, not of a sensor
    ],
)
def test_tags_that_do_not_tell(tags):
    assert intrinsics_from_exif(tags, (600, 800)) is None


def test_the_other_tags_are_used_where_the_first_is_unknown():
    tags = {F35: 0, FOCAL: 10, PLANE_X: 100, UNIT: 4}
    assert intrinsics_from_exif(tags, (600, 800))[0, 0] == pytest.approx(1000)
