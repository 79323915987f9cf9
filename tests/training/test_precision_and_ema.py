"""Half precision stays inside the network; averaged weights are what is measured and kept."""

import csv
import dataclasses

import h5py
import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.data.batches.loader import Loader
from densedepth_tf.data.batches.pipeline import BatchFormat, validation_batches
from densedepth_tf.data.sources import open_source
from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.models.keras_model.precision import dtype_policy
from densedepth_tf.training.callbacks.best_checkpoint import BestCheckpoint
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.optimizer import build_optimizer

HALF = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
# bfloat16 walks through what float16 does, but for the loss's scale; the tests of Eigen's and of
# Monodepth2's training train in it every day.
EACH = ["mixed_float16", pytest.param("mixed_bfloat16", marks=pytest.mark.slow)]


@pytest.mark.long
@pytest.mark.parametrize("precision", EACH)
def test_a_half_precision_densedepth_learns_in_finite_steps(precision):
    """Output, loss, weights and their update are float32 all the same."""
    rng = np.random.default_rng(0)
    images = rng.random((2, 32, 32, 3), np.float32)
    targets = rng.uniform(1, 100, (2, 16, 16, 1)).astype(np.float32)
    with dtype_policy(precision):
        model = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16)
        # Tracing and compiling take far longer than the one step.
        model.compile(
            build_optimizer(DenseDepthOptions(learning_rate=1e-3), 1),
            DenseDepthLoss(),
            run_eagerly=True,
        )
    assert model.get_layer("conv2").compute_dtype == HALF[precision]
    output = model(images)
    assert output.dtype == "float32"
    loss = model.compute_loss(images, targets, output)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    before = model.get_layer("conv2").kernel.numpy()
    value = model.train_on_batch(images, targets)
    assert np.isfinite(value) and value > 0
    assert {keras.backend.standardize_dtype(w.dtype) for w in model.trainable_weights} == {
        "float32"
    }
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert not np.array_equal(before, model.get_layer("conv2").kernel.numpy())


@pytest.mark.parametrize("precision", EACH)
def test_a_run_in_half_precision_leaves_a_float32_model(precision, run, finished_run, tmp_path):
    folders = {
        "float32": finished_run(tmp_path / "float32", epochs=1).folder,
        precision: run(precision=precision, epochs=1).folder,
    }
    assert keras.config.dtype_policy().name == "float32"
    rows = {name: log(folder) for name, folder in folders.items()}
    for key in ("loss", "val_loss", "val_rmse"):
        assert rows[precision][key] == pytest.approx(rows["float32"][key], rel=0.05)
    assert rows[precision] != rows["float32"]  # it did compute in half precision
    model = densedepth_tf.load(folders[precision].path)
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}


def log(folder):
    """The last row of a run's log as numbers."""
    rows = list(csv.DictReader(folder.csv_log.read_text().splitlines()))
    return {name: float(value) for name, value in rows[-1].items()}


def validation_loss(model, nyu_folder):
    """The loss over the validation samples, computed without any callback."""
    loader = Loader(open_source("nyu", nyu_folder, "validation", holdout_every=5))
    format = BatchFormat((64, 64), (32, 32), model.to_target, batch_size=2)
    ((images, targets),) = validation_batches(loader, format)
    return float(DenseDepthLoss()(targets, model(images, training=False)))


def trainable_arrays(folder):
    """Trainable weights of the backup, as they train, and their running averages."""
    (backup,) = folder.backup.iterdir()
    with h5py.File(backup / "state.weights.h5") as file:
        names = []
        file.visititems(lambda name, item: names.append(name) if hasattr(item, "shape") else None)
        raw = {name: file[name][()] for name in names if name.startswith("layers/")}
        stored = {name: file[name][()] for name in names if name.startswith("optimizer/")}
    return raw, stored


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_averaged_weights_are_what_is_measured_and_kept(precision, run, nyu_folder):
    momentum = 0.5
    result = run(
        ema=momentum,
        epochs=1,
        schedule="constant",
        learning_rate=0.05,
        precision=precision,
        keep_backup=True,
    )
    kept = densedepth_tf.load(result.folder.path)
    raw, stored = trainable_arrays(result.folder)
    moved = 0
    for weight in kept.trainable_weights:
        value = weight.numpy()
        assert any(same(value, array) for array in stored.values()), weight.path
        moved += not any(same(value, array) for array in raw.values())
    assert moved == len(kept.trainable_weights)
    # And the number in the log is theirs, not that of the weights which train.
    tolerance = 1e-4 if precision == "float32" else 2e-2
    expected = validation_loss(kept, nyu_folder)
    assert log(result.folder)["val_loss"] == pytest.approx(expected, rel=tolerance)
    assert result.best_value == pytest.approx(log(result.folder)["val_loss"], rel=1e-6)


def same(one, other):
    return one.shape == other.shape and np.array_equal(one, other)


def test_without_averaging_the_training_weights_are_kept(run, nyu_folder):
    result = run(epochs=1, learning_rate=0.05, schedule="constant", keep_backup=True)
    kept = densedepth_tf.load(result.folder.path)
    raw, _ = trainable_arrays(result.folder)
    for weight in kept.trainable_weights:
        assert any(same(weight.numpy(), array) for array in raw.values()), weight.path
    expected = validation_loss(kept, nyu_folder)
    assert log(result.folder)["val_loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_best_epoch_is_kept_or_the_last(keep, run, nyu_folder, monkeypatch):
    losses = iter([2.0, 1.0, 3.0])
    whole = BestCheckpoint.on_epoch_end
    monkeypatch.setattr(
        BestCheckpoint,
        "on_epoch_end",
        lambda self, epoch, logs: whole(self, epoch, {**logs, "val_loss": next(losses)}),
    )
    settings = {"learning_rate": 0.05, "schedule": "constant", "keep_backup": True}
    result = run(epochs=3, keep=keep, **settings)
    raw, _ = trainable_arrays(result.folder)  # Those of the last epoch.
    kept = densedepth_tf.load(result.folder.path).trainable_weights[0].numpy()
    assert any(same(kept, array) for array in raw.values()) == (keep == "last")
    assert result.best_value == 1.0
    card = (result.folder.path / "README.md").read_text()
    assert f"{keep} epoch" in card


def test_averages_follow_their_momentum():
    """average <- momentum * average + (1 - momentum) * weight, after every step."""
    weight = keras.Variable(np.zeros(3, np.float32), name="kernel")
    config = dataclasses.replace(DenseDepthOptions(), ema=0.75, learning_rate=0.5)
    optimizer = build_optimizer(config, steps_per_epoch=1)
    expected = None
    for _ in range(5):
        optimizer.apply([keras.ops.ones(3)], [weight])
        value = weight.numpy()
        # Keras starts the average at the weights after the first step.
        expected = value if expected is None else 0.75 * expected + 0.25 * value
    (average,) = optimizer._model_variables_moving_average
    np.testing.assert_allclose(average.numpy(), expected, rtol=1e-5)
    assert not np.allclose(average.numpy(), value)
