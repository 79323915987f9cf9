"""A training that is killed goes on exactly as if it had not been."""

import contextlib
import csv
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from train_tiny import KILL_AT

import densedepth_tf
from densedepth_tf.commands.train import main

OPTIONS = [
    "--encoder=tiny", "--encoder-weights=none", "--decoder-filters=[16,16,8,8,8]",
    "--dataset=rooms", "--num-images=8", "--num-validation-images=2", "--image-size=64x64",
    "--batch-size=2", "--epochs=4", "--scale-crop=1.3", "--color=0.2", "--ema=0.9",
]  # fmt: skip


def start(workdir, *more):
    """`train.py` in this process; what it printed and its exit code."""
    output, errors = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
        pytest.raises(SystemExit) as ended,
    ):
        main([*OPTIONS, f"--workdir={workdir}", *more])
    return output.getvalue(), errors.getvalue(), ended.value.code


@pytest.fixture(scope="module")
def runs(tiny_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    assert start(folder / "whole")[2] == 0
    killed = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "train_tiny.py"),
         *OPTIONS, f"--workdir={folder / 'killed'}"],
        env={**os.environ, KILL_AT: "2,1"}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [path.name for path in (folder / "killed/backup").iterdir()] == ["epoch-00002"]
    resumed, errors, code = start(folder / "killed")
    assert code == 0, errors
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
    _, errors, code = start(runs[0], "--batch-size=4")
    assert code == 2
    assert errors.count("\n") == 1
    assert "batch_size was 2, is 4" in errors
