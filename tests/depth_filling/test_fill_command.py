"""`python -m densedepth_tf fill` on folders, as a user runs it."""

import os
import signal
import subprocess
import sys
import time

import cv2
import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.commands.fill import main
from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.sources import open_source
from densedepth_tf.depth_filling import fill_depth
from densedepth_tf.files.depth.depth_file import encode_depth_png, read_depth
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.files.outputs.output_record import RECORD_FILE


@pytest.fixture
def write_pairs(tmp_path, rng):
    """`write_pairs(count, size)` writes rgb/N.png and depth/N.png in millimetres, half missing."""

    def write(count, size=(20, 30), scale=0.001, far=5.0):
        for number in range(count):
            depth = np.where(rng.random(size) < 0.5, rng.uniform(1, far, size), 0)
            for name in ("rgb", "depth"):
                (tmp_path / "data" / name).mkdir(parents=True, exist_ok=True)
            image = rng.integers(0, 256, (*size, 3), np.uint8)
            cv2.imwrite(str(tmp_path / "data" / "rgb" / f"{number}.png"), image)
            path = tmp_path / "data" / "depth" / f"{number}.png"
            if scale == 0.001:
                path.write_bytes(encode_depth_png(depth))
            else:  # does not say its scale
                cv2.imwrite(str(path), np.rint(depth / scale).astype(np.uint16))
        return tmp_path / "data", tmp_path / "filled"

    return write


def run(*arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


def test_a_folder_is_filled_and_a_second_run_leaves_it_alone(write_pairs, capsys):
    data, output = write_pairs(3)
    assert run("--data-dir", data, "--output", output, "--jobs", 2) == 0
    assert "3 depth maps filled (exact), metres = value * 0.001" in capsys.readouterr().out
    for number in range(3):
        image = read_image(data / "rgb" / f"{number}.png")
        expected = fill_depth(image, read_depth(data / "depth" / f"{number}.png"))
        filled = read_depth(output / "depth" / f"{number}.png")
        assert filled.min() > 0
        np.testing.assert_allclose(filled, expected, atol=0.00051)
    (output / "depth" / "1.png").unlink()
    kept = (output / "depth" / "0.png").stat().st_mtime_ns
    (output / "depth" / "2.png").write_bytes(b"part")
    assert run("--data-dir", data, "--output", output) == 0
    assert "2 depth maps filled (exact), metres = value * 0.001, 1 were" in capsys.readouterr().out
    assert (output / "depth" / "0.png").stat().st_mtime_ns == kept
    assert run("--data-dir", data, "--output", output, "--overwrite") == 0
    assert read_depth(output / "depth" / "0.png").min() > 0


def test_kittis_scale_comes_in_and_goes_out(write_pairs, capsys):
    data, output = write_pairs(1, scale=1 / 256, far=80.0)
    scales = "--depth-scale", 0.00390625, "--depth-png-scale", 0.00390625
    assert run("--data-dir", data, "--output", output, *scales, "--alpha", 0.5) == 0
    image = read_image(data / "rgb" / "0.png")
    depth = read_depth(data / "depth" / "0.png", 1 / 256)
    filled = read_depth(output / "depth" / "0.png")
    np.testing.assert_allclose(filled, fill_depth(image, depth, 0.5), atol=0.002)
    assert run("--data-dir", data, "--output", output, *scales[:2], "--overwrite") == 0
    assert "1 depth maps reach beyond 65.534 m" in capsys.readouterr().err


def test_the_approximate_method_says_so(write_pairs, capsys):
    data, output = write_pairs(1)
    assert run("--data-dir", data, "--output", output, "--method", "approximate") == 0
    assert "1 depth maps filled (approximate)" in capsys.readouterr().out


def test_bad_pairs_are_named_and_left_out(write_pairs, capsys):
    data, output = write_pairs(2)
    (data / "depth" / "0.png").write_bytes(encode_depth_png(np.zeros((20, 30))))
    assert run("--data-dir", data, "--output", output) == 1
    printed = capsys.readouterr()
    assert "1 depth maps filled" in printed.out
    assert "depth/0.png' has no valid depth" in printed.err
    assert run("--data-dir", data, "--output", output, "--overwrite", "--strict") == 2
    (data / "depth" / "1.png").write_bytes(b"")
    assert run("--data-dir", data, "--output", output, "--overwrite") == 2
    assert "None of 2 pairs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--jobs", 0), "--jobs is at least 1"),
        (("--alpha", -1), "alpha is a finite number above 0"),
        (("--depth-png-scale", 0), "positive metres per unit"),
    ],
)
def test_wrong_flags_are_one_line(write_pairs, capsys, flags, message):
    data, output = write_pairs(1)
    assert run("--data-dir", data, "--output", output, *flags) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not output.exists()


def test_inputs_are_never_replaced(write_pairs, capsys):
    data, _ = write_pairs(1)
    before = (data / "depth" / "0.png").read_bytes()
    assert run("--data-dir", data, "--output", data, "--overwrite") == 2
    assert "would replace the input" in capsys.readouterr().err
    assert (data / "depth" / "0.png").read_bytes() == before


def test_two_depth_maps_never_share_an_output(write_pairs, capsys):
    data, output = write_pairs(1)
    np.save(data / "depth" / "0.npy", np.ones((20, 30), np.float32))
    (data / "list.csv").write_text("rgb/0.png,depth/0.png\nrgb/0.png,depth/0.npy\n")
    assert run("--data-dir", data / "list.csv", "--output", output) == 2
    assert "2 depth maps would be written to" in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_leaves_whole_files_and_the_next_run_goes_on(write_pairs, capsys):
    data, output = write_pairs(30, (120, 160))
    command = [sys.executable, "-m", "densedepth_tf", "fill", "--data-dir", data]
    process = subprocess.Popen(
        [*map(str, command), "--output", str(output), "--jobs", "2"], stderr=subprocess.PIPE
    )
    patience = time.monotonic() + 120
    while not list(output.glob("depth/*.png")) and time.monotonic() < patience:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    done = sorted(output.glob("depth/*.png"))
    assert process.returncode == 130
    assert "interrupted; run the same command again to go on" in error.decode()
    assert 0 < len(done) < 30
    assert all(read_depth(path).shape == (120, 160, 1) for path in done)
    assert {path.name for path in output.iterdir()} == {"depth", RECORD_FILE}
    assert len(list((output / "depth").iterdir())) == len(done)
    assert run("--data-dir", data, "--output", output) == 0
    assert f"{30 - len(done)} depth maps filled" in capsys.readouterr().out


def test_kittis_scans_become_filled_pairs_by_one_command(tmp_path, capsys):
    kitti.write_drive(tmp_path / "raw")
    (tmp_path / "list.txt").write_text("".join(f"{kitti.NAME} {n} l\n" for n in (0, 2)))
    arguments = ("--dataset", "kitti", "--data-dir", tmp_path / "raw", "--jobs", 2)
    arguments += ("--split-file", tmp_path / "list.txt", "--depth-png-scale", 1 / 256)
    assert run(*arguments, "--output", tmp_path / "filled") == 0
    assert "2 depth maps filled (exact), metres = value * 0.00390625" in capsys.readouterr().out
    filled, scans = (
        FolderSource(tmp_path / "filled"),
        open_source("kitti", tmp_path / "raw", "train"),
    )
    assert len(filled) == 2
    for sample, scan in zip(filled, (scans[0], scans[1]), strict=True):
        np.testing.assert_array_equal(sample["image"], scan["image"])
        assert (sample["depth"] > 0).all() and not (scan["depth"] > 0).all()
        known = scan["depth"] > 0
        np.testing.assert_allclose(sample["depth"][known], scan["depth"][known], atol=0.2)
    folder = ("--data-dir", tmp_path / "filled", "--output", tmp_path / "again")
    assert run(*folder, "--split-file", tmp_path / "list.txt") == 2
    assert "--split-file does not apply to 'folder'" in capsys.readouterr().err
