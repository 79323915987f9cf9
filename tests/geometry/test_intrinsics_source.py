import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.geometry.cameras.camera_presets import CAMERA_PRESETS, preset_intrinsics
from densedepth_tf.geometry.cameras.intrinsics import horizontal_fov, nyu_intrinsics
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource


def photograph(path, size=(30, 40), orientation=1, film=None):
    exif = Image.Exif()
    exif[0x0112] = orientation
    if film:
        exif.get_ifd(0x8769)[0xA405] = film
    Image.new("RGB", size[::-1]).save(path, exif=exif)
    return path


def fov(camera, size):
    return horizontal_fov(camera.intrinsics, size)


def test_what_is_given_wins_over_exif_and_exif_over_the_assumption(tmp_path):
    path = photograph(tmp_path / "a.jpg", film=50)
    given = IntrinsicsSource(intrinsics=(33, 34, 20, 15)).of_image((30, 40), path)
    assert given.intrinsics.tolist() == [[33, 0, 20], [0, 34, 15], [0, 0, 1]]
    assert fov(IntrinsicsSource(hfov=70).of_image((30, 40), path), (30, 40)) == pytest.approx(70)
    preset = IntrinsicsSource(preset="nyu").of_image((30, 40), path)
    np.testing.assert_array_equal(preset.intrinsics, nyu_intrinsics((30, 40)))
    exif = IntrinsicsSource().of_image((30, 40), path)
    assert exif.origin == "EXIF" and not exif.assumed
    assert exif.intrinsics[0, 0] == pytest.approx(50 / math.hypot(36, 24) * 50)
    assumed = IntrinsicsSource().of_image((30, 40))
    assert assumed.assumed and fov(assumed, (30, 40)) == pytest.approx(63)


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_the_assumption_is_about_the_longer_side(height, width):
    upright = IntrinsicsSource().of_image((height, width)).intrinsics
    turned = IntrinsicsSource().of_image((width, height)).intrinsics
    assert upright[0, 0] == upright[1, 1] == turned[0, 0]
    assert (upright[0, 2], upright[1, 2]) == (turned[1, 2], turned[0, 2])


def test_a_photograph_turned_by_exif_has_its_camera_turned(tmp_path):
    stored = photograph(tmp_path / "a.jpg", (300, 400), 1, film=30)
    turned = photograph(tmp_path / "b.jpg", (300, 400), 6, film=30)
    wide = IntrinsicsSource().of_image((300, 400), stored)
    tall = IntrinsicsSource().of_image((400, 300), turned)
    assert wide.intrinsics[0, 0] == tall.intrinsics[0, 0]
    assert tall.intrinsics[:2, 2].tolist() == [149.5, 199.5]


def test_damaged_exif_does_not_tell(tmp_path):
    content = photograph(tmp_path / "a.jpg", film=30).read_bytes()
    start = content.index(b"Exif\0\0") + 6
    for damaged in (b"\xff" * 20, b"II*\0\xff\xff\xff\x7f" + b"\x05" * 12):
        bad = content[:start] + damaged + content[start + 20 :]
        (tmp_path / "bad.jpg").write_bytes(bad)
        assert IntrinsicsSource().of_image((30, 40), tmp_path / "bad.jpg").assumed


def test_given_intrinsics_scale_with_the_picture():
    source = IntrinsicsSource(intrinsics=(585, 590, 319.5, 239.5), intrinsics_size=(480, 640))
    half = source.of_image((240, 320)).intrinsics
    np.testing.assert_allclose(half, [[292.5, 0, 159.5], [0, 295, 119.5], [0, 0, 1]])
    np.testing.assert_allclose(source.of_image((480, 640)).intrinsics[0, 0], 585)


@pytest.mark.parametrize(
    ("source", "size", "words"),
    [
        (IntrinsicsSource((500, 500, 320, 240)), (48, 64), "do not fit an image of 48x64"),
        (IntrinsicsSource((500, 500, 320, 240)), (640, 200), "do not fit"),
        (IntrinsicsSource((1, 1, 320, 240)), (480, 640), "further than 85 degrees"),
        (IntrinsicsSource((500, 500, 320, 240), (480, 640)), (640, 480), "cropped, turned"),
        (IntrinsicsSource(preset="nyu"), (640, 480), "cropped, turned"),
        (IntrinsicsSource(preset="kitti"), (480, 640), "375x1242 and the image is 480x640"),
    ],
)
def test_cameras_that_do_not_fit(source, size, words):
    with pytest.raises(ValueError, match=words):
        source.of_image(size)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"intrinsics": (1, 2, 3)}, "fx,fy,cx,cy"),
        ({"intrinsics": (0, 5, 3, 3)}, "focal lengths"),
        ({"intrinsics": (5, 5, math.nan, 3)}, "Intrinsics"),
        ({"hfov": 180}, "180"),
        ({"hfov": 175}, "`hfov` is at most 170 degrees.*Received: 175"),
        ({"hfov": -3}, "-3"),
        ({"preset": "webcam"}, "nyu, 7scenes, kitti.*Received: 'webcam'"),
        ({"hfov": 60, "preset": "nyu"}, "`hfov` and `preset`"),
        ({"intrinsics_size": (480, 640)}, "needs `intrinsics`"),
    ],
)
def test_bad_options_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        IntrinsicsSource(**options)


@pytest.mark.parametrize("name", list(CAMERA_PRESETS))
def test_presets_scale(name):
    preset = CAMERA_PRESETS[name]
    full = preset_intrinsics(name, preset.image_size)
    assert full[0, 0] == np.float32(preset.focal[0])
    double = preset_intrinsics(name, tuple(2 * side for side in preset.image_size))
    np.testing.assert_allclose(np.diag(double)[:2], 2 * np.diag(full)[:2])


def test_shares_of_the_picture_are_told_from_pixels():
    source = IntrinsicsSource(intrinsics=(0.866, 1.444, 0.5, 0.5))
    expected = [[138.56, 0, 79.5], [0, 138.624, 47.5], [0, 0, 1]]
    np.testing.assert_allclose(source.of_image((96, 160)).intrinsics, expected, rtol=1e-5)
    sized = IntrinsicsSource(intrinsics=(0.866, 1.444, 0.5, 0.5), intrinsics_size=(1, 1))
    np.testing.assert_allclose(sized.of_image((96, 160)).intrinsics, expected, rtol=1e-5)


def test_intrinsics_of_another_size_are_believed_only_if_their_size_is_told():
    of_720 = (900.0, 900.0, 639.5, 359.5)
    with pytest.raises(ValueError, match="belong to one of about 720x1280"):
        IntrinsicsSource(intrinsics=of_720).of_image((576, 1024))
    scaled = IntrinsicsSource(of_720, (720, 1280)).of_image((576, 1024)).intrinsics
    assert scaled[0].tolist() == pytest.approx([720, 0, 511.5])
    as_it_is = IntrinsicsSource(of_720, (576, 1024)).of_image((576, 1024)).intrinsics
    assert as_it_is[0].tolist() == pytest.approx([900, 0, 639.5])


@pytest.mark.parametrize("aspect", [64 / 45, 0.5])
def test_wide_pixels_make_the_focal_lengths_differ(aspect):
    size = (144, 180)
    for source in (
        IntrinsicsSource(hfov=60, pixel_aspect=aspect),
        IntrinsicsSource(pixel_aspect=aspect),
    ):
        matrix = source.of_image(size).intrinsics
        assert matrix[1, 1] / matrix[0, 0] == pytest.approx(aspect, rel=0.01)
    across = IntrinsicsSource(hfov=60, pixel_aspect=aspect).of_image(size)
    assert fov(across, size) == pytest.approx(60)
    own = IntrinsicsSource(intrinsics=(150, 160, 90, 72), pixel_aspect=aspect).of_image(size)
    assert own.intrinsics[1, 1] == 160


@pytest.mark.parametrize(
    "text",
    [
        "image_width: 640\ncamera_matrix:\n  data: [500.0, 0, 320, 0, 500, 240, 0, 0, 1]\n",  # ROS
        "# Camera list\n1 PINHOLE 640 480 500 500 320 240\n",  # COLMAP
        "%YAML:1.0\n---\ncamera_matrix: !!opencv-matrix\n   rows: 3\n",
        "P0: 7.188560e+02 0 6.071928e+02 0 0 7.188560e+02 1.852157e+02 0 0 0 1 0\n",  # KITTI
        "500 0 320 0\n0 500 240 0\n0 0 1 0\n",
        "nan 0 320\n0 500 240\n0 0 1\n",
        "4.2\n",
        "",
    ],
)
def test_cameras_of_other_programs_are_named_with_what_is_wanted(tmp_path, text):
    path = photograph(tmp_path / "a.jpg")
    (tmp_path / "camera-intrinsics.txt").write_text(text)
    with pytest.raises(ValueError, match=r"camera-intrinsics\.txt' is no 3x3 .*fx 0 cx, 0 fy cy"):
        IntrinsicsSource().of_image((30, 40), path)


def test_an_orientation_by_which_no_image_is_turned_turns_no_camera(tmp_path):
    """Pillow takes one from XMP where EXIF has none; pixels stay as they are stored."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA405] = 50
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg", exif=exif, xmp=xmp)
    size = read_image(tmp_path / "a.jpg").shape[:2]
    camera = IntrinsicsSource().of_image(size, tmp_path / "a.jpg")
    focal = 50 / math.hypot(36, 24) * 50
    assert camera.origin == "EXIF" and np.diag(camera.intrinsics)[:2] == pytest.approx([focal] * 2)
    assert camera.intrinsics[:2, 2].tolist() == [(side - 1) / 2 for side in size[::-1]]
