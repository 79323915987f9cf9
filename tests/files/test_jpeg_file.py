"""JPEGs that viewers show are read with a warning; those that lack part of it are refused."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.encoded_image import check_complete
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.geometry.cameras.photograph_file import read_input_image

END = b"\xff\xd9"
KINDS = {
    "baseline": {},
    "no subsampling": {"subsampling": 0, "quality": 98},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
    "optimised": {"optimize": True, "quality": 30},
}


def jpeg(image, **options):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.fixture(params=KINDS)
def whole(request, pictures):
    return jpeg(pictures.image(0, 72, 100), **KINDS[request.param])


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)))


def scan_start(content):
    start = content.index(b"\xff\xda")
    return start + 2 + int.from_bytes(content[start + 2 : start + 4], "big")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content[:-2], "no end marker"),
        (lambda content: content[:-1], "no end marker"),
        (lambda content: content[:-2] + bytes(5000), "no end marker"),
        (lambda content: content[:-2] + b"\xff\xd8 the next one", "no end marker"),
        (lambda content: content[:2] + b"junk" + content[2:], "4 stray bytes"),
        (lambda content: content[:20] + b"\0\1\2" + content[20:], "3 stray bytes"),
        (lambda content: content[:20] + b"\0\1\2" + content[20:-2], "no end marker and 3 stray"),
    ],
)
def test_what_viewers_show_is_read_with_a_warning(whole, change, words):
    assert whole[20:21] == b"\xff"  # a segment begins there
    changed = change(whole)
    with pytest.warns(UserWarning, match=rf"'a\.jpg'.*{words}"):
        image = read_image(changed, "a.jpg")
    np.testing.assert_array_equal(image, read_image(whole))


def test_whole_files_and_what_follows_them_go_without_a_word(whole):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for content in (whole, whole + b"\0\1\xff\xd8\xff more", whole[:2] + b"\xff" + whole[2:]):
            assert check_complete(content, "a.jpg") is content
            np.testing.assert_array_equal(read_image(content), read_image(whole))


@pytest.mark.parametrize("missing", [1, 2, 5, 40, 400])
@pytest.mark.parametrize("filler", [b"", bytes(4000), b"\xff" * 4000])
def test_scans_that_lack_rows_are_refused(whole, missing, filler):
    with pytest.raises(BadSampleError, match=r"'a\.jpg' is a JPEG that is cut off"):
        read_image(whole[: -2 - missing] + filler, "a.jpg")


@pytest.mark.parametrize("kind", ["baseline", "restarts", "optimised"])
def test_an_end_marker_put_behind_half_a_picture_does_not_make_it_whole(pictures, kind):
    whole = jpeg(pictures.image(0, 72, 100), **KINDS[kind])
    for kept in (0.2, 0.5, 0.9):
        cut = whole[: scan_start(whole) + int(kept * (len(whole) - scan_start(whole)))] + END
        with pytest.raises(BadSampleError, match="cut off"):
            read_image(cut)


def test_the_last_restarts_blocks_are_missed_whatever_stands_for_them(pictures):
    whole = jpeg(pictures.image(0, 72, 100), restart_marker_rows=1)
    last = max(whole.rfind(b"\xff" + bytes([0xD0 + number])) for number in range(8))
    assert len(whole) - last < 0.2 * len(whole)
    with pytest.raises(BadSampleError, match="cut off: rows are missing"):
        read_image(whole[:last] + END)


def test_a_picture_of_the_grey_that_fills_gaps_is_whole():
    grey = np.full((40, 40, 3), 128, np.uint8)
    np.testing.assert_array_equal(read_image(jpeg(grey)), grey)


def test_progressive_files_whose_last_scans_are_gone_are_refused(pictures):
    content = jpeg(pictures.image(0, 72, 100), progressive=True)
    last_scan = content.rindex(b"\xff\xda")
    tables = content.rindex(b"\xff\xc4", 0, last_scan)
    with pytest.raises(BadSampleError, match="cut off"):
        read_image(content[:tables])


def test_a_size_that_the_file_cannot_hold_is_refused_before_memory_is_taken(pictures):
    content = jpeg(pictures.image(0, 72, 100))
    size = content.index(b"\xff\xc0") + 5
    for side in (2000, 7000, 13_000):
        declared = content[:size] + 2 * side.to_bytes(2, "big") + content[size + 4 :]
        with pytest.raises(BadSampleError, match=rf"cannot hold.*{side}x{side}"):
            read_image(declared)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("megapixels", "part"), [("0.005", 2), ("0.001", 4)])
def test_what_is_too_large_is_predicted_at_a_part_of_its_size(
    pictures, tmp_path, monkeypatch, orientation, megapixels, part
):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(pictures.image(0, 72, 100), exif=exif, quality=95, subsampling=0))
    height, width = (72, 100) if orientation == 1 else (100, 72)
    means = read_image(path).reshape(height // part, part, width // part, part, 3).mean((1, 3))
    monkeypatch.setenv("DENSEDEPTH_TF_MAX_MEGAPIXELS", megapixels)
    size = rf"{height // part}x{width // part} \(height"
    with pytest.warns(UserWarning, match=rf"a\.jpg' has .* at a smaller size, {size}"):
        image = read_input_image(path)
    assert np.abs(image - means).mean() < 3
    with pytest.raises(BadSampleError, match=r"a\.jpg' is too large"):
        read_image(path)  # its camera and its depth are of the whole size
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(BadSampleError, match=r"a\.jpg' is too large"):
        read_input_image(path)


def test_a_channel_that_no_scan_has_is_missed():
    channels = b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
    frame = b"\xff\xc0" + (17).to_bytes(2, "big") + b"\x08\x00\x08\x00\x08\x03" + channels
    scan = b"\xff\xda" + (8).to_bytes(2, "big") + b"\x01\x01\x00\x00\x3f\x00" + bytes(9)
    with pytest.raises(BadSampleError, match=r"'a\.jpg' .* a channel is missing"):
        read_image(b"\xff\xd8" + frame + scan + END, "a.jpg")


def test_headers_that_make_no_sense_are_refused(pictures):
    content = jpeg(pictures.image(0, 16, 16))
    frame = content.index(b"\xff\xc0")
    for offset, value in ((9, 0), (11, 0), (9, 255)):
        damaged = bytearray(content)
        damaged[frame + offset] = value
        with pytest.raises(BadSampleError, match=r"a\.jpg"):
            read_image(bytes(damaged), "a.jpg")
