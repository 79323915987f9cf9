"""`predict.py --save ply glb` and its camera flags, from the command line to the files."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from densedepth_tf.commands.arguments.camera_arguments import CAMERAS
from densedepth_tf.commands.predict import main
from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.outputs.output_record import RECORD_FILE
from densedepth_tf.geometry.back_projection import project
from densedepth_tf.geometry.cameras.camera_presets import CAMERA_PRESETS
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix


@pytest.fixture
def photo(tmp_path, rng):
    path = tmp_path / "photos" / "photo.png"
    path.parent.mkdir()
    Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(path)
    return path


@pytest.fixture
def predict(capsys, checkpoint, photo, tmp_path):
    """Exit code, standard output and standard error of `predict.py` on `photo`."""

    def run(*arguments):
        flags = ["--checkpoint", checkpoint, "--input", photo.parent, "--output", tmp_path / "out"]
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in [*flags, *arguments]])
        return leaving.value.code or 0, *capsys.readouterr()

    return run


def test_points_project_back_onto_their_pixels(predict, photo, tmp_path):
    flags = ("--intrinsics", "50,52,31,24", "--edge-filter", "90")
    code, _, errors = predict("--save", "ply", "glb", "png,tiff", *flags)
    assert code == 0 and not errors
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        *("photo.ply", "photo.glb", "photo.depth.png", "photo.depth.json", "photo.depth.tiff"),
        RECORD_FILE,
    }
    cloud = trimesh.load(tmp_path / "out/photo.ply")
    assert len(cloud.vertices) == 48 * 64
    columns, rows = project(cloud.vertices, intrinsics_matrix(50, 52, 31, 24)).T
    rows, columns = rows.round().astype(int), columns.round().astype(int)
    picture = np.asarray(Image.open(photo))
    np.testing.assert_array_equal(cloud.colors[:, :3], picture[rows, columns])
    depth = read_depth(tmp_path / "out/photo.depth.tiff")[..., 0]
    np.testing.assert_allclose(cloud.vertices[:, 2], depth[rows, columns], rtol=1e-6)
    [seen] = trimesh.load(tmp_path / "out/photo.glb").geometry.values()
    np.testing.assert_array_equal(seen.vertices, cloud.vertices * [1, -1, -1])
    told = json.loads((tmp_path / "out/photo.depth.json").read_text())
    assert told["intrinsics"] == {"fx": 50, "fy": 52, "cx": 31, "cy": 24}
    assert told["image"] == str(photo) and told["checkpoint"].endswith("model.keras")
    assert told["min"] <= told["median"] <= told["max"]


def test_an_unknown_camera_is_warned_of_once(predict, photo):
    for index in range(3):
        Image.open(photo).save(photo.with_name(f"{index}.png"))
    code, _, errors = predict("--save", "ply", "--point-stride", "8", "--edge-filter", "90")
    assert code == 0 and errors.count("\n") == 1
    assert "warning: the camera of 4 point clouds is not known; 63 degrees" in errors
    for known in (("--hfov", "60"), ("--camera", "nyu"), ("--intrinsics", "60,60,32,24")):
        assert predict("--save", "ply", "--edge-filter", "90", *known)[2] == ""
    assert predict("--save", "png")[2] == ""


def test_another_scale_is_declared_and_read_back(predict, tmp_path):
    code, _, _ = predict("--save", "png,npy", "--depth-png-scale", "0.00390625")
    assert code == 0
    exact = np.load(tmp_path / "out/photo.depth.npy", allow_pickle=False)
    read = read_depth(tmp_path / "out/photo.depth.png")[..., 0]
    np.testing.assert_allclose(read, exact, atol=1 / 512 + 1e-6)
    assert json.loads((tmp_path / "out/photo.depth.json").read_text())["unit"] is None


def test_depth_that_a_small_unit_cannot_hold_is_reported(predict, tmp_path):
    code, _, errors = predict("--save", "png", "--depth-png-scale", "1e-7")
    assert code == 0 and "beyond 0.0065534 m" in errors
    assert (read_depth(tmp_path / "out/photo.depth.png") <= 65534e-7).all()


def test_a_picture_the_camera_does_not_fit_is_skipped_and_named(predict, photo, tmp_path):
    Image.new("RGB", (48, 64), "red").save(photo.with_name("tall.png"))
    code, _, errors = predict(
        *("--save", "png", "ply", "--camera", "nyu", "--edge-filter", "90"),
    )
    assert code == 1 and "Skipped 1 file:" in errors and "tall.png': The camera takes" in errors
    assert not list((tmp_path / "out").glob("tall*"))


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (("--intrinsics", "1,2,3"), "'1,2,3'"),
        (("--intrinsics", "a,b,c,d"), "'a,b,c,d'"),
        (("--intrinsics", "0,5,3,3"), "'0,5,3,3'"),
        (("--intrinsics", "nan,5,3,3"), "'nan,5,3,3'"),
        (("--intrinsics", "585,585,320,240"), "do not fit an image of 48x64"),
        (("--hfov", "180"), "'180'"),
        (("--hfov", "-5"), "'-5'"),
        (("--hfov", "wide"), "'wide'"),
        (("--camera", "webcam"), "webcam"),
        (("--hfov", "60", "--camera", "nyu"), "not allowed with"),
        (("--intrinsics-size", "480x640"), "needs --intrinsics"),
        (("--intrinsics-size", "480"), "480x640"),
        (("--edge-filter", "0"), "edge filter"),
        (("--point-stride", "0"), "stride=0"),
        (("--depth-png-scale", "-1"), "-1"),
        (("--camera", "kitti"), "375x1242"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(predict, tmp_path, flags, word):
    code, shown, errors = predict("--save", "ply", *flags)
    assert code == 2 and not shown
    assert errors.startswith("predict.py: error: ") and word in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_one_line(predict, tmp_path):
    (tmp_path / "out" / "photo.ply" / "in the way").mkdir(parents=True)
    code, _, errors = predict("--save", "ply", "--hfov", "60", "--edge-filter", "90")
    assert code == 2 and "Cannot write '" in errors and errors.count("\n") == 1
    assert [path.name for path in Path(tmp_path / "out").iterdir()] == ["photo.ply"]


def test_the_flag_offers_every_preset():
    assert tuple(CAMERA_PRESETS) == CAMERAS
