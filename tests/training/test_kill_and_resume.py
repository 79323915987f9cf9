"""A training that is killed goes on exactly as if it had not been."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import densedepth_tf

REPOSITORY = Path(__file__).parents[2]
OPTIONS = [
    "--encoder=mobilenetv2", "--encoder-weights=none", "--decoder-filters=[16,16,8,8,8]",
    "--dataset=rooms", "--num-images=8", "--num-validation-images=2", "--image-size=64x64",
    "--batch-size=2", "--epochs=4", "--scale-crop=1.3", "--color=0.2", "--ema=0.9",
]  # fmt: skip


def start(workdir, *more):
    command = [sys.executable, str(REPOSITORY / "train.py"), *OPTIONS, f"--workdir={workdir}"]
    return subprocess.Popen(
        [*command, *more], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return output


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    whole = start(folder / "whole")
    killed = start(folder / "killed")
    deadline = time.monotonic() + 240
    while not (folder / "killed/backup/epoch-00002/state.json").exists():
        assert killed.poll() is None, killed.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    finish(whole)
    resumed = finish(start(folder / "killed"))
    return folder / "whole", folder / "killed", resumed


def test_the_run_goes_on_where_it_was(runs):
    assert "Resuming after epoch" in runs[2]


def test_weights_are_those_of_an_uninterrupted_run(runs):
    models = [densedepth_tf.load(run) for run in runs[:2]]
    for ours, theirs in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-5)


def test_the_log_is_that_of_an_uninterrupted_run(runs):
    rows = [
        list(csv.DictReader((run / "logs/epochs.csv").read_text().splitlines())) for run in runs[:2]
    ]
    assert [row["epoch"] for row in rows[1]] == ["1", "2", "3", "4"]
    for ours, theirs in zip(*rows, strict=True):
        for key in ("loss", "val_loss"):
            assert float(ours[key]) == pytest.approx(float(theirs[key]), rel=1e-4)


def test_a_run_folder_holds_what_others_rely_on(runs):
    for name in ("config.yaml", "model.keras", "curves.png", "panels/training_0.png"):
        assert (runs[0] / name).stat().st_size > 0
    assert list((runs[0] / "logs/panels").glob("events*"))


def test_other_options_in_the_same_folder_are_refused(runs):
    process = start(runs[0], "--batch-size=4")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert errors.count("\n") == 1
    assert "batch_size was 2, is 4" in errors
