"""TIFF in its many kinds: read right, or refused."""

import io
import itertools
import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from orientations import upright
from PIL import Image

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.image_file import read_image


@pytest.fixture(scope="module")
def deep():
    """uint16 (21, 35, 4) that uses the whole range."""
    noise = np.random.default_rng(0).integers(0, 65536, (21, 35, 4), np.uint16)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2).astype(float)
    return ((smooth - smooth.min()) / np.ptp(smooth) * 65535).astype(np.uint16)


def tiff(values, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.ascontiguousarray(values), **options)
    return buffer.getvalue()


LAYOUTS = [
    {"byteorder": order, "bigtiff": big, **tile, **compression}
    for order, big in itertools.product("<>", (False, True))
    for tile in ({}, {"tile": (16, 16)})
    for compression in ({}, {"compression": "zlib"}, {"compression": "zlib", "predictor": True})
]


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_colours_whatever_the_layout(deep, bits, layout):
    values = deep if bits == 16 else (deep >> 8).astype(np.uint8)
    upper, largest = (deep >> 8).astype(np.uint8), 2**bits - 1
    grey, rgb, planes = values[..., 0], values[..., :3], np.moveaxis(values[..., :3], -1, 0)
    for stored, kind, expected in [
        (grey, {"photometric": "minisblack"}, upper[..., [0, 0, 0]]),
        (largest - grey, {"photometric": "miniswhite"}, upper[..., [0, 0, 0]]),
        (rgb, {"photometric": "rgb"}, upper[..., :3]),
        (planes, {"photometric": "rgb", "planarconfig": "separate"}, upper[..., :3]),
    ]:
        read = read_image(tiff(stored, **kind, **layout))
        np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", [False, True])
def test_opacity_by_its_kind(deep, bits, planar):
    values = deep if bits == 16 else (deep >> 8).astype(np.uint8)
    opacity = deep[..., 3:] / 65535
    premultiplied = values.copy()
    premultiplied[..., :3] = values[..., :3] * opacity
    on_white = (deep[..., :3] >> 8) * opacity + 255 * (1 - opacity)
    for stored, kind, expected in [
        (values, "unassalpha", on_white),
        (premultiplied, "assocalpha", on_white),
        (values, "unspecified", deep[..., :3] >> 8),
    ]:
        options = {"photometric": "rgb", "extrasamples": [kind]}
        if planar:
            stored, options["planarconfig"] = np.moveaxis(stored, -1, 0), "separate"
        np.testing.assert_allclose(read_image(tiff(stored, **options)), expected, atol=3)


def test_lzw_palette_and_cmyk(deep):
    grey = deep[..., 0]
    expected = (deep[..., [0, 0, 0]] >> 8).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "TIFF", compression="tiff_lzw")
    np.testing.assert_array_equal(read_image(buffer.getvalue()), expected)
    colors = (deep[..., :3] >> 8).astype(np.uint8)
    content = cv2.imencode(".tif", deep[..., 2::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])[1]
    np.testing.assert_array_equal(read_image(content.tobytes()), colors)
    palette = np.stack([np.arange(256)[::-1] * 257, np.arange(256) * 257, np.arange(256) * 257])
    index = (grey >> 8).astype(np.uint8)
    content = tiff(index, photometric="palette", colormap=palette.astype(np.uint16))
    np.testing.assert_array_equal(read_image(content), np.dstack([255 - index, index, index]))
    ink = (deep >> 9).astype(np.uint8)
    light = (255.0 - ink[..., :3]) * (255.0 - ink[..., 3:]) / 255
    content = tiff(ink, photometric="separated")
    np.testing.assert_allclose(read_image(content), light, atol=2)


def test_packed_12_bits(deep):
    values = (deep[:20, :34, 0] >> 4).astype(np.uint32)
    first, second = values[:, ::2], values[:, 1::2]
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], -1)
    content = tiff(packed.reshape(20, -1).astype(np.uint8), photometric="minisblack")
    content = _with_tags(content, {256: 34, 258: 12})
    np.testing.assert_array_equal(read_image(content)[..., 0], values >> 4)


def _with_tags(content, changed):
    """A little-endian TIFF with other values of tags that are stored in place."""
    content = bytearray(content)
    start = int.from_bytes(content[4:8], "little")
    for entry in range(start + 2, start + 2 + 12 * content[start], 12):
        tag = int.from_bytes(content[entry : entry + 2], "little")
        if tag in changed:
            content[entry + 8 : entry + 12] = changed[tag].to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_deep_files(deep, orientation):
    stored = (deep[..., :3] >> 8).astype(np.uint8)
    expected = upright(stored, orientation)
    tag = [(274, "H", 1, orientation, True)]
    for values in (deep[..., :3], stored):
        content = tiff(values, photometric="rgb", extratags=tag)
        np.testing.assert_array_equal(read_image(content), expected)


def test_what_no_decoder_reads_right_is_refused(deep):
    ink = {"photometric": "separated"}
    for values, options in [(deep, ink), (deep / 65535, {"photometric": "rgb"})]:
        with pytest.raises(BadSampleError, match=r"a\.tif"):
            read_image(tiff(values, **options), "a.tif")
    half = (deep[..., 0] / 65535).astype(np.float16)
    with pytest.raises(BadSampleError, match="floating-point"):
        read_image(tiff(half), "a.tif")


@pytest.mark.parametrize("layout", [{}, {"compression": "zlib"}, {"tile": (16, 16)}], ids=str)
def test_cut_off_deep_files_are_refused(deep, layout):
    content = tiff(deep[..., :3], photometric="rgb", **layout)
    for kept in (0.1, 0.5, 0.99):
        with pytest.raises(BadSampleError, match=r"a\.tif"):
            read_image(content[: int(kept * len(content))], "a.tif")


def test_deflate_that_holds_more_than_the_picture_is_refused(deep):
    content = tiff(deep[..., :3], photometric="rgb", compression="zlib", rowsperstrip=21)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        tags = file.pages.first.tags
        start, count = tags[279].valueoffset, tags[273].valueoffset
    bomb = zlib.compress(bytes(50_000_000), 9)
    content = bytearray(content + bomb)
    struct.pack_into("<I", content, count, len(content) - len(bomb))
    struct.pack_into("<I", content, start, len(bomb))
    with pytest.raises(BadSampleError, match=r"'a\.tif' is a damaged TIFF: it holds more"):
        read_image(bytes(content), "a.tif")


def test_further_pages_are_told(deep):
    content = tiff(np.stack([deep[..., 0], deep[..., 1]]), photometric="minisblack")
    with pytest.warns(UserWarning, match=r"'a\.tif' has 2 pages, of which the first"):
        image = read_image(content, "a.tif")
    np.testing.assert_array_equal(image[..., 0], deep[..., 0] >> 8)
