"""`predict.py --calibrate`, from the command line to a checkpoint in metres.

The network of these tests reads inverse depth off the picture's first two channels, in a unit of
its own: pictures painted with true depth get exactly relative depth.
"""

import json

import cv2
import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf import PoseNetwork
from densedepth_tf.commands.predict import main
from densedepth_tf.data.rooms.rendering.renderer import cast_depth
from densedepth_tf.data.rooms.rooms import random_camera, random_room
from densedepth_tf.geometry.cameras.intrinsics import horizontal_fov, nyu_intrinsics
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.monodepth2.disparity_codec import DisparityCodec

SIZE = 96, 128
HEIGHT = 1.4
METRES = 7.0  # per unit of the network
CODEC = DisparityCodec(0.01, 10)
NYU = ("--camera", "nyu")


@keras.saving.register_keras_serializable(package="calibration_tests")
class PaintedDepth(DepthEstimator):
    def __init__(self, min_depth=CODEC.min_depth, max_depth=CODEC.max_depth, name=None):
        image = keras.Input((None, None, 3))
        digits = keras.layers.Conv2D(1, 1, use_bias=False, dtype="float32")
        super().__init__(image, digits(image), DisparityCodec(min_depth, max_depth), name=name)
        digits.set_weights([np.reshape([256 * 255 / 65535, 255 / 65535, 0], (1, 1, 3, 1))])

    def get_config(self):
        return {"min_depth": self.min_depth, "max_depth": self.max_depth, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def paint(path, metres):
    """Writes a picture that `PaintedDepth` sees `metres` / METRES in."""
    digits = np.round(65535 * np.asarray(CODEC.to_target(metres / METRES))).astype(np.uint16)
    picture = np.dstack([digits >> 8, digits & 255, np.zeros_like(digits)]).astype(np.uint8)
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), picture[..., ::-1])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    PaintedDepth().save(folder / "model.keras")
    return folder


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    """Six painted rooms, photographed from 1.4 m, and the true depth of the first."""
    folder = tmp_path_factory.mktemp("rooms")
    for index in range(6):
        scene = random_room(index)
        pose = random_camera(scene, index)
        depth, _ = cast_depth(scene, pose, nyu_intrinsics(SIZE), SIZE)
        depth *= HEIGHT / pose[2, 3]
        paint(folder / f"{index}.png", depth)
        if index == 0:
            truth = depth
    return folder, truth


@pytest.fixture
def predict(capsys, run, rooms, tmp_path):
    """Exit code, standard output and standard error of `predict.py` on the rooms."""

    def predict(*arguments, checkpoint=run, source=rooms[0]):
        flags = ["--checkpoint", checkpoint, "--input", source, "--output", tmp_path / "out"]
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in [*flags, "--save", "npy", "png", *arguments]])
        return leaving.value.code or 0, *capsys.readouterr()

    return predict


def error_of(path, truth):
    return np.median(np.abs(np.load(path, allow_pickle=False) / truth - 1))


@pytest.mark.long
def test_height_gives_metres_and_a_checkpoint_that_keeps_them(predict, run, rooms, tmp_path):
    truth = rooms[1]
    pose = PoseNetwork(encoder_weights=None)
    pose.save(run / "pose.keras")
    kept = ("--save-calibrated", tmp_path / "metric")
    code, shown, errors = predict("--calibrate", f"height={HEIGHT}", *NYU, *kept)
    assert code == 0 and not errors
    assert shown.startswith("Depth x ") and "camera 1.4 m above the ground" in shown
    assert f"Calibrated checkpoint: {tmp_path / 'metric'}" in shown
    assert error_of(tmp_path / "out/0.depth.npy", truth) < 0.03
    told = json.loads((tmp_path / "out/0.depth.json").read_text())
    assert told["calibration_factor"] == pytest.approx(METRES, rel=0.03)

    metric = densedepth_tf.load(tmp_path / "metric")
    record = json.loads((tmp_path / "metric/calibration.json").read_text())
    factor = record["factor"]
    assert factor == told["calibration_factor"] and record["checkpoint"] == str(run)
    assert (metric.min_depth, metric.max_depth) == pytest.approx((0.01 * factor, 10 * factor))
    moved = densedepth_tf.load_motion(tmp_path / "metric").pose_network
    old, new = (network.get_layer("pose_conv_3").get_weights()[0] for network in (pose, moved))
    np.testing.assert_allclose(new[..., :6], old[..., :6] * ([1] * 3 + [factor] * 3), rtol=1e-6)
    before = np.load(tmp_path / "out/3.depth.npy", allow_pickle=False)
    code, shown, _ = predict(checkpoint=tmp_path / "metric")
    assert code == 0 and "Depth x" not in shown
    np.testing.assert_allclose(np.load(tmp_path / "out/3.depth.npy"), before, rtol=1e-5)
    assert json.loads((tmp_path / "out/0.depth.json").read_text())["calibration_factor"] is None
    # A second copy would replace the first.
    code, _, errors = predict("--calibrate", "height=1.4", *NYU, *kept)
    assert code == 2 and "holds a model.keras already" in errors


def test_two_known_depths_of_one_of_the_pictures(predict, rooms, tmp_path):
    folder, truth = rooms
    known = [f"{u},{v}={truth[v, u]:.4f}" for u, v in ((20, 80), (100, 70))]
    on = ("--calibrate-on", folder / "0.png")
    code, shown, errors = predict("--calibrate", *known, *on)
    assert code == 0 and not errors and "2 known depths, which differ by 0%" in shown
    assert error_of(tmp_path / "out/0.depth.npy", truth) < 0.002
    # A single picture needs no telling which.
    code, shown, _ = predict("--calibrate", *known, source=folder / "0.png")
    assert code == 0 and "Depth x 7" in shown
    known[1] = f"100,70={2 * truth[70, 100]:.4f}"
    code, _, errors = predict("--calibrate", *known, *on)
    assert code == 0 and "warning: the known depths disagree by 100%" in errors


def test_a_video_is_calibrated_on_its_own_frames(predict, rooms, tmp_path, make_clip):
    image = cv2.imread(str(rooms[0] / "0.png"))[..., ::-1]
    clip = make_clip("clip.avi", [image] * 3, codec="ffv1", pixels="bgr0")
    given = ("--calibrate", f"height={HEIGHT}", "--save", "video", "--depth-range", "model")
    fov = horizontal_fov(nyu_intrinsics(SIZE), SIZE)
    code, shown, _ = predict(*given, "--hfov", f"{fov:.3f}", source=clip)
    assert code == 0 and "seen in 3 of 3 images" in shown
    assert error_of(tmp_path / "out/clip/000002.depth.npy", rooms[1]) < 0.1
    # The range of colours is the model's, in metres.
    near, far = shown.split("colours ")[1].split(" m:")[0].split(" to ")
    factor = float(shown.split()[2].rstrip(":"))
    assert float(near) == pytest.approx(0.01 * factor, rel=1e-3)
    assert float(far) == pytest.approx(10 * factor, rel=1e-3)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--calibrate", "height=1.4"], "pass --hfov, --intrinsics or --camera"),
        (["--calibrate", "height=1.4", "--intrinsics", "9,9,500,4"], "do not fit"),
        (["--calibrate", "height=0", *NYU], "Received: 'height=0'"),
        (["--calibrate", "1.4", *NYU], "COLUMN,ROW=METRES"),
        (["--calibrate", "height=1", "height=2", *NYU], "takes one height"),
        (["--calibrate", "height=1", "2,2=2", *NYU], "pass one of --calibrate height=METRES"),
        (["--calibrate", "2,2=2", "3,3=1"], "one image: tell which"),
        (["--calibrate", "2,2=2", "--calibrate-on", "ROOMS/0.png"], "two or more"),
        (["--calibrate", "2,2=2", "200,2=2", "--calibrate-on", "ROOMS/0.png"], "0 to 127"),
        (["--calibrate", "height=1", *NYU, "--calibrate-on", "WALL"], "No ground in view"),
        (["--calibrate", "height=1", *NYU, "--calibrate-on", "BAD"], "can be read"),
        (["--calibrate", "2,2=2", "3,3=1", "--calibrate-on", "BAD"], "bad.png"),
        (["--calibrate", "height=1", *NYU, "--calibrate-on", "nowhere"], "nowhere"),
        (["--save-calibrated", "x"], "--save-calibrated needs --calibrate"),
        (["--calibrate-on", "x"], "--calibrate-on needs --calibrate"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(predict, rooms, tmp_path, flags, message):
    paint(tmp_path / "wall.png", np.full(SIZE, 3.0))
    (tmp_path / "bad.png").write_bytes(b"neither")
    places = {"ROOMS": rooms[0], "WALL": tmp_path / "wall.png", "BAD": tmp_path / "bad.png"}
    for word, place in places.items():
        flags = [flag.replace(word, str(place)) for flag in flags]
    code, shown, errors = predict(*flags)
    assert code == 2 and not shown and errors.count("\n") == 1 and message in errors
    assert not (tmp_path / "out").exists()


@pytest.mark.long
def test_an_exported_artefact_is_calibrated_but_not_saved(predict, run, rooms, tmp_path):
    from densedepth_tf.export.saved_model import export_saved_model

    export_saved_model(densedepth_tf.load(run), tmp_path / "exported")
    given = ("--calibrate", f"height={HEIGHT}", *NYU)
    code, _, _ = predict(*given, checkpoint=tmp_path / "exported")
    assert code == 0 and error_of(tmp_path / "out/0.depth.npy", rooms[1]) < 0.03
    kept = ("--save-calibrated", tmp_path / "metric")
    code, _, errors = predict(*given, *kept, checkpoint=tmp_path / "exported")
    assert code == 2 and "A SavedModelEstimator cannot be saved with a factor" in errors
    assert not (tmp_path / "metric").exists()
