import io
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import (
    encode_byte_depth_png,
    encode_depth_png,
    read_depth,
    to_metres,
)
from densedepth_tf.files.images.png_text import add_png_text

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)


def png(values: np.ndarray) -> bytes:
    return cv2.imencode(".png", values)[1].tobytes()


@settings(deadline=None)
@given(hnp.arrays(np.uint16, SHAPES))
def test_sixteen_bit_png_is_millimetres(stored):
    depth = read_depth(png(stored))
    assert depth.dtype == np.float32 and depth.shape == (*stored.shape, 1)
    expected = np.where(stored == 65535, 0, stored / 1000)
    np.testing.assert_array_equal(depth[..., 0], expected.astype(np.float32))


@settings(deadline=None)
@given(hnp.arrays(np.uint16, SHAPES, elements=st.integers(0, 65534)))
def test_encoding_what_was_read_gives_the_same_file(stored):
    first = encode_depth_png(read_depth(png(stored)))
    np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(first, np.uint8), -1), stored)
    assert encode_depth_png(read_depth(first)) == first


SCALES = st.floats(1e-5, 1.0)


@settings(deadline=None)
@given(scale=SCALES, units=hnp.arrays(np.float64, SHAPES, elements=st.floats(0.5, 65534)))
def test_a_declared_scale_reads_back_within_half_a_unit(scale, units):
    depth = units * scale
    read = read_depth(encode_depth_png(depth, scale))[..., 0]
    np.testing.assert_array_less(np.abs(read - depth), scale / 2 + 1e-6 * depth + 1e-12)


@given(scale=SCALES, factor=st.floats(1, 1e6))
def test_depth_beyond_the_largest_unit_is_the_largest_and_never_wraps(scale, factor):
    read = read_depth(encode_depth_png(np.array([[65534.0 * scale * factor]]), scale))
    assert read.item() == pytest.approx(65534 * scale, rel=1e-6)


def test_the_scale_in_the_file_is_one_that_other_readers_see():
    content = encode_depth_png(np.full((2, 3), 20.0), 1 / 256)
    with Image.open(io.BytesIO(content)) as opened:
        assert opened.mode.startswith("I") and np.asarray(opened).tolist() == [[5120] * 3] * 2
        assert float(opened.info["depth_metres_per_unit"]) == 1 / 256
        assert "metres: value * 0.00390625; 0 = missing" in opened.info["Description"]
    np.testing.assert_array_equal(read_depth(content), 20)
    np.testing.assert_array_equal(read_depth(content, 1 / 512), 10)  # a given scale wins


@pytest.mark.parametrize("declared", ["", "millimetres", "-1", "0", "nan", "inf"])
def test_a_declared_scale_that_is_none_is_refused(declared):
    content = add_png_text(png(np.ones((2, 2), np.uint16)), {"depth_metres_per_unit": declared})
    with pytest.raises(BadSampleError, match=r"'a\.png' declares .*`depth_scale`"):
        read_depth(content, name="a.png")
    assert read_depth(content, 0.5).max() == 0.5


@pytest.mark.parametrize("scale", [0, -1, np.nan, np.inf])
def test_encoding_needs_a_positive_scale(scale):
    with pytest.raises(ValueError, match=f"Received: {scale}"):
        encode_depth_png(np.ones((2, 2)), scale)


@settings(deadline=None)
@given(hnp.arrays(np.float32, SHAPES, elements=st.floats(0.0009765625, 65.5, width=32)))
def test_round_trip_is_within_half_a_millimetre(depth):
    read = read_depth(encode_depth_png(depth))[..., 0]
    np.testing.assert_allclose(read, depth, rtol=1e-6, atol=0.0005)
    np.testing.assert_array_equal(read, read_depth(encode_depth_png(read))[..., 0])


@settings(deadline=None)
@given(hnp.arrays(np.float32, SHAPES, elements=st.floats(width=32)))
def test_any_float_becomes_finite_and_missing_stays_missing(stored):
    read = read_depth(encode_depth_png(stored))[..., 0]
    metres = to_metres(stored)[..., 0]
    valid = np.isfinite(stored) & (stored > 0)
    for depth in (read, metres):
        assert np.isfinite(depth).all() and (depth >= 0).all()
        np.testing.assert_array_equal(depth > 0, valid)


def test_eight_bit_png_is_ten_metres_at_255():
    depth = read_depth(png(np.array([[0, 51, 255]], np.uint8)))
    np.testing.assert_allclose(depth[0, :, 0], [0, 2, 10], rtol=1e-6)


@given(hnp.arrays(np.uint8, SHAPES))
def test_depth_of_eight_bits_is_encoded_exactly(stored):
    depth = to_metres(stored)
    encoded = encode_byte_depth_png(depth)
    np.testing.assert_array_equal(read_depth(encoded), depth)
    np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(encoded, np.uint8), -1), stored)


@pytest.mark.parametrize("metres", [0.001, 1.5, 10.04, 80.0])
def test_other_depth_is_not_squeezed_into_eight_bits(metres):
    assert encode_byte_depth_png(np.full((4, 5, 1), metres, np.float32)) is None


def test_the_same_numbers_differ_by_bit_depth():
    values = np.array([[102, 204]])
    eight = read_depth(png(values.astype(np.uint8)))
    sixteen = read_depth(png(values.astype(np.uint16)))
    np.testing.assert_allclose(eight.ravel(), [4, 8], rtol=1e-6)
    np.testing.assert_allclose(sixteen.ravel(), [0.102, 0.204], rtol=1e-6)


def test_a_scale_overrides_the_bit_depth():
    kitti = png(np.array([[256, 2560, 65535]], np.uint16))
    np.testing.assert_array_equal(read_depth(kitti, 1 / 256).ravel(), [1, 10, 0])
    eight = png(np.array([[1, 255]], np.uint8))
    np.testing.assert_array_equal(read_depth(eight, 0.5).ravel(), [0.5, 127.5])
    with pytest.raises(ValueError, match="Received: -1"):
        read_depth(kitti, -1)


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 1), (1, 3, 4)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_npy_in_metres(tmp_path, shape, dtype):
    stored = np.full(shape, 2.5, dtype)
    stored.ravel()[:4] = [np.nan, np.inf, -1, 0]
    np.save(tmp_path / "a.npy", stored)
    depth = read_depth(tmp_path / "a.npy")
    assert depth.shape == (3, 4, 1) and depth.dtype == np.float32
    assert depth.ravel().tolist() == [0] * 4 + [2.5] * 8


def test_npy_integers(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[1500]], np.uint16))
    assert read_depth(tmp_path / "a.npy").item() == 1.5
    np.save(tmp_path / "a.npy", np.array([[150]], np.int32))
    with pytest.raises(BadSampleError, match="`depth_scale`"):
        read_depth(tmp_path / "a.npy")
    assert read_depth(tmp_path / "a.npy", 0.01).item() == 1.5


STORED = np.array([[0, 1, 300], [2500, 65534, 65535]])


@pytest.mark.parametrize("scale", [None, 0.001, 1 / 256])
@pytest.mark.parametrize("dtype", ["u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"])
def test_byte_order_changes_nothing(tmp_path, dtype, scale):
    """PGM files and ROS messages come as `>u2`, where 65535 is missing, too."""
    scale = 0.001 if scale is None and dtype[0] in "iu" and dtype != "u2" else scale
    with np.errstate(over="ignore"):
        stored = STORED.astype(f"<{dtype}")
    little, big = (to_metres(stored.astype(f"{order}{dtype}"), scale) for order in "<>")
    np.testing.assert_array_equal(little, big)
    assert little.dtype == big.dtype == np.dtype("=f4")
    np.save(tmp_path / "big.npy", stored.astype(f">{dtype}"))
    np.testing.assert_array_equal(read_depth(tmp_path / "big.npy", scale), little)
    if dtype == "u2":
        assert big[1, 2, 0] == 0 and big[1, 1, 0] > 60


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_a_tiffs_byte_order_changes_nothing(tmp_path, dtype):
    stored = np.minimum(STORED, 255 if dtype == "u1" else 65535).astype(f"<{dtype}")
    values = []
    for order in "<>":
        path = tmp_path / f"{'big' if order == '>' else 'little'}.tiff"
        path.write_bytes(tiff(stored, order))
        values.append(read_depth(path))
    np.testing.assert_array_equal(values[0], to_metres(stored))
    np.testing.assert_array_equal(values[1], to_metres(stored))


def tiff(stored, order):
    """An uncompressed one-strip TIFF in a byte order."""
    height, width = stored.shape
    content = stored.astype(stored.dtype.newbyteorder(order)).tobytes()
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8 * stored.itemsize), (259, 3, 1),
            (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, len(content)),
            (339, 3, 3 if stored.dtype.kind == "f" else 1)]  # fmt: skip
    entries = [
        struct.pack(
            f"{order}HHI{'HH' if kind == 3 else 'I'}", tag, kind, 1, value, *[0] * (4 - kind)
        )
        for tag, kind, value in tags
    ]
    padded = content + b"\0" * (len(content) % 2)
    start = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8 + len(padded))
    table = struct.pack(f"{order}H", len(tags)) + b"".join(entries) + b"\0" * 4
    return start + padded + table


def test_float_tiff_is_metres():
    stored = np.array([[1.25, np.nan]], np.float32)
    depth = read_depth(cv2.imencode(".tiff", stored)[1].tobytes())
    assert depth.ravel().tolist() == [1.25, 0]


def test_grey_saved_as_colour_is_read_and_colour_is_refused():
    grey = np.full((4, 4), 51, np.uint8)
    assert read_depth(png(np.dstack([grey] * 3)))[0, 0, 0] == pytest.approx(2)
    with pytest.raises(BadSampleError, match=r"'map\.png' is a colour image"):
        read_depth(png(np.dstack([grey, grey, grey + 1])), name="map.png")


def test_damaged_files_are_refused_by_name(tmp_path):
    noise = np.random.default_rng(0).integers(0, 65535, (32, 32), np.uint16)
    path = tmp_path / "cut.png"
    path.write_bytes(png(noise)[:-30])
    with pytest.raises(BadSampleError, match=r"cut\.png"):
        read_depth(path)
    np.save(tmp_path / "cut.npy", noise)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:-100])
    with pytest.raises(BadSampleError, match=r"cut\.npy"):
        read_depth(tmp_path / "cut.npy")
    np.save(tmp_path / "objects.npy", np.array([[{}]]))
    with pytest.raises(BadSampleError, match=r"objects\.npy"):
        read_depth(tmp_path / "objects.npy")
    with pytest.raises(BadSampleError, match=r"none\.png"):
        read_depth(tmp_path / "none.png")
    jpeg = cv2.imencode(".jpg", noise.astype(np.uint8))[1].tobytes()
    with pytest.raises(BadSampleError, match="JPEG"):
        read_depth(jpeg)
    np.save(tmp_path / "list.npy", np.zeros((2, 3, 4)))
    with pytest.raises(BadSampleError, match=r"Received: shape=\(2, 3, 4\)"):
        read_depth(tmp_path / "list.npy")


def test_encoding_edge_values():
    stored = cv2.imdecode(
        np.frombuffer(encode_depth_png(np.array([[0.0001, 65.534, 80, 0]])), np.uint8), -1
    )
    assert stored.tolist() == [[1, 65534, 65534, 0]]
    with pytest.raises(ValueError, match="Received"):
        encode_depth_png(np.zeros((2, 2, 2)))


def test_a_declared_size_past_the_limit_is_refused(monkeypatch):
    depth = np.ones((30, 40), np.float32)
    contents = [cv2.imencode(kind, depth)[1].tobytes() for kind in (".tiff", ".pfm")]
    contents.append(cv2.imencode(".png", depth.astype(np.uint16))[1].tobytes())
    contents.append(cv2.imencode(".pgm", depth.astype(np.uint16))[1].tobytes())
    for content in contents:
        assert read_depth(content).shape == (30, 40, 1)
    monkeypatch.setenv("DENSEDEPTH_TF_MAX_MEGAPIXELS", "0.001")
    for content in contents:
        with pytest.raises(BadSampleError, match="'a' is too large: 30x40"):
            read_depth(content, name="a")
