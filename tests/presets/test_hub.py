"""Presets on the Hub, against a server on the loopback interface; nothing is sent elsewhere."""

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


@pytest.fixture
def python(hub, tmp_path):
    """`python(*arguments)` in a process of its own, which knows no hub but this one."""
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.address,
        "HF_HOME": str(tmp_path / "cache"),
        "HF_TOKEN": "hf_of_nobody",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }

    def run(*arguments):
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    return run


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


def test_what_is_not_there_is_one_line(python):
    done = python(
        "-m", "densedepth_tf", "export", "--checkpoint", "hf://user/nothing", "--output", "x"
    )
    assert done.returncode == 2
    assert "hf://user/nothing" in done.stderr and len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("to", "said"),
    [("user/eigen", "hf://USER/NAME"), ("hf://user", "hf://USER/NAME"), ("hf://user/e", "may not")],
)
def test_a_wrong_address_or_a_refusal_is_one_line(hub, python, folder, to, said):
    hub.refuses = True
    done = python("-m", "densedepth_tf", "upload", "--folder", folder, "--to", to)
    assert done.returncode == 2
    assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_a_folder_that_is_no_preset_is_refused(python, tmp_path):
    done = python("-m", "densedepth_tf", "upload", "--folder", tmp_path, "--to", "hf://user/e")
    assert done.returncode == 2 and "save_to_preset" in done.stderr
