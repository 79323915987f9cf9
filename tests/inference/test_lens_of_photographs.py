"""Metres are brought to the camera of every photograph and clip that is known."""

import json
import warnings

import numpy as np
import pytest
import trimesh
from PIL import Image

from densedepth_tf.commands.predict import main
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.inference.metres.fit_metric_scale import MetricScaleOptions
from densedepth_tf.inference.metres.metric_scale import KnownDepth
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.inference.predictor import Predictor

SIZE = 96, 128
LEARNT = 0.8
EXIF, FOCAL_LENGTH_35MM = 0x8769, 0xA405
# Twice the focal length that was learnt: 35 mm film is 43.27 mm across its diagonal.
LONG_FILM = 2 * LEARNT * 128 / 160 * np.hypot(36, 24)


class Brightness:
    """Depth of a pixel is its mean channel / 50 metres, learnt from a camera of 0.8 widths."""

    image_size, focal_length, min_depth, max_depth = (96, 128), LEARNT, 0.1, 10.0

    def predict_depth(self, images):
        return images.astype(np.float32).mean(axis=-1, keepdims=True) / 50


def photograph(path, film=None, level=100):
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if film:
        exif[EXIF] = {FOCAL_LENGTH_35MM: round(film)}
    Image.fromarray(np.full((*SIZE, 3), level, np.uint8)).save(path, exif=exif, quality=100)
    return path


def run(path, output, **options):
    """The report, and what is told of each photograph."""
    report = predict_to_folder(
        Brightness(), [path], output, ["json", "npy", "ply"], OutputOptions(**options)
    )
    told = {
        file.name.split(".")[0]: json.loads(file.read_text())
        for file in output.glob("*.depth.json")
    }
    return report, told


def test_every_photograph_has_its_own_camera(tmp_path):
    for name, film in (("long", LONG_FILM), ("usual", LONG_FILM / 2), ("unknown", None)):
        photograph(tmp_path / "in" / f"{name}.jpg", film)
    report, told = run(tmp_path / "in", tmp_path / "out")
    long, usual, unknown = (told[name] for name in ("long", "usual", "unknown"))
    assert long["lens_factor"] == pytest.approx(2, rel=0.01) and long["lens_from"] == "EXIF"
    assert usual["lens_factor"] == pytest.approx(1, rel=0.02) and usual["lens"] == "auto"
    assert unknown["lens_factor"] is None is unknown["lens_from"]
    factors = long["lens_factor"], usual["lens_factor"], 1
    for each, factor in zip((long, usual, unknown), factors, strict=True):
        assert each["median"] == pytest.approx(2 * factor, rel=1e-5)
    line = report.lens.describe()
    assert line.startswith("lens: depth x 1.01") and " to 1.99," in line and "camera EXIF" in line
    assert line.endswith("; of 1 image not known: as predicted")
    # Files, points and numbers are of one depth, and the points of the same camera.
    depth = np.load(tmp_path / "out/long.depth.npy")
    np.testing.assert_allclose(depth, long["median"], rtol=1e-5)
    points = np.asarray(trimesh.load(tmp_path / "out/long.ply").vertices)
    np.testing.assert_allclose(points[:, 2], long["median"], rtol=1e-5)
    width = np.ptp(points[:, 0]) * long["intrinsics"]["fx"] / long["median"]
    assert width == pytest.approx(127, rel=1e-4)


def test_the_switch_and_the_flags(tmp_path):
    photograph(tmp_path / "in" / "long.jpg", LONG_FILM)
    report, told = run(tmp_path / "in", tmp_path / "out", lens="ignore")
    assert told["long"]["median"] == pytest.approx(2) and told["long"]["lens"] == "ignore"
    assert told["long"]["lens_factor"] is None
    assert report.lens.describe() == "lens: ignored, metres as predicted"
    # What is given comes before what the file says.
    given = IntrinsicsSource((96, 96, 63.5, 47.5))
    report, told = run(tmp_path / "in", tmp_path / "out", intrinsics=given)
    assert told["long"]["lens_factor"] == pytest.approx(96 / 128 / LEARNT)
    assert told["long"]["lens_from"] == "given"
    assert report.lens.describe() == "lens: depth x 0.938, camera given, 67.4 degrees across"
    with pytest.raises(ValueError, match=r"`lens` is auto or ignore\. Received: 'on'"):
        OutputOptions(lens="on")


def test_the_camera_of_a_sequence_lies_in_its_folder(tmp_path):
    photograph(tmp_path / "in" / "a.png")
    np.savetxt(tmp_path / "in/camera-intrinsics.txt", [[117, 0, 64], [0, 117, 48], [0, 0, 1]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # It is no file of another kind that is left out.
        _, told = run(tmp_path / "in", tmp_path / "out")
    assert told["a"]["lens_factor"] == pytest.approx(117 / 128 / LEARNT)
    assert told["a"]["lens_from"] == told["a"]["intrinsics_from"] == "camera-intrinsics.txt"
    assert told["a"]["intrinsics"]["fx"] == 117
    # That of frames of another size is no camera of these.
    np.savetxt(tmp_path / "in/camera-intrinsics.txt", [[585, 0, 320], [0, 585, 240], [0, 0, 1]])
    with pytest.raises(ValueError, match=r"camera-intrinsics\.txt' does not fit frames of 96x128"):
        run(tmp_path / "in", tmp_path / "out")


def test_a_calibration_is_not_brought_to_its_own_camera_again(tmp_path):
    photograph(tmp_path / "in" / "hall.jpg", LONG_FILM)
    photograph(tmp_path / "in" / "wide.jpg", LONG_FILM / 2)
    known = tuple(KnownDepth(u, 40, 5.0) for u in (20, 90))
    options = MetricScaleOptions(known=known, images=[tmp_path / "in/hall.jpg"])
    predict_to_folder(
        Brightness(), [tmp_path / "in"], tmp_path / "out", ["png"], metric_scale=options
    )
    hall, wide = (
        json.loads((tmp_path / f"out/{name}.depth.json").read_text()) for name in ("hall", "wide")
    )
    assert hall["calibration_factor"] == pytest.approx(2.5, rel=1e-3)
    assert hall["lens_factor"] == pytest.approx(1) and hall["median"] == pytest.approx(5)
    # Another camera's metres follow from it; a camera that is not known stays as calibrated.
    assert wide["lens_factor"] == pytest.approx(0.5, rel=0.02)
    photograph(tmp_path / "in" / "hall.jpg")
    predict_to_folder(
        Brightness(), [tmp_path / "in"], tmp_path / "out", ["png"], metric_scale=options
    )
    for name in ("hall", "wide"):
        told = json.loads((tmp_path / f"out/{name}.depth.json").read_text())
        assert told["lens_factor"] is None and told["median"] == pytest.approx(5)


def test_clips_are_brought_to_the_camera_that_is_given(grey_clip, tmp_path):
    path = grey_clip("a.mp4", [100] * 3, SIZE)
    options = OutputOptions(intrinsics=IntrinsicsSource((128, 128, 63.5, 47.5)))
    report = predict_to_folder(Brightness(), [path], tmp_path / "out", ["npy", "json"], options)
    told = json.loads((tmp_path / "out/a/000001.depth.json").read_text())
    assert told["lens_factor"] == pytest.approx(1 / LEARNT) and told["lens_from"] == "given"
    assert told["median"] == pytest.approx(2 / LEARNT, rel=0.03)
    assert report.clips[0].lens.factor == told["lens_factor"]
    report = predict_to_folder(Brightness(), [path], tmp_path / "out", ["npy", "json"])
    assert report.lens.describe().startswith("lens: camera not known, metres as predicted")


def test_python_takes_a_camera_for_files_arrays_and_clips(grey_clip, tmp_path):
    predictor = Predictor(Brightness())
    path = photograph(tmp_path / "a.png")
    image = np.full((*SIZE, 3), 50, np.uint8)
    assert np.median(predictor.predict(path, focal_length=2 * LEARNT)) == pytest.approx(4)
    both = predictor.predict([path, image], focal_length=[None, 128.0])
    assert [np.median(depth) for depth in both] == pytest.approx([2, 1 / LEARNT])
    clip = grey_clip("a.mp4", [100] * 2, SIZE)
    frames = list(predictor.predict_video(clip, focal_length=1.0))
    assert [np.median(frame.depth) for frame in frames] == pytest.approx([2.5] * 2, rel=0.03)
    predictor.cameras = IntrinsicsSource((128, 128, 63.5, 47.5))
    frames = list(predictor.predict_video(clip))
    assert [np.median(frame.depth) for frame in frames] == pytest.approx([2.5] * 2, rel=0.03)
    predictor.cameras = None
    frames = list(predictor.predict_video(clip))
    assert [np.median(frame.depth) for frame in frames] == pytest.approx([2] * 2, rel=0.03)


@pytest.fixture
def predict(capsys, tmp_path):
    """Exit code, standard output and error of `predict.py` with the default preset."""

    def run(*arguments):
        flags = ["--input", tmp_path / "in", "--output", tmp_path / "out", "--save", "npy"]
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in [*flags, *arguments]])
        return leaving.value.code or 0, *capsys.readouterr()

    return run


def test_the_command_line_says_it_in_one_line(predict, tmp_path):
    pytest.importorskip("onnxruntime")
    rng = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    Image.fromarray(rng.integers(0, 256, (*SIZE, 3), np.uint8)).save(tmp_path / "in/a.png")
    depths = {}
    for name, flags in {
        "unknown": (),
        "kinect": ("--camera", "7scenes"),
        "ignored": ("--camera", "7scenes", "--lens", "ignore"),
    }.items():
        code, shown, errors = predict(*flags)
        assert code == 0 and not errors
        (line,) = (line for line in shown.splitlines() if line.startswith("lens: "))
        depths[name] = line, np.load(tmp_path / "out/a.depth.npy")
    assert depths["unknown"][0] == (
        "lens: camera not known, metres as predicted (--hfov, --intrinsics or --camera tell it)"
    )
    assert depths["kinect"][0] == ("lens: depth x 1.13, camera preset 7scenes, 57.4 degrees across")
    factor = 585 / 640 / 0.8107
    np.testing.assert_allclose(depths["kinect"][1], depths["unknown"][1] * factor, rtol=1e-5)
    np.testing.assert_array_equal(depths["ignored"][1], depths["unknown"][1])


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--intrinsics", "585,585,320,240"), "intrinsics do not fit an image of 96x128"),
        (("--intrinsics", "0,585,320,240"), "fx and fy positive"),
        (("--intrinsics", "nan,585,320,240"), "intrinsics are fx,fy,cx,cy"),
        (("--intrinsics", "585,585,320"), "intrinsics are fx,fy,cx,cy"),
        (("--camera", "kitti"), "takes images of 375x1242"),
        (("--lens", "on"), "--lens"),
    ],
)
def test_cameras_that_do_not_fit_are_named(predict, tmp_path, flags, message):
    photograph(tmp_path / "in" / "a.png")
    code, _, errors = predict(*flags)
    assert code == 2 and errors.count("error:") == 1 and message in errors


def test_python_reads_files_as_the_command_does(tmp_path):
    """One rule: what a path's file or folder tells, unless a camera is given."""
    long = photograph(tmp_path / "long.jpg", LONG_FILM)
    plain = photograph(tmp_path / "plain.jpg")
    _, told = run(tmp_path, tmp_path / "out")
    factor, image = told["long"]["lens_factor"], np.full((*SIZE, 3), 100, np.uint8)
    predictor = Predictor(Brightness())

    def means(*args, **camera):
        return [float(np.mean(each)) for each in predictor.predict(*args, **camera)]

    assert np.mean(predictor.predict(long)) == pytest.approx(2 * factor, rel=1e-5)
    assert means([long, plain, image]) == pytest.approx([2 * factor, 2, 2], rel=1e-5)
    assert means([long, plain], focal_length=LEARNT) == pytest.approx([2, 2])
    assert np.mean(predictor.predict(image)) == pytest.approx(2)
    predictor.cameras = IntrinsicsSource((96, 96, 63.5, 47.5))  # comes before what files say
    given = 2 * 96 / 128 / LEARNT
    assert means([long, plain, image]) == pytest.approx([given] * 3)
    assert np.mean(predictor.predict(np.stack([image, image]))) == pytest.approx(given)
    predictor.cameras = None
    assert np.mean(predictor.predict(long)) == pytest.approx(2, rel=1e-5)


def test_a_stream_has_a_camera(tmp_path):
    predictor, image = Predictor(Brightness()), np.full((*SIZE, 3), 100, np.uint8)
    stream = [image, np.stack([image, image]), {"image": image}]
    for depth in predictor.predict_stream(stream, focal_length=2 * LEARNT):
        np.testing.assert_allclose(depth, 4, rtol=1e-6)
    camera = np.array([[96, 0, 63.5], [0, 96, 47.5], [0, 0, 1]])
    one, two, _ = predictor.predict_stream(stream, intrinsics=camera)
    np.testing.assert_allclose(two, np.stack([one, one]))
    np.testing.assert_allclose(one, 2 * 96 / 128 / LEARNT, rtol=1e-6)
    batches = predictor.predict_stream([np.stack([image, image])], focal_length=[LEARNT, 1.6])
    np.testing.assert_allclose(next(batches).mean(axis=(1, 2, 3)), [2, 4], rtol=1e-6)
    with pytest.raises(ValueError, match="Give the camera in one way"):
        next(predictor.predict_stream(stream, intrinsics=camera, focal_length=1))
    with pytest.raises(ValueError, match="of 40x50"):
        list(predictor.predict_stream([image[:40, :50]], intrinsics=camera))
