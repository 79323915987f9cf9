"""A run folder at an address: what is there after every epoch, a kill or an error is whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_kill_and_resume import OPTIONS, start
from train_tiny import KILL_AT

import densedepth_tf
from densedepth_tf.commands.train import main
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.eigen.options import EigenOptions
from densedepth_tf.training.run.bucket_run import BucketRun, run_on_this_machine


@pytest.fixture
def bucket(s3_files, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    s3_files.mkdir("runs")
    yield s3_files
    if s3_files.exists("runs"):
        s3_files.rm("runs", recursive=True)


def names(files, folder="runs/demo"):
    return {key.removeprefix(f"{folder}/") for key in files.find(folder)}


def write(folder, epoch, model=b"model"):
    """What a training has in its folder after an epoch."""
    for old in folder.glob("backup/*/*"):
        old.unlink()
    state = folder / f"backup/epoch-{epoch:05d}"
    state.mkdir(parents=True)
    (state / "state.weights.h5").write_bytes(b"%d" % epoch)
    (state / "state.json").write_bytes(b"{}")
    (folder / "model.keras").write_bytes(model)


def state_files(epoch):
    return {f"backup/epoch-{epoch:05d}/{name}" for name in ("state.json", "state.weights.h5")}


def test_only_what_a_run_has_goes_both_ways(bucket):
    bucket.pipe_file("runs/demo/mine.txt", b"x")
    bucket.pipe_file("runs/demo/other/model.keras", b"x")
    run = BucketRun("s3://runs/demo/")
    run.fetch()
    assert run.path.name == "demo" and not any(run.path.iterdir())
    write(run.path, 1)
    (run.path / ".densedepth_tf.claim.x").write_bytes(b"x")
    run.push()
    kept = {"mine.txt", "other/model.keras", "model.keras"}
    assert names(bucket) == kept | state_files(1)
    write(run.path, 2, b"better")
    run.push()
    assert names(bucket) == kept | state_files(2)
    other = BucketRun("s3://runs/demo")
    other.fetch()
    assert (other.path / "model.keras").read_bytes() == b"better"
    assert (other.path / "backup/epoch-00002/state.weights.h5").read_bytes() == b"2"
    other.remove()
    assert not other.path.exists()


def test_a_state_without_its_mark_is_none(bucket):
    for name in ("backup/epoch-00003/state.weights.h5", "model.keras", "logs/epochs.csv"):
        bucket.pipe_file(f"runs/demo/{name}", b"x")
    run = BucketRun("s3://runs/demo")
    run.fetch()
    assert not (run.path / "backup").exists() and (run.path / "logs/epochs.csv").is_file()
    write(run.path, 1)
    run.push()
    assert names(bucket) == {"model.keras", "logs/epochs.csv"} | state_files(1)


@pytest.mark.parametrize("before", [1, 7])
def test_every_stop_of_an_upload_leaves_a_run_to_go_on_with(bucket, before):
    """The mark of a state comes after all files, and goes before its weights."""
    first = BucketRun("s3://runs/demo")
    first.fetch()
    write(first.path, before)
    first.push()
    run = BucketRun("s3://runs/demo")
    run.fetch()
    write(run.path, 2, b"of epoch 2")  # the next epoch, or another run that discards the first
    steps = []
    for method in ("upload", "remove"):
        do = getattr(run._bucket, method)

        def record(*given, do=do):
            result = do(*given)
            steps.append(names(bucket))
            return result

        setattr(run._bucket, method, record)
    run.push()
    assert steps[-1] == {"model.keras"} | state_files(2)
    for there in steps:
        marked = sorted(name for name in there if name.endswith("state.json"))
        for mark in marked:
            assert mark.replace("state.json", "state.weights.h5") in there
        if before == 1:
            assert marked
        else:  # A later state must not be taken for the newest.
            assert len(marked) <= 1


def test_what_cannot_be_uploaded_in_the_end_is_kept(bucket, tmp_path):
    options = DenseDepthOptions(dataset="rooms", workdir="s3://runs/demo")
    told = r"Cannot write 's3://runs/demo/.*The run is whole, and kept"
    with (
        pytest.raises(OSError, match=told),
        run_on_this_machine(options, writes=True) as (here, _),
    ):
        write(Path(here.workdir), 1)
        bucket.rm("runs", recursive=True)
    (model,) = (tmp_path / "cache").rglob("model.keras")
    assert model.read_bytes() == b"model" and model.parent.name == "demo"
    with (
        pytest.raises(OSError, match="Cannot write to 's3://runs/demo'"),
        run_on_this_machine(options, writes=True),
    ):
        pass


def test_stages_on_several_hosts_need_a_shared_folder():
    options = EigenOptions(
        dataset="rooms", workdir="s3://runs/demo", strategy="multi-worker", batch_size=4
    )
    told = "is a folder that they share, no address. Received: 's3://runs/demo'"
    with pytest.raises(ValueError, match=told), run_on_this_machine(options, writes=True):
        pass


@pytest.mark.long
def test_a_killed_run_goes_on_exactly(bucket, tiny_encoder, tmp_path):
    assert start(tmp_path / "whole")[2] == 0
    killed = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "train_tiny.py"),
         *OPTIONS, "--workdir=s3://runs/demo"],
        env={**os.environ, KILL_AT: "2,1"}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert state_files(2) <= names(bucket)
    printed, errors, code = start("s3://runs/demo")
    assert code == 0, errors
    assert "Resuming after epoch 2 from 's3://runs/demo/backup'" in printed
    assert "evaluate.py --checkpoint s3://runs/demo" in printed
    here = (path for path in (tmp_path / "whole").rglob("*") if path.is_file())
    expected = {path.relative_to(tmp_path / "whole").as_posix() for path in here}
    events = ("logs/train/", "logs/validation/", "logs/panels/")  # named after the time
    assert {name for name in names(bucket) if not name.startswith(events)} == {
        name for name in expected if not name.startswith(events)
    }
    assert b"workdir: s3://runs/demo\n" in bucket.cat_file("runs/demo/config.yaml")
    models = [densedepth_tf.load(run) for run in (tmp_path / "whole", "s3://runs/demo")]
    for ours, theirs in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not list((tmp_path / "cache/densedepth_tf/runs").glob("[!.]*"))
    _, errors, code = start("s3://runs/demo", "--learning-rate=1")
    assert code == 2 and "other options" in errors and "Received: 's3://runs/demo'" in errors


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_everything_may_be_there(bucket, tiny_encoder, pictures, tmp_path):
    model = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=[16, 16, 8, 8, 8])
    model.save(tmp_path / "model.keras")
    bucket.put_file(str(tmp_path / "model.keras"), "runs/first/model.keras")
    rows = []
    for seed in range(6):
        pictures.pair(tmp_path, f"{seed}.jpg", f"{seed}.png", seed=seed, size=(64, 64))
        for suffix in ("jpg", "png"):
            bucket.put_file(str(tmp_path / f"{seed}.{suffix}"), f"runs/pairs/{seed}.{suffix}")
        rows.append(f"{seed}.jpg,{seed}.png\n")
    bucket.pipe_file("runs/pairs/rows.csv", "".join(rows).encode())
    options = [
        "--encoder=tiny", "--decoder-filters=[16,16,8,8,8]", "--dataset=folder", "--epochs=1",
        "--data-dir=s3://runs/pairs/rows.csv", "--holdout-every=3", "--image-size=64x64",
        "--batch-size=2", "--start-from=s3://runs/first", "--workdir=s3://runs/second",
        "--teacher=s3://runs/first/model.keras:1",
    ]  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        main(options)
    assert not ended.value.code
    assert {"model.keras", "config.yaml", "training_samples.csv"} <= names(bucket, "runs/second")
    assert b"s3://runs/first" in bucket.cat_file("runs/second/config.yaml")
