import argparse
import sys

import cv2
import numpy as np
import pytest

from densedepth_tf.commands.arguments.video_arguments import add_video_arguments, video_options
from densedepth_tf.files.video.clip import BadVideoError
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.inference.predictor import Predictor
from densedepth_tf.inference.video.video_options import VideoOptions
from densedepth_tf.inference.video.webcam import Webcam, webcam_index

LEVELS = [40, 80, 120, 160, 200, 240, 80, 120, 160, 200, 240, 80]


@pytest.fixture
def camera_of_a_clip(monkeypatch, grey_clip):
    """OpenCV's own reader of a video, where the camera's would be: no machine has a camera."""
    path, capture = str(grey_clip("camera.avi", LEVELS)), cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda index: capture(path))


def test_which_inputs_are_cameras(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "7").touch()
    assert [webcam_index(entry) for entry in ("camera:0", "camera:12", "0", "3")] == [0, 12, 0, 3]
    for entry in ("7", "a.mp4", "camera", "camera:", "camera:x", "-1", tmp_path / "0"):
        assert webcam_index(entry) is None


def test_frames_come_until_there_are_enough_or_no_more(camera_of_a_clip, model):
    camera = Webcam(0)
    frames = list(camera.frames(every=2, max_frames=2))
    assert camera.size == (48, 64) and len(frames) == 2
    assert 0 <= frames[0].pts < frames[1].pts
    predictions = list(Predictor(model).predict_video("camera:0"))
    assert len(predictions) == len(LEVELS) - 1  # the first is looked at when it is opened
    np.testing.assert_allclose(
        [p.depth.mean() for p in predictions], np.array(LEVELS[1:]) / 50, 0.05
    )


@pytest.mark.parametrize(
    ("flag", "metres"), [((), (0, 10)), (("--depth-range=auto",), (1.6, 4.8))], ids=str
)
def test_colours_of_a_camera_fit_what_it_shows_on_request_only(
    flag, metres, camera_of_a_clip, model, tmp_path
):
    parser = argparse.ArgumentParser()
    add_video_arguments(parser)
    options = video_options(parser.parse_args(flag))
    report = predict_to_folder(model, ["camera:0"], tmp_path, ["video"], video=options)
    assert report.clips[0].depth_range == pytest.approx(metres, abs=0.11)


def test_a_camera_is_opened_once(camera_of_a_clip, model, monkeypatch, tmp_path):
    """Others refuse to be opened a second time, and each start costs a second."""
    opened, capture = [], cv2.VideoCapture

    def count(index):
        opened.append(index)
        return capture(index)

    monkeypatch.setattr(cv2, "VideoCapture", count)
    known = OutputOptions(intrinsics=IntrinsicsSource(hfov=63.0))
    model = ScaledEstimator(model, 1.0, focal_length=0.5)
    report = predict_to_folder(
        *(model, ["camera:0"], tmp_path, ["video"]),
        options=known, video=VideoOptions(range_of_clip=True),
    )  # fmt: skip
    assert opened == [0] and report.clips[0].num_frames > 0
    # The network sees 48 rows as 64: longer by the mean of both directions.
    factor = 0.5 / np.tan(np.radians(63 / 2)) / 0.5 * np.sqrt(64 / 48)
    assert report.clips[0].lens.factor == pytest.approx(factor, rel=1e-3)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, asking may open a window")
def test_a_camera_that_is_not_there(capfd):
    with pytest.raises(BadVideoError, match="no webcam 97"):
        Webcam(97)
    assert not capfd.readouterr().err
