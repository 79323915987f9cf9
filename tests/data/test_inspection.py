import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from densedepth_tf.data.checks.inspection import inspect_source
from densedepth_tf.data.sources import open_source


@pytest.fixture
def folder(tmp_path, pictures) -> Path:
    folder = tmp_path / "mine"
    for i in range(8):
        pictures.pair(folder, f"{i}.jpg", f"{i}.png", seed=i)
    return folder


def densedepth(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "densedepth_tf", *map(str, arguments)]
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_a_good_folder(folder):
    found = inspect_source(open_source("folder", folder, "train"))
    assert (found.num_images, found.num_read) == (8, 8)
    assert found.image_sizes == {(24, 32): 8}
    assert found.min_depth == pytest.approx(1.0, abs=0.02)
    assert found.max_depth == pytest.approx(3.7, abs=0.01)
    assert found.missing_share == pytest.approx(4 / (24 * 32))
    assert not found.bad and not found.warnings
    few = inspect_source(open_source("folder", folder, "train"), num_images=3)
    assert few.num_read == 3


def test_warnings(folder, pictures):
    for i in range(8):
        same = np.full((24, 32), 0, np.uint16)
        same[:1, :5] = 270
        (folder / f"{i}.png").write_bytes(pictures.png(same))
    warnings = inspect_source(open_source("folder", folder, "train")).warnings
    assert "0.270 m" in warnings[0] and "`depth_scale`" in warnings[0]
    assert "same everywhere in 8" in warnings[1] and "missing" in warnings[2]


def test_the_command_prints_metres(folder):
    ran = densedepth("inspect", "--dataset", "folder", "--data-dir", folder)
    assert ran.returncode == 0, ran.stderr
    assert "8 (8 looked at)" in ran.stdout and "24x32 (8)" in ran.stdout
    assert "max 3.700 m" in ran.stdout and "missing depth  0.5%" in ran.stdout


def test_bad_samples_are_named_and_exit_1(folder):
    (folder / "3.jpg").write_bytes((folder / "3.jpg").read_bytes()[:100])
    ran = densedepth("inspect", "--dataset", "folder", "--data-dir", folder)
    assert ran.returncode == 1
    assert "bad samples    1" in ran.stdout and "3.jpg' is a JPEG that is cut off" in ran.stdout


def test_nothing_readable_exits_2_in_one_line(folder, tmp_path):
    for file in folder.glob("*.jpg"):
        file.write_bytes(b"")
    for data_dir in (folder, tmp_path / "none"):
        ran = densedepth("inspect", "--dataset", "folder", "--data-dir", data_dir)
        assert ran.returncode == 2 and "Traceback" not in ran.stderr
        lines = [line for line in ran.stderr.replace("\r", "\n").splitlines() if "error" in line]
        assert len(lines) == 1 and lines[0].startswith("python -m densedepth_tf inspect: error: ")
        assert str(data_dir) in lines[0] or "0.jpg' is empty" in lines[0]


def test_left_out_images_are_one_warning_line(folder):
    (folder / "5.png").unlink()
    ran = densedepth("inspect", "--dataset", "folder", "--data-dir", folder)
    assert ran.returncode == 0
    assert "warning: 1 photographs" in ran.stderr and "'5.jpg'" in ran.stderr


@pytest.mark.long
def test_the_tfrecord_command(folder, tmp_path):
    (folder / "3.jpg").write_bytes(b"")
    flags = ["--dataset", "folder", "--data-dir", folder, "--output", tmp_path / "out"]
    refused = densedepth("tfrecord", *flags, "--strict")
    assert refused.returncode == 2 and "3.jpg' is empty" in refused.stderr
    assert not list(tmp_path.glob("out/*"))
    ran = densedepth("tfrecord", *flags, "--num-shards", 2)
    assert ran.returncode == 0, ran.stderr
    assert "7 samples in 2 shards" in ran.stdout and "1 bad sample left out" in ran.stdout
    assert "warning: left out: " in ran.stderr and "3.jpg" in ran.stderr
    found = inspect_source(open_source("tfrecord", tmp_path / "out", "train"))
    assert found.num_images == 7 and found.max_depth == pytest.approx(3.7, abs=0.01)


def test_the_list_of_commands():
    ran = densedepth("--help")
    assert ran.returncode == 0
    for command in ("train", "evaluate", "predict", "export", "inspect", "tfrecord", "rooms"):
        assert f"\n  {command} " in ran.stdout
    unknown = densedepth("trian")
    assert unknown.returncode == 2 and unknown.stderr.count("\n") == 1
    assert "unknown command 'trian'" in unknown.stderr


def test_depth_out_of_a_models_reach_is_warned_of(folder):
    source = open_source("folder", folder, "train")
    assert not inspect_source(source, model_range=(0.5, 10.0)).warnings
    found = inspect_source(source, model_range=(0.5, 2.0))
    depth = np.stack([source[index]["depth"] for index in range(len(source))])
    assert found.outside == pytest.approx((depth > 2).sum() / (depth > 0).sum())
    (warning,) = found.warnings
    assert f"{100 * found.outside:.3g} % of the depth lies outside 0.5..2 m" in warning
