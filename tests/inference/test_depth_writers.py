import io

import cv2
import numpy as np
import pytest

from densedepth_tf.data.depth_file import read_depth
from densedepth_tf.inference.depth_writers import (
    OUTPUT_FORMATS,
    DepthColors,
    check_formats,
    is_cut_off,
)
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.predictor import Prediction


def prediction(depth, image=None):
    depth = np.asarray(depth, np.float32)[..., None]
    image = np.zeros((*depth.shape[:2], 3), np.uint8) if image is None else image
    return Prediction(ImageFile(None, "x"), image, depth)


def encode(name, *arguments, colors=None):
    return OUTPUT_FORMATS[name].encode(prediction(*arguments), colors or DepthColors())


def picture(content):
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def test_png_is_16_bit_millimetres_and_npy_exact_metres(rng):
    depth = rng.uniform(0.1, 60, (30, 40)).astype(np.float32)
    stored = picture(encode("png", depth))
    assert stored.dtype == np.uint16 and stored.shape == (30, 40)
    np.testing.assert_allclose(stored / 1000, depth, atol=0.00051)
    loaded = np.load(io.BytesIO(encode("npy", depth)), allow_pickle=False)
    assert loaded.dtype == np.float32 and (loaded == depth).all()
    assert (read_depth(encode("npy", depth))[..., 0] == depth).all()


def test_depth_beyond_the_png_saturates_and_is_marked():
    depth = np.array([[80.0, 1.0]])
    assert picture(encode("png", depth)).tolist() == [[65534, 1000]]
    assert is_cut_off(prediction(depth))
    assert not is_cut_off(prediction([[65.534, 1.0]]))


def test_colours_keep_the_picture_and_add_a_bar():
    depth = np.tile(np.linspace(1, 5, 200), (150, 1))
    colors = DepthColors(1, 5)
    coloured = picture(encode("color", depth, colors=colors))[..., ::-1]
    assert coloured.shape[0] == 150 and coloured.shape[1] > 200
    red, blue = coloured[75, 2].astype(int), coloured[75, 197].astype(int)
    assert red[0] > red[2] and blue[2] > blue[0]  # near is warm, far is cold
    wider = picture(encode("color", depth, colors=DepthColors(1, 50)))[..., ::-1]
    assert (wider[:, :200] != coloured[:, :200]).any()


def test_side_by_side_shows_the_photo_at_its_size(rng):
    photo = rng.integers(0, 256, (160, 120, 3), dtype=np.uint8)
    shown = picture(encode("side_by_side", np.ones((160, 120)), photo))[..., ::-1]
    windows = np.lib.stride_tricks.sliding_window_view(shown[..., 0], (160, 120))
    assert (windows == photo[..., 0]).all(axis=(2, 3)).any()


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2)])
@pytest.mark.parametrize("name", list(OUTPUT_FORMATS))
def test_any_size_and_missing_depth_can_be_saved(name, size):
    assert encode(name, np.zeros(size))
    assert encode(name, np.full(size, 2.0))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [((5, 2), "min_depth=5"), ((-1, None), "min_depth=-1"), ((None, np.nan), "max_depth=nan")],
)
def test_ranges_that_are_none(arguments, word):
    with pytest.raises(ValueError, match=word):
        DepthColors(*arguments)


def test_words_are_checked():
    assert check_formats(["png", "npy", "png"]) == ("png", "npy")
    with pytest.raises(ValueError, match=r"png, npy, color, side_by_side.*Received: png, jpeg"):
        check_formats(["png", "jpeg"])
    with pytest.raises(ValueError, match="Received: none"):
        check_formats([])
    with pytest.raises(ValueError, match="colormap='nonsense'"):
        DepthColors(colormap="nonsense")
