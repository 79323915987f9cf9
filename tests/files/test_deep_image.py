"""Pictures of 10 and 12 bits in 16-bit files are neither black nor, where dark, blown up."""

import io
import struct
import warnings
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.image_file import read_image


@pytest.fixture
def eight(pictures):
    """uint8 (20, 30, 3) of the whole range."""
    image = pictures.image(0, 20, 30).astype(float)
    return ((image - image.min()) / np.ptp(image) * 255).astype(np.uint8)


def with_bits(image, bits):
    """An 8-bit picture in more bits, with something in the lower ones."""
    return (image.astype(np.uint16) << (bits - 8)) | (image >> (16 - bits))


def png(values):
    stored = values[..., ::-1] if values.ndim == 3 and values.shape[2] == 3 else values
    return cv2.imencode(".png", stored)[1].tobytes()


def netpbm(values, largest, comment=b""):
    kind = b"P6" if values.ndim == 3 else b"P5"
    header = b"%s\n%s%d %d\n%d\n" % (kind, comment, values.shape[1], values.shape[0], largest)
    return header + values.astype(">u2").tobytes()


def tiff(values):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, photometric="rgb" if values.ndim == 3 else "minisblack")
    return buffer.getvalue()


def quietly(content):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_image(content)


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize(
    "encode", [png, tiff, lambda values: netpbm(values, 65535)], ids=["png", "tiff", "netpbm"]
)
@pytest.mark.parametrize("grey", [True, False])
def test_fewer_bits_are_brought_to_the_whole_range_with_a_note(eight, bits, encode, grey):
    values = eight[..., 0] if grey else eight
    with pytest.warns(UserWarning, match=rf"'a\.b'.* {bits} bits in 16.* {2 ** (16 - bits)} times"):
        read = read_image(encode(with_bits(values, bits)), "a.b")
    np.testing.assert_array_equal(read, values[..., None].repeat(3, -1) if grey else values)


def test_sixteen_bits_and_dark_pictures_stay_as_they_are(eight):
    full = eight.astype(np.uint16) * 257
    dark = (eight // 20).astype(np.uint16)  # at most 12 of 255
    for encode in (png, tiff, lambda values: netpbm(values, 65535)):
        np.testing.assert_array_equal(quietly(encode(full)), eight)
        for factor in (256, 257):
            np.testing.assert_array_equal(quietly(encode(dark * factor)), dark)
    one_light = with_bits(eight, 12)
    one_light[0, 0] = 5000
    np.testing.assert_array_equal(quietly(png(one_light)), one_light >> 8)


@pytest.mark.parametrize("largest", [1000, 1023, 4095, 16383])
def test_the_range_that_netpbm_declares_counts(eight, largest):
    values = (eight * (largest / 255)).round().astype(np.uint16)
    for stored in (values, values[..., 0]):
        with pytest.warns(UserWarning, match=rf"declares values up to {largest}"):
            read = read_image(netpbm(stored, largest, b"# made by 9 9 9\n"), "a.pgm")
        expected = eight if stored.ndim == 3 else eight[..., [0, 0, 0]]
        np.testing.assert_allclose(read.astype(int), expected, atol=1)
    dark = netpbm(values // 100, largest)
    with pytest.warns(UserWarning, match="declares"):
        assert read_image(dark).max() <= 3


def test_netpbm_of_8_bits_and_as_text(eight):
    grey = eight[..., 0] >> 4
    content = b"P5 30 20 15\n" + grey.tobytes()
    np.testing.assert_allclose(read_image(content)[..., 0].astype(int), grey * 17, atol=1)
    numbers = " ".join(str(value) for value in with_bits(eight[..., 0], 12).ravel())
    read = read_image(f"P2 30 20 4095\n{numbers}\n".encode())
    np.testing.assert_allclose(read[..., 0].astype(int), eight[..., 0], atol=1)


def test_cut_off_netpbm_is_refused(eight):
    content = netpbm(with_bits(eight, 12), 4095)
    with pytest.raises(BadSampleError, match=r"'a\.ppm' is cut off"):
        read_image(content[:-1], "a.ppm")


def add_chunk(content, kind, body):
    checksum = zlib.crc32(kind + body).to_bytes(4, "big")
    return content[:33] + struct.pack(">I", len(body)) + kind + body + checksum + content[33:]


def test_the_bits_that_a_png_declares_count(eight):
    twelve, dark = with_bits(eight, 12), with_bits(eight // 8, 12)
    with pytest.warns(UserWarning, match="declares values up to 4095"):
        read = read_image(add_chunk(png(dark), b"sBIT", b"\x0c\x0c\x0c"))
    np.testing.assert_array_equal(read, eight // 8)
    # Declared 16 bits are believed; 12 that were brought to 16 are there already, however dark.
    very_dark = eight.astype(np.uint16) << 4
    for bits, values in ((16, twelve), (12, (dark << 4) | (dark >> 8)), (12, very_dark)):
        content = add_chunk(png(values), b"sBIT", bytes([bits] * 3))
        np.testing.assert_array_equal(quietly(content), values >> 8)


def test_the_range_that_a_tiff_declares_counts(eight):
    buffer = io.BytesIO()
    dark = with_bits(eight // 8, 12)
    largest = (281, "H", 3, (4095, 4095, 4095), True)
    tifffile.imwrite(buffer, dark, photometric="rgb", extratags=[largest])
    with pytest.warns(UserWarning, match="declares values up to 4095"):
        np.testing.assert_array_equal(read_image(buffer.getvalue()), eight // 8)


def test_values_beyond_what_is_declared_do_not_wrap_around(eight):
    buffer = io.BytesIO()
    full = eight.astype(np.uint16) * 257
    largest = (281, "H", 3, (1000, 1000, 1000), True)
    tifffile.imwrite(buffer, full, photometric="rgb", extratags=[largest])
    np.testing.assert_array_equal(quietly(buffer.getvalue()), eight)


def test_opacity_has_the_whole_range_whatever_the_colours_have(eight):
    opacity = np.full((20, 30, 1), 65535, np.uint16)
    opacity[:10] = 0
    values = np.dstack([with_bits(eight, 12)[..., ::-1], opacity])
    with pytest.warns(UserWarning, match="12 bits"):
        read = read_image(png(values))
    np.testing.assert_array_equal(read[10:], eight[10:])
    assert (read[:10] == 255).all()


@pytest.mark.parametrize("grey", [True, False])
def test_the_transparent_colour_of_a_deep_png_is_white(eight, grey):
    values = eight.astype(np.uint16) * 257
    values[0, 0] = 1234
    stored = values[..., 0] if grey else values
    content = add_chunk(png(stored), b"tRNS", struct.pack(">H", 1234) * (1 if grey else 3))
    read = read_image(content)
    assert read[0, 0].tolist() == [255, 255, 255]
    expected = eight[..., [0, 0, 0]] if grey else eight
    np.testing.assert_array_equal(read[1:], expected[1:])


@pytest.mark.parametrize("orientation", [3, 6])
def test_orientation_of_deep_png(eight, orientation):
    content = png(eight.astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = add_chunk(content, b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    turned = eight[::-1, ::-1] if orientation == 3 else np.rot90(eight, -1)
    np.testing.assert_array_equal(read_image(content), turned)
