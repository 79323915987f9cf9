import io
import json

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from densedepth_tf.files.depth.depth_file import count_cut_off, read_depth
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.outputs.depth_colors import DepthColors
from densedepth_tf.inference.outputs.depth_writers import (
    OUTPUT_FORMATS,
    POINT_CLOUDS,
    check_formats,
    encode_prediction,
)
from densedepth_tf.inference.outputs.html_viewer import SHARE_VIEWER
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.prediction import Prediction


def prediction(depth, image=None):
    depth = np.asarray(depth, np.float32)[..., None]
    image = np.zeros((*depth.shape[:2], 3), np.uint8) if image is None else image
    return Prediction(ImageFile(None, "x"), image, depth)


def encode(name, *arguments, **options):
    contents, _ = encode_prediction(prediction(*arguments), [name], OutputOptions(**options))
    return contents[name]


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
    assert count_cut_off(depth) == 1
    assert count_cut_off(np.array([[65.534, 1.0]])) == 0
    # Half a unit is rounded down, in filled depth as in predictions.
    assert count_cut_off(np.array([[65.5344, 65.5346]])) == 1
    assert picture(encode("png", depth, png_scale=0.01)).tolist() == [[8000, 100]]
    assert count_cut_off(depth, 0.01) == 0


def test_tiff_is_exact_metres_for_independent_readers(rng):
    depth = rng.uniform(0.1, 200, (30, 40)).astype(np.float32)
    depth[3, 4] = 0
    content = encode("tiff", depth)
    with Image.open(io.BytesIO(content)) as opened:
        assert opened.mode == "F" and (np.asarray(opened) == depth).all()
    stored = tifffile.imread(io.BytesIO(content))
    assert stored.dtype == np.float32 and (stored == depth).all()
    assert (read_depth(content)[..., 0] == depth).all()


def test_the_sidecar_tells_what_the_numbers_are():
    depth = np.full((30, 40), 2.0)
    depth[0] = 0
    depth[1], depth[2, 0] = 5, 80
    options = {"png_scale": 1 / 1024, "intrinsics": IntrinsicsSource((50, 51, 20, 15))}
    told = json.loads(encode("json", depth, **options, model="net", checkpoint="runs/net"))
    assert told == {
        **{"image": None, "height": 30, "width": 40, "valid_pixels": 29 * 40},
        **{"unit": None, "metres_per_unit": 1 / 1024, "missing": 0, "cut_off_pixels": 1},
        **{"depth_unit": "m", "depth_per_unit": 1 / 1024},
        **{"min": 2, "median": 2, "max": 80, "model": "net", "checkpoint": "runs/net"},
        "calibration_factor": None,
        "sharpened": False,
        "lens": "auto",
        "lens_factor": None,
        "lens_from": None,
        "intrinsics": {"fx": 50, "fy": 51, "cx": 20, "cy": 15},
        **{"intrinsics_from": "given", "hfov_degrees": pytest.approx(43.6, abs=0.1)},
    }
    told = json.loads(encode("json", np.zeros((3, 4))))
    assert told["unit"] == "mm" and told["metres_per_unit"] == 0.001
    assert told["min"] is told["median"] is told["max"] is None
    assert told["intrinsics_from"] == "assumed 63 degrees"


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
    if name == "html" and not SHARE_VIEWER.is_file():
        pytest.skip("The viewer has not been built (`make web`)")
    assert encode(name, np.full(size, 2.0))
    if name not in POINT_CLOUDS:
        assert encode(name, np.zeros(size))
        return
    with pytest.raises(ValueError, match="No point is left"):
        encode(name, np.zeros(size))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"png_scale": 0}, "Received: 0"),
        ({"edge_filter": 0}, "edge filter"),
        ({"point_stride": 0}, "stride=0"),
    ],
)
def test_options_are_checked_before_anything_is_made(options, words):
    with pytest.raises(ValueError, match=words):
        OutputOptions(**options)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [((5, 2), "min_depth=5"), ((-1, None), "min_depth=-1"), ((None, np.nan), "max_depth=nan")],
)
def test_ranges_that_are_none(arguments, word):
    with pytest.raises(ValueError, match=word):
        DepthColors(*arguments)


def test_words_are_checked():
    assert check_formats(["png", "npy", "png"]) == ("png", "npy", "json")
    assert check_formats(["npy", "ply"]) == ("npy", "ply")
    with pytest.raises(ValueError, match=r"npy, tiff, color, .*, ply, glb.*Received: png, jpeg"):
        check_formats(["png", "jpeg"])
    with pytest.raises(ValueError, match="Received: none"):
        check_formats([])
    with pytest.raises(ValueError, match="colormap='nonsense'"):
        DepthColors(colormap="nonsense")
