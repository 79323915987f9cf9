import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from densedepth_tf.data.rooms.rooms import RoomsSource
from densedepth_tf.data.rooms.rooms_folder import read_rooms
from densedepth_tf.data.rooms.rooms_writer import RoomsSettings, write_rooms
from densedepth_tf.files.images.image_file import read_image

SIZE = (24, 32)


def _command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "densedepth_tf", "rooms", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.long
def test_command_writes_continues_and_refuses_other_settings(tmp_path):
    output = tmp_path / "rooms"
    flags = ["--output", output, "--num-train", 3, "--num-validation", 1, "--num-test", 2,
             "--image-size", "24x32", "--workers", 2]  # fmt: skip
    first = _command(*flags)
    assert first.returncode == 0, first.stderr
    assert "6 rendered, 0 kept" in first.stdout
    kept = (output / "train/00000.jpg").stat().st_mtime_ns
    (output / "train/00001.png").unlink()
    (output / "test.csv").unlink()

    again = _command(*flags)
    assert again.returncode == 0, again.stderr
    assert "1 rendered, 5 kept" in again.stdout
    assert (output / "train/00000.jpg").stat().st_mtime_ns == kept
    assert not [path for path in output.rglob(".*")]
    with open(output / "test.csv") as file:
        assert list(csv.reader(file))[1] == ["test/00001.jpg", "test/00001.png"]
    assert json.loads((output / "rooms.json").read_text())["image_size"] == [24, 32]
    assert np.loadtxt(output / "intrinsics.txt").shape == (3, 3)

    refused = _command(*flags, "--seed", 1)
    assert refused.returncode == 2
    assert "seed" in refused.stderr and refused.stderr.count("\n") == 1


@pytest.mark.parametrize("hand_held", [0.0, 1.0])
def test_folder_reads_back_what_the_source_renders(tmp_path, hand_held):
    settings = RoomsSettings(SIZE, image_format="png", hand_held=hand_held)
    write_rooms(tmp_path, {"test": 2}, settings, 1, progress=False)
    written = read_rooms(tmp_path, "test")
    rendered = RoomsSource("test", 2, SIZE, hand_held=hand_held)
    assert len(written) == 2 and written.title == "rooms/test"
    for index in range(2):
        np.testing.assert_array_equal(written[index]["image"], rendered[index]["image"])
        np.testing.assert_allclose(written[index]["depth"], rendered[index]["depth"], atol=6e-4)
        np.testing.assert_allclose(
            written[index]["intrinsics"], rendered[index]["intrinsics"], rtol=1e-6
        )
    with pytest.raises(ValueError, match=r"train\.csv"):
        read_rooms(tmp_path, "train")


def test_a_folder_from_before_cameras_were_carried_goes_on(tmp_path):
    write_rooms(tmp_path, {"test": 1}, RoomsSettings(SIZE), 1, progress=False)
    settings = json.loads((tmp_path / "rooms.json").read_text())
    assert settings.pop("hand_held") == 0
    (tmp_path / "rooms.json").write_text(json.dumps(settings))
    with pytest.raises(ValueError, match="another hand_held"):
        write_rooms(tmp_path, {"test": 2}, RoomsSettings(SIZE, hand_held=0.5), 1, progress=False)
    assert write_rooms(tmp_path, {"test": 2}, RoomsSettings(SIZE), 1, progress=False) == 1


@pytest.mark.parametrize("damaged", ["[1, 2]", '"rooms"', "{"])
def test_damaged_settings_are_named(tmp_path, damaged):
    (tmp_path / "rooms.json").write_text(damaged)
    with pytest.raises(ValueError, match=r"rooms\.json' is damaged"):
        write_rooms(tmp_path, {"test": 1}, RoomsSettings(SIZE), 1, progress=False)


def test_walks_and_stereo_pairs(tmp_path):
    settings = RoomsSettings(SIZE, path_frames=3, stereo=True)
    assert write_rooms(tmp_path, {"train": 4}, settings, 1, progress=False) == 4
    poses = [np.loadtxt(tmp_path / f"train/0000{index}.pose.txt") for index in range(4)]
    assert 0 < np.linalg.norm(poses[2] - poses[1]) < 0.2
    assert np.linalg.norm(poses[3] - poses[2]) > 0.2
    left = read_image(tmp_path / "train/00000.jpg")
    right = read_image(tmp_path / "train/00000.right.jpg")
    assert left.shape == right.shape == (*SIZE, 3)
    assert (left != right).any()


@pytest.mark.parametrize(
    "change",
    [
        {"seed": -1},
        {"path_frames": -1},
        {"baseline": 0.0},
        {"hand_held": 1.5},
        {"hand_held": 0.5, "path_frames": 3},
    ],
)
def test_bad_settings_are_refused(change):
    with pytest.raises(ValueError, match="Received"):
        RoomsSettings(**change)


def test_nothing_to_render_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one image"):
        write_rooms(tmp_path / "none", {"train": 0})
    assert not (tmp_path / "none").exists()
