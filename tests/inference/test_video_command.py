import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from densedepth_tf.commands.predict import main

# `predict.py` with a model of 50 ms per frame that needs no TensorFlow and says when it is busy.
SLOW = """
import sys, time
import numpy as np
from densedepth_tf.commands.predict import main
from densedepth_tf.commands.shell import command_line
from densedepth_tf.geometry.depth_model import as_depth_model
from densedepth_tf.inference import predict_to_folder

class Slow:
    def predict_depth(self, images):
        print("busy", flush=True)
        time.sleep(0.05 * len(images))
        return np.full((*images.shape[:3], 1), 2.0, np.float32)

predict_to_folder.quick_load = lambda path, *depth_range: as_depth_model(Slow())
command_line._start_tensorflow = lambda: None
main(sys.argv[1:])
"""


def predict(capsys, *arguments):
    with pytest.raises(SystemExit) as leaving:
        main([str(argument) for argument in arguments])
    return leaving.value.code or 0, *capsys.readouterr()


def test_a_real_model_gives_the_same_colours_on_both_paths(
    capsys, checkpoint, make_clip, tmp_path, rng
):
    """A video alone is predicted at the network's size, files of metres at the clip's."""
    coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    path = make_clip("a.mp4", [coarse.repeat(40, 0).repeat(40, 1)] * 3)
    arguments = ("--checkpoint", checkpoint, "--input", path, "--depth-range", "0,10")
    pictures = []
    for folder, words in (("fast", "video"), ("exact", "video,npy")):
        code, shown, errors = predict(
            capsys, *arguments, "--output", tmp_path / folder, "--save", words
        )
        assert code == 0 and "3 frames in" in shown and "frames/s" in shown and not errors
        with av.open(str(tmp_path / folder / "a_depth.mp4")) as container:
            pictures.append([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])
    difference = abs(np.asarray(pictures[0], int) - np.asarray(pictures[1]))
    assert difference.mean() < 2


def test_a_damaged_tail_is_a_warning_and_exit_code_0(capsys, checkpoint, make_clip, rng, tmp_path):
    images = [rng.integers(0, 256, (48, 64, 3), dtype=np.uint8) for _ in range(8)]
    path = make_clip("a.mkv", images)
    path.write_bytes(path.read_bytes()[: int(0.8 * path.stat().st_size)])
    arguments = ("--checkpoint", checkpoint, "--input", path, "--output", tmp_path / "out")
    code, shown, errors = predict(capsys, *arguments, "--smoothing", "0.5", "--depth-range", "auto")
    assert code == 0 and "frames in" in shown
    assert errors.startswith("warning: ") and "cut off" in errors
    assert (tmp_path / "out/a_depth.mp4").is_file()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"--input": "text.mp4"}, "text.mp4"),
        ({"--input": "empty.mp4"}, "0 bytes"),
        ({"--input": "camera:97"}, "webcam 97"),
        ({"--input": "97"}, "webcam 97"),
        ({"--input": "pixel.png"}, "pixel.png"),
        ({"--video-style": "red"}, "--video-style"),
        ({"--smoothing": "1.5"}, "--smoothing"),
        ({"--every": "0"}, "--every"),
        ({"--max-frames": "0"}, "--max-frames"),
        ({"--depth-range": "5,2"}, "--depth-range"),
        ({"--depth-range": "1,2", "--max-depth": "3"}, "--depth-range"),
        ({"--min-depth": "10", "--depth-range": "model"}, "max_depth"),
        ({"--output": "text.mp4/out"}, "text.mp4"),
    ],
)
def test_bad_video_input_is_one_line_and_exit_code_2(
    capfd, monkeypatch, checkpoint, grey_clip, tmp_path, change, word
):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.mp4").write_bytes(b"no video")
    (tmp_path / "empty.mp4").touch()
    Image.new("RGB", (1, 1)).save(tmp_path / "pixel.png")
    path = grey_clip("a.mp4", [100, 150])
    flags = {"--checkpoint": checkpoint, "--input": path, "--output": "out"} | change
    code, shown, errors = predict(capfd, *(item for pair in flags.items() for item in pair))
    assert code == 2 and not shown
    assert errors.startswith("predict.py: error: ") and word in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.fixture
def busy(grey_clip, tmp_path):
    """`busy()` starts `predict.py` on a clip of 200 frames and returns once it predicts."""
    path = grey_clip("a.mp4", range(10, 210))
    output = tmp_path / "out"
    (tmp_path / "slow.keras").touch()
    arguments = ["--checkpoint", tmp_path / "slow.keras", "--input", path]
    arguments += ["--output", output, "--batch-size", "1"]
    processes = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        processes.append(process)
        for _ in range(20):
            if process.stdout.readline() != "busy\n":
                break
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_and_sigterm_leave_a_playable_part_or_nothing(
    busy, tmp_path, presses, number, code, word
):
    process, output = busy(), tmp_path / "out"
    for _ in range(presses):
        process.send_signal(number)
        time.sleep(0.005)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code, errors
    assert errors.startswith(f"predict.py: {word}") and errors.count("\n") == 1
    if presses == 2:  # in time for the second, or finished before it
        left = {entry.name for entry in output.iterdir()} if output.exists() else set()
        assert left <= {"a_depth.part.mp4"}
        return
    assert [entry.name for entry in output.iterdir()] == ["a_depth.part.mp4"]
    assert "a_depth.part.mp4: a part, the first" in errors
    with av.open(str(output / "a_depth.part.mp4")) as container:
        stream = container.streams.video[0]
        count = sum(1 for _ in container.decode(stream))
        assert 5 <= count < 100 and stream.frames == count and stream.average_rate == 25
    assert f"the first {count} frames" in errors


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_a_second_process_is_told_and_what_a_killed_one_left_goes(busy, tmp_path):
    first, output = busy(), tmp_path / "out"
    second = busy()
    _, errors = second.communicate(timeout=30)
    assert second.returncode == 2 and errors.count("\n") == 1
    assert f"Another process ({first.pid} on" in errors and "a_depth.mp4" in errors
    first.kill()
    first.wait()
    assert any(entry.is_dir() for entry in output.iterdir())  # its half video
    third = busy()
    third.send_signal(signal.SIGTERM)
    _, errors = third.communicate(timeout=30)
    assert third.returncode == 143, errors
    assert [entry.name for entry in output.iterdir()] == ["a_depth.part.mp4"]
