"""Rooms to share: one HTML file, and recordings for the Rerun viewer."""

import dataclasses
import json
import re
import zlib
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from densedepth_tf.geometry.flying_pixels import flying_pixels
from densedepth_tf.geometry.point_cloud import to_point_cloud
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.outputs import html_viewer
from densedepth_tf.inference.outputs.depth_writers import check_formats, encode_prediction
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.prediction import Prediction

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


@pytest.fixture
def read_recording(tmp_path):
    """`read_recording(content)`: entity -> its only row, and the recording's identity."""
    reader = pytest.importorskip("rerun.chunk", reason="No rerun-sdk that reads recordings")

    def read(content):
        path = tmp_path / "room.rrd"
        path.write_bytes(content)
        file = reader.RrdReader(path)
        rows = {chunk.entity_path: chunk.to_record_batch() for chunk in file.stream()}
        [recording] = file.recordings()
        return {name: each.to_pylist()[0] for name, each in rows.items()}, recording.recording_id

    return read


def test_a_recording_is_read_back(prediction, read_recording):
    contents, _ = encode_prediction(prediction, ["rrd"], OutputOptions())
    rows, _ = read_recording(contents["rrd"])
    assert set(rows) == {"/camera", "/camera/image", "/camera/depth", "/points"}
    assert {row["frame"] for row in rows.values()} == {7}
    cloud = to_point_cloud(prediction.depth, CAMERA, prediction.image)
    np.testing.assert_array_equal(rows["/points"]["Points3D:positions"], cloud.points)
    [matrix] = rows["/camera"]["Pinhole:image_from_camera"]
    np.testing.assert_array_equal(np.reshape(matrix, (3, 3)).T, CAMERA)
    [image] = rows["/camera/image"]["Image:buffer"]
    np.testing.assert_array_equal(np.reshape(image, (30, 40, 3)), prediction.image)
    [depth] = rows["/camera/depth"]["DepthImage:buffer"]
    metres = np.array(depth, np.uint8).view(np.float32).reshape(30, 40, 1)
    np.testing.assert_array_equal(metres, prediction.depth)


def test_frames_of_a_clip_share_one_time_line(prediction, read_recording):
    seen = []
    for index in (0, 12):
        source = ImageFile(Path("clip.mp4"), f"clip/{index:06d}")
        frame = dataclasses.replace(prediction, source=source)
        contents, _ = encode_prediction(frame, ["rrd"], OutputOptions())
        rows, recording = read_recording(contents["rrd"])
        seen.append((rows["/points"]["frame"], recording))
    assert [frame for frame, _ in seen] == [0, 12]
    assert len({recording for _, recording in seen}) == 1
