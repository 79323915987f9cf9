import io

import cv2
import numpy as np
import pytest
from orientations import upright
from PIL import Image

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.image_file import read_image


def saved(picture: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def test_png_is_read_exactly_in_rgb_order(tmp_path, pictures):
    image = pictures.image(0, 20, 30)
    path = tmp_path / "photo.png"
    path.write_bytes(pictures.png(image))
    np.testing.assert_array_equal(read_image(path), image)
    np.testing.assert_array_equal(read_image(str(path)), image)
    np.testing.assert_array_equal(read_image(path.read_bytes()), image)


def test_jpeg_is_close(pictures):
    image = pictures.image(0, 40, 48)
    assert np.abs(read_image(pictures.jpeg(image)).astype(int) - image).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_applied_once(pictures, format, orientation):
    # A picture whose four corners differ tells all eight orientations apart.
    image = np.zeros((32, 48, 3), np.uint8)
    image[:16, :24] = (250, 0, 0)
    image[:16, 24:] = (0, 250, 0)
    image[16:, :24] = (0, 0, 250)
    expected = upright(image, orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    read = read_image(saved(Image.fromarray(image), format, exif=exif))
    assert read.shape == expected.shape
    corners = (slice(4, None, 24), slice(4, None, 40))
    np.testing.assert_allclose(read[corners].astype(int), expected[corners], atol=40)


def test_alpha_is_blended_onto_white(pictures):
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:2] = (10, 20, 30, 255)
    rgba[2:, :2] = (10, 20, 30, 0)
    rgba[2:, 2:] = (0, 0, 0, 128)
    read = read_image(saved(Image.fromarray(rgba), "PNG"))
    assert read[0, 0].tolist() == [10, 20, 30]
    assert read[3, 0].tolist() == [255, 255, 255]
    np.testing.assert_allclose(read[3, 3], 127, atol=1)


def test_grey_palette_and_cmyk_become_rgb(pictures):
    picture = Image.fromarray(pictures.image(1, 16, 16))
    grey = np.asarray(picture.convert("L"))
    np.testing.assert_array_equal(
        read_image(saved(picture.convert("L"), "PNG")), np.dstack([grey] * 3)
    )
    palette = picture.convert("P")
    expected = np.asarray(palette.convert("RGB"))
    np.testing.assert_array_equal(read_image(saved(palette, "PNG")), expected)
    np.testing.assert_array_equal(read_image(saved(palette, "GIF")), expected)
    bits = np.eye(16) > 0
    assert set(np.unique(read_image(saved(Image.fromarray(bits), "PNG")))) == {0, 255}
    cmyk = saved(picture.convert("CMYK"), "JPEG", quality=95)
    assert np.abs(read_image(cmyk).astype(int) - np.asarray(picture)).mean() < 8


def test_sixteen_bits_are_scaled_down(pictures):
    image = pictures.image(2, 12, 12)
    deep = image.astype(np.uint16) * 257
    np.testing.assert_array_equal(read_image(pictures.png(deep)), image)
    np.testing.assert_array_equal(
        read_image(pictures.png(deep[..., 0])), np.repeat(image[..., :1], 3, -1)
    )


@pytest.mark.parametrize("kept", [0.0, 0.02, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("kind", ["jpeg", "progressive", "png", "webp"])
def test_cut_off_files_are_refused_by_name(tmp_path, pictures, kind, kept):
    picture = Image.fromarray(pictures.image(3, 64, 64))
    content = {
        "jpeg": lambda: pictures.jpeg(np.asarray(picture)),
        "progressive": lambda: saved(picture, "JPEG", progressive=True),
        "png": lambda: saved(picture, "PNG"),
        "webp": lambda: saved(picture, "WEBP", lossless=True),
    }[kind]()
    path = tmp_path / f"half.{kind}"
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(BadSampleError, match=f"half.{kind}"):
        read_image(path)


def test_cut_off_jpeg_with_a_thumbnail_is_refused(pictures):
    thumbnail = pictures.jpeg(pictures.image(0, 8, 8))
    content = pictures.jpeg(pictures.image(0, 64, 64))
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = content[:2] + segment + content[2:]
    assert read_image(whole).shape == (64, 64, 3)
    with pytest.raises(BadSampleError, match="cut off"):
        read_image(whole[:-200])


def test_jpeg_with_something_appended_is_read(pictures):
    content = pictures.jpeg(pictures.image(0, 16, 16))
    assert read_image(content + b"\0" * 100).shape == (16, 16, 3)


def test_jpeg_with_damage_inside_is_refused():
    """A decoder makes grey blocks of it, and complains without naming the file."""
    photo = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    for options in ([], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], [cv2.IMWRITE_JPEG_RST_INTERVAL, 2]):
        content = cv2.imencode(".jpg", photo, options)[1].tobytes()
        assert read_image(content).shape == photo.shape
        middle = len(content) * 3 // 4
        content = content[:middle] + b"\xff\x41\xff\x02" + content[middle + 4 :]
        with pytest.raises(BadSampleError, match=r"'a\.jpg' is a damaged JPEG"):
            read_image(content, "a.jpg")


def test_damaged_png_is_refused(pictures):
    content = bytearray(pictures.png(pictures.image(4, 64, 64)))
    content[len(content) // 2] ^= 0xFF
    with pytest.raises(BadSampleError, match=r"'a\.png'.*checksum"):
        read_image(bytes(content), "a.png")


def test_what_is_no_photograph_is_refused(tmp_path):
    with pytest.raises(BadSampleError, match="known format"):
        read_image(b"hello world" * 10, "notes.txt")
    with pytest.raises(BadSampleError, match=r"Cannot read .*missing\.jpg"):
        read_image(tmp_path / "missing.jpg")
    with pytest.raises(BadSampleError, match="Cannot read"):
        read_image(tmp_path)
    floats = cv2.imencode(".tiff", np.eye(8, dtype=np.float32))[1].tobytes()
    with pytest.raises(BadSampleError, match="floating-point"):
        read_image(floats)
