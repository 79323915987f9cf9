"""Presets on the Hub, against a server on the loopback interface; nothing is sent elsewhere."""

import json
import os
import subprocess
import sys

import pytest
from hub_server import hub_server

from densedepth_tf import Eigen

pytest.importorskip("huggingface_hub")
PREDICT = """
import numpy as np
from densedepth_tf import Eigen, load
image = np.full((64, 64, 3), 100, np.uint8)
print(Eigen.from_preset("hf://user/eigen").predict_depth(image).mean())
print(load("hf://user/eigen").predict_depth(image).mean())
"""

COMMANDS = """
import json, sys
from densedepth_tf.__main__ import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as end:
        print(f"\\0{end.code}\\0", end="", file=sys.stderr, flush=True)
"""
UPLOAD = ["upload", "--folder", "FOLDER", "--to"]
WRONG = {
    "not there": (
        ["export", "--checkpoint", "hf://user/nothing", "--output", "x"], "hf://user/nothing"
    ),
    "no scheme": ([*UPLOAD, "user/eigen"], "hf://USER/NAME"),
    "no name": ([*UPLOAD, "hf://user"], "hf://USER/NAME"),
    "refused": ([*UPLOAD, "hf://user/e"], "may not"),
    "no preset": (["upload", "--folder", "EMPTY", "--to", "hf://user/e"], "save_to_preset"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset")
    Eigen(image_size=(64, 64), dense_units=4).save_to_preset(folder)
    (folder / "private.txt").write_text("not for others")
    return folder


@pytest.fixture
def hub(tmp_path):
    (tmp_path / "hub").mkdir()
    with hub_server(tmp_path / "hub") as server:
        yield server


def python_knowing(hub, cache):
    """`python(*arguments)` in a process of its own, which knows no hub but this one."""
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.address,
        "HF_HOME": str(cache),
        "HF_TOKEN": "hf_of_nobody",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }

    def run(*arguments):
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    return run


@pytest.fixture
def python(hub, tmp_path):
    return python_knowing(hub, tmp_path / "cache")


@pytest.fixture(scope="module")
def answers(folder, tmp_path_factory):
    """Exit code and standard error of every command of `WRONG`, all in one process."""
    place = tmp_path_factory.mktemp("wrong")
    (place / "empty").mkdir()
    paths = {"FOLDER": str(folder), "EMPTY": str(place / "empty")}
    commands = [[paths.get(each, each) for each in arguments] for arguments, _ in WRONG.values()]
    with hub_server(place) as server:
        server.refuses = True
        done = python_knowing(server, place / "cache")("-c", COMMANDS, json.dumps(commands))
    assert done.returncode == 0, done.stderr
    errors, codes = done.stderr.split("\0")[::2], done.stderr.split("\0")[1::2]
    return dict(zip(WRONG, zip(codes, errors, strict=False), strict=True))


@pytest.mark.long
def test_a_folder_goes_up_and_comes_back(hub, python, folder):
    done = python("-m", "densedepth_tf", "upload", "--folder", folder, "--to", "hf://user/eigen")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"Published: {hub.address}/user/eigen"
    sent = {path.name for path in (hub.root / "user" / "eigen").iterdir()}
    assert sent == {"config.json", "model.weights.h5", "metadata.json", "README.md"}
    for name in sent:
        assert (hub.root / "user" / "eigen" / name).read_bytes() == (folder / name).read_bytes()
    got = python("-c", PREDICT)
    assert got.returncode == 0, got.stderr
    first, second = got.stdout.splitlines()[-2:]
    assert first == second and 0.1 <= float(first) <= 10


@pytest.mark.long
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line(answers, case):
    code, error = answers[case]
    assert code == "2"
    assert WRONG[case][1] in error and len(error.strip().splitlines()) == 1
