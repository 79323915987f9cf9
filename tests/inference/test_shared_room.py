"""Rooms to share: one HTML file, and recordings for the Rerun viewer."""

import json
import re
import subprocess
import sys
import zlib
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from densedepth_tf.geometry.flying_pixels import flying_pixels
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.outputs import html_viewer
from densedepth_tf.inference.outputs.depth_writers import check_formats, encode_prediction
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.predictor import Prediction

LARGEST_VIEWER = 3_000_000
CAMERA = OutputOptions().intrinsics.of_image((30, 40)).intrinsics


@pytest.fixture
def prediction(pictures):
    depth = np.full((30, 40, 1), 3, np.float32)
    depth[10:20, 15:25] = 1
    depth[0, 0] = 0
    source = ImageFile(Path("a</script>.jpg"), "clip.part/000007")
    return Prediction(source, pictures.image(0, 30, 40), depth)


@pytest.fixture
def viewer(tmp_path, monkeypatch):
    path = tmp_path / "viewer.js"
    path.write_text("'</script>';")
    monkeypatch.setattr(html_viewer, "SHARE_VIEWER", path)
    return path


def test_the_file_holds_depth_without_flying_pixels(prediction, viewer):
    contents, _ = encode_prediction(prediction, ["html"], OutputOptions())
    text = contents["html"].decode()
    about = json.loads(re.search(r'id="about">(.*?)</script>', text)[1])
    packed = re.search(r'id="units">(.*?)</script>', text)[1]
    units = np.frombuffer(zlib.decompress(b64decode(packed)), "<u2").reshape(30, 40)
    depth = prediction.depth[..., 0]
    flying = flying_pixels(depth, CAMERA)
    assert flying.any()
    np.testing.assert_array_equal(units, np.where(flying, 0, 1000 * depth))
    assert about["metresPerUnit"] == 0.001 and about["unit"] == "m"
    assert (about["fx"], about["cx"]) == (CAMERA[0, 0], CAMERA[0, 2])
    assert text.count("</script>") == 3 and "http" not in text.replace("http-equiv", "")


def test_a_stride_keeps_the_camera_in_place(prediction, viewer):
    contents, _ = encode_prediction(prediction, ["html"], OutputOptions(point_stride=2))
    about = json.loads(re.search(rb'id="about">(.*?)</script>', contents["html"])[1])
    assert (about["height"], about["width"]) == (15, 20)
    assert about["fx"] == CAMERA[0, 0] / 2 and about["cx"] == CAMERA[0, 2] / 2


def test_without_the_viewer_nothing_begins(viewer):
    viewer.unlink()
    with pytest.raises(FileNotFoundError, match="`make web`"):
        check_formats(["png", "html"])


def test_the_viewer_is_small():
    if not html_viewer.SHARE_VIEWER.is_file():
        pytest.skip("The viewer has not been built (`make web`)")
    assert html_viewer.SHARE_VIEWER.stat().st_size < LARGEST_VIEWER


def test_a_recording_is_read_back(prediction, tmp_path):
    pytest.importorskip("rerun", reason="The extra `rerun` is not installed")
    contents, _ = encode_prediction(prediction, ["rrd"], OutputOptions())
    path = tmp_path / "room.rrd"
    path.write_bytes(contents["rrd"])
    printed = [sys.executable, "-m", "rerun", "rrd", "print", "-vvv", str(path)]
    text = subprocess.run(printed, capture_output=True, text=True, check=True).stdout
    for entity in ("/camera", "/camera/image", "/camera/depth", "/points"):
        assert entity in text
    assert "frame" in text
