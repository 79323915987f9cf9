"""All eight orientations of a video, as stills have them."""

import struct
from fractions import Fraction

import numpy as np
import pytest

from densedepth_tf.data.sequences.video_frames import VideoFrames
from densedepth_tf.files.video.video_file import VideoFile
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource

ONE = 1 << 16
# (a, b, c, d): a stored pixel (x, y) is shown at (a x + c y, b x + d y), plus an offset.
MATRICES = {
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}


def shown(image, orientation):
    """Where every stored pixel goes, by the matrix itself, one at a time."""
    a, b, c, d = MATRICES[orientation]
    height, width = image.shape[:2]
    places = {
        (b * x + d * y, a * x + c * y): image[y, x] for y in range(height) for x in range(width)
    }
    rows, columns = sorted({y for y, _ in places}), sorted({x for _, x in places})
    return np.array([[places[y, x] for x in columns] for y in rows])


def set_matrix(path, orientation, scale=1.0):
    """Writes a display matrix into the track header of an MP4."""
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    a, b, c, d = (int(value * scale * ONE) for value in MATRICES[orientation])
    struct.pack_into(">9i", content, start, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)


@pytest.fixture
def image():
    image = np.zeros((32, 64, 3), np.uint8)
    image[:16, :32], image[:16, 32:], image[16:, :32] = (220, 30, 30), (30, 220, 30), (30, 30, 220)
    return image


@pytest.mark.parametrize("orientation", MATRICES)
def test_frames_samples_and_sizes_are_upright(make_clip, image, orientation):
    path = make_clip("a.mp4", [image] * 3)
    set_matrix(path, orientation)
    upright = shown(image, orientation)
    clip = VideoFile(path)
    assert clip.size == upright.shape[:2]
    corners = (slice(4, None, 16), slice(4, None, 16))
    for picture in [next(clip.frames()).image, *VideoFile(path).sample(2)]:
        assert picture.shape == upright.shape and picture.flags["C_CONTIGUOUS"]
        np.testing.assert_allclose(picture[corners].astype(int), upright[corners], atol=40)
    camera = IntrinsicsSource(hfov=60)
    frames = VideoFrames(path, camera, progress=False)
    expected = camera.of_image(upright.shape[:2]).intrinsics
    np.testing.assert_array_equal(frames.intrinsics(frames.image_size), expected)
    picture = frames.read_image(1)
    np.testing.assert_allclose(picture[corners].astype(int), upright[corners], atol=40)


@pytest.mark.parametrize("orientation", [2, 5, 6])
def test_pixels_that_are_not_square_turn_with_the_picture(make_clip, image, orientation):
    path = make_clip("a.mp4", [image] * 3, aspect=Fraction(4, 3))
    set_matrix(path, orientation)
    ratio = VideoFile(path).sample_aspect_ratio
    assert ratio == (Fraction(4, 3) if orientation == 2 else Fraction(3, 4))


def test_a_scaled_matrix_turns_and_an_empty_one_does_not(make_clip, image):
    path = make_clip("a.mp4", [image] * 3)
    set_matrix(path, 6, scale=0.5)
    assert VideoFile(path).size == (64, 32)
    set_matrix(path, 6, scale=0)
    assert VideoFile(path).size == (32, 64)
