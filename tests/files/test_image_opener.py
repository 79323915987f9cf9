"""HEIC by the package that reads it, and a sentence without it."""

import io
import sys

import numpy as np
import pytest
from orientations import upright
from PIL import Image

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.files.images.image_opener import is_heif
from densedepth_tf.geometry.cameras.intrinsics_source import read_exif_intrinsics

HEIC_START = b"\0\0\0\x1cftypheic\0\0\0\0mif1heic"


@pytest.fixture
def heic():
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()

    def encode(image, **options):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "HEIF", quality=95, chroma=444, **options)
        return buffer.getvalue()

    return encode


def corners():
    image = np.zeros((64, 96, 3), np.uint8)
    image[:32, :48], image[:32, 48:], image[32:, :48] = (250, 0, 0), (0, 250, 0), (0, 0, 250)
    return image


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_read_upright(heic, orientation):
    image = corners()
    expected = upright(image, orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = heic(image, exif=exif.tobytes())
    assert is_heif(content[:16])
    read = read_image(content)
    assert read.shape == expected.shape
    np.testing.assert_allclose(read[8::48, 8::48].astype(int), expected[8::48, 8::48], atol=25)


def test_the_camera_in_heic_is_found(heic, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0xA405] = 36  # the focal length of a 35 mm camera
    (tmp_path / "a.heic").write_bytes(heic(corners(), exif=exif.tobytes()))
    matrix = read_exif_intrinsics(tmp_path / "a.heic", (96, 64))
    np.testing.assert_allclose(matrix[:2, 2], [31.5, 47.5])
    assert matrix[0, 0] == matrix[1, 1] == pytest.approx(36 / 43.27 * np.hypot(64, 96), rel=0.01)


def test_without_the_package_a_sentence_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # makes an import fail
    with pytest.raises(BadSampleError, match=r"'a\.heic'.*'pillow_heif': pip install .*heif"):
        read_image(HEIC_START + bytes(100), "a.heic")


def test_avif_is_not_taken_for_heic():
    assert not is_heif(b"\0\0\0\x20ftypavif\0\0\0\0") and is_heif(HEIC_START)
