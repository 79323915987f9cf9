"""Whatever a training consists of, its interruption leaves no trace in the result."""

import csv
import json
import socket

import h5py
import numpy as np
import pytest
import tensorflow as tf
from matplotlib.figure import Figure
from tensorflow.core.util import event_pb2

import densedepth_tf
from densedepth_tf.files.workspace import PREFIX
from densedepth_tf.training.callbacks.progress import Progress
from densedepth_tf.training.run.curves import count_epochs
from densedepth_tf.training.run.notes import read_notes
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.run.run_record import read_record

VARIANTS = {
    "plateau": {"learning_rate": 0.01, "early_stopping": 8, "scale_crop": 1.3, "color": 0.2},
    "cosine": {"schedule": "cosine", "optimizer": "adamw", "ema": 0.9, "clip_norm": 1.0},
    "accumulation": {"gradient_accumulation": 3, "schedule": "constant", "ema": 0.5},
    "half": {"precision": "mixed_float16", "ema": 0.9, "cache": True},
    "mirrored": {"strategy": "mirrored", "ema": 0.9},
}


def interrupt(monkeypatch, epoch, batch):
    """Ctrl-C in the middle of an epoch."""
    original = Progress.on_train_batch_end

    def on_train_batch_end(self, step, logs=None):
        original(self, step, logs)
        if (self.current, step) == (epoch, batch):
            raise KeyboardInterrupt

    def on_epoch_begin(self, number, logs=None, begin=Progress.on_epoch_begin):
        self.current = number
        begin(self, number, logs)

    monkeypatch.setattr(Progress, "on_train_batch_end", on_train_batch_end)
    monkeypatch.setattr(Progress, "on_epoch_begin", on_epoch_begin)


def arrays(path):
    """Every array of an HDF5 file by its name."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found


def rows(folder):
    return list(csv.DictReader((folder / "logs/epochs.csv").read_text().splitlines()))


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(each, marks=pytest.mark.slow) if each in ("half", "mirrored") else each
        for each in VARIANTS
    ],
)
def test_an_interrupted_training_ends_bit_for_bit_like_a_whole_one(
    variant, run, tmp_path, monkeypatch
):
    """Weights, moments, averages, loss scale, seeds, learning rate, counters, best model, log."""
    # A plateau lasts five epochs; all else is in its course after two, gradients half collected.
    epochs, stopped_in = (9, 5) if variant == "plateau" else (4, 2)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    settings = {"epochs": epochs, "keep_backup": True, **VARIANTS[variant]}
    expected = run(workdir=str(whole), **settings)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupt(patch, epoch=stopped_in, batch=2)
        run(workdir=str(broken), **settings)
    assert [path.name for path in (broken / "backup").iterdir()] == [f"epoch-{stopped_in:05d}"]
    result = run(workdir=str(broken), **settings)

    assert rows(broken) == rows(whole)
    assert result.best_value == expected.best_value
    (last,) = (path.name for path in (whole / "backup").iterdir())
    states = [arrays(folder / "backup" / last / "state.weights.h5") for folder in (whole, broken)]
    assert states[0].keys() == states[1].keys() and len(states[0]) > 20
    for name, values in states[0].items():
        np.testing.assert_array_equal(values, states[1][name], err_msg=name)
    counters = [
        json.loads((folder / "backup" / last / "state.json").read_text())
        for folder in (whole, broken)
    ]
    assert counters[0] == counters[1]
    models = [densedepth_tf.load(folder) for folder in (whole, broken)]
    for ours, theirs in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_a_run_killed_between_its_log_and_its_backup_writes_the_row_once(run, finished_run):
    folder = finished_run(epochs=2, keep_backup=True).folder
    log = folder.csv_log.read_text()
    folder.csv_log.write_text(log + "3,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9\n4,0.1,0.")
    run(epochs=3)
    assert folder.csv_log.read_text().startswith(log)
    assert [row["epoch"] for row in rows(folder.path)] == ["1", "2", "3"]
    assert float(rows(folder.path)[2]["loss"]) != 0.4


def test_what_a_killed_run_left_half_written_is_removed(run, finished_run):
    folder = finished_run(epochs=1, keep_backup=True).folder
    for name in ("backup", ".", "panels", "logs"):
        leftover = folder.path / name / f"{PREFIX}ab12"
        (leftover / "new").mkdir(parents=True)
        (leftover / "new/half").write_text("x")
        (leftover / "owner").write_text(f"{socket.gethostname()}\nmodel.keras")
    run(epochs=2)
    assert not list(folder.path.rglob(".*"))


def test_a_second_training_in_the_folder_is_told(run, finished_run):
    folder = finished_run(epochs=1, keep_backup=True).folder
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")}
    with folder.claim(), pytest.raises(OSError, match=r"Another process .*run/backup'"):
        run(epochs=2)
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")} == before


@pytest.mark.parametrize("given", ["run", "run/model.keras", "link", "run/../run/backup/data"])
def test_overwriting_spares_what_the_run_is_to_read(options, tmp_path, given):
    (tmp_path / "run/backup/data").mkdir(parents=True)
    (tmp_path / "run/model.keras").write_text("weights")
    (tmp_path / "link").symlink_to("run")
    config = options(start_from=str(tmp_path / given), overwrite=True)
    with pytest.raises(ValueError, match="`workdir` would write to what `start_from` reads"):
        RunFolder(config.run_folder).check(config)
    below = options(data_dir=str(tmp_path / "run/rooms"), overwrite=True)
    (tmp_path / "run/rooms").mkdir()
    RunFolder(below.run_folder).check(below)  # the demo's way


def test_a_finished_run_stays_as_it_is(run, finished_run, capsys):
    first = finished_run(epochs=2)
    before = {path: path.stat().st_mtime_ns for path in first.folder.backup.rglob("*")}
    model = first.folder.model.read_bytes()
    again = run(epochs=2)
    assert "Nothing left to train" in capsys.readouterr().out
    assert again.best_value == first.best_value
    assert {path: path.stat().st_mtime_ns for path in first.folder.backup.rglob("*")} == before
    assert first.folder.model.read_bytes() == model
    assert len(rows(first.folder.path)) == 2


def test_a_finished_run_that_kept_its_backup_goes_on_with_more_epochs(run, finished_run):
    finished_run(epochs=1, keep_backup=True)
    result = run(epochs=3)
    assert [row["epoch"] for row in rows(result.folder.path)] == ["1", "2", "3"]


def test_a_finished_run_without_a_backup_says_how_to_go_on(run, finished_run, tmp_path):
    folder = finished_run(epochs=2).folder
    (state,) = folder.backup.iterdir()
    assert [file.name for file in state.iterdir()] == ["state.json"]
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")}
    how = (
        r"finished after 2 epochs and kept no backup.*start_from='\S*/run'`, `epochs=1` and another"
    )
    with pytest.raises(ValueError, match=how):
        run(epochs=3)
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")} == before
    further = run(epochs=1, start_from=str(folder.path), workdir=str(tmp_path / "further"))
    assert further.folder.model.is_file()
    assert len(rows(run(epochs=3, overwrite=True, keep_backup=True).folder.path)) == 3


def test_a_log_of_an_earlier_release_that_counts_from_0_goes_on_counting_from_1(run, finished_run):
    folder = finished_run(epochs=2, keep_backup=True).folder
    header, *lines = folder.csv_log.read_text().splitlines()
    older = [f"{number}{line[1:]}" for number, line in enumerate(lines)]
    folder.csv_log.write_text("\n".join([header, *older]) + "\n")
    run(epochs=3)
    assert [row["epoch"] for row in rows(folder.path)] == ["1", "2", "3"]
    assert folder.csv_log.read_text().splitlines()[:3] == [header, *lines]


def test_a_run_that_stopped_early_stays_stopped(run, capsys):
    settings = {"epochs": 30, "learning_rate": 1e-9, "schedule": "constant", "early_stopping": 2}
    settings["batch_norm_momentum"] = 0.01  # or the moving statistics alone improve the loss
    first = run(**settings)
    finished = len(rows(first.folder.path))
    assert finished < 30
    capsys.readouterr()
    run(**settings)
    assert f"finished after epoch {finished}" in capsys.readouterr().out
    assert len(rows(first.folder.path)) == finished


def test_stopping_early_is_told_once_in_log_notes_and_card(run, capsys):
    folder = run(epochs=9, learning_rate=1e-9, schedule="constant", early_stopping=1).folder
    log = rows(folder.path)
    losses = [float(row["val_loss"]) for row in log]
    best = 1 + losses.index(min(losses))
    text = f"after epoch {len(log)} of 9, as the validation loss had not fallen for 1 epoch; "
    text += f"the best was epoch {best} ("
    assert len(log) < 9 and text in read_notes(folder.notes)["early stopping"]
    assert capsys.readouterr().out.count(f"early stopping: {text}") == 1
    assert f"- early stopping: {text}" in folder.card.read_text()


@pytest.mark.parametrize("part", ["state.weights.h5", "state.json"])
def test_a_damaged_backup_is_one_clear_error(part, run, finished_run):
    folder = finished_run(epochs=1, keep_backup=True).folder
    file = folder.backup / "epoch-00001" / part
    file.write_bytes(file.read_bytes()[:60])
    model = folder.model.read_bytes()
    message = r"Cannot resume .*`overwrite=True`.* Received: '.*epoch-00001"
    with pytest.raises(ValueError, match=message):
        run(epochs=2)
    assert folder.model.read_bytes() == model
    run(epochs=2, overwrite=True)
    assert [row["epoch"] for row in rows(folder.path)] == ["1", "2"]


def test_another_models_backup_is_refused(finished_run, options, monkeypatch):
    """The options are the same, the network is not: another release of the package, say."""
    from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
    from densedepth_tf.models.depth_estimator import DepthEstimator
    from densedepth_tf.training.densedepth import system as densedepth
    from densedepth_tf.training.train import train

    finished_run(epochs=1, keep_backup=True)

    import keras

    class Other(DepthEstimator):
        def __init__(self, image_size=None, **_):
            image = keras.Input((None, None, 3))
            output = keras.layers.Conv2D(1, 5, strides=2, padding="same")(image)
            super().__init__(image, output, InverseDepthCodec(0.1, 10.0), image_size)

    config = options(epochs=2)
    monkeypatch.setattr(densedepth, "DenseDepth", Other)
    with pytest.raises(ValueError, match="Cannot resume"):
        train(config)


def events(folder):
    """Tag to the steps that TensorBoard shows, of every event file below a folder."""
    found = {}
    for path in sorted(folder.rglob("events*")):
        for record in tf.data.TFRecordDataset(str(path)):
            event = event_pb2.Event.FromString(record.numpy())
            for value in event.summary.value:
                found.setdefault(f"{path.parent.name}/{value.tag}", []).append(event.step)
    return found


def test_figures_pictures_log_and_curves_count_epochs_alike(run):
    folder = run(epochs=3).folder
    steps = events(folder.logs)
    assert {"train/epoch_loss", "train/epoch_learning_rate", "validation/epoch_rmse"} <= set(steps)
    assert "panels/panel_0" in steps
    assert {tuple(numbers) for numbers in steps.values()} == {(1, 2, 3)}
    assert [row["epoch"] for row in rows(folder.path)] == ["1", "2", "3"]
    assert list(read_record(folder.record).seconds) == [1, 2, 3]
    figure = Figure()
    axes = figure.subplots()
    count_epochs(axes, [1, 2, 3])
    assert all(tick == int(tick) for tick in axes.get_xticks())


def test_an_interrupted_training_has_curves(run, monkeypatch, tmp_path):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupt(patch, epoch=2, batch=1)
        run(epochs=3)
    assert (tmp_path / "run/curves.png").stat().st_size > 5000
    assert "finished epochs: 2" in (tmp_path / "run/README.md").read_text()
