"""Coarse, then fine, in one run that survives everything; a learning rate for every layer."""

import csv
import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from test_resume import arrays, interrupt

import densedepth_tf
from densedepth_tf.commands.train import main
from densedepth_tf.models.eigen.coarse_network import EigenCoarse
from densedepth_tf.models.eigen.layerwise_sgd import LayerwiseSGD
from densedepth_tf.models.eigen.published import LEARNING_RATE, LEARNING_RATE_FACTORS
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.eigen.options import EigenOptions
from densedepth_tf.training.families import open_system
from densedepth_tf.training.optimizer import build_optimizer
from densedepth_tf.training.train import train

EPOCHS = 5  # 3 coarse, 2 fine


@pytest.fixture
def eigen_options(nyu_folder, tmp_path):
    """`eigen_options(**more)`: a configuration of small networks on small pictures."""

    def make(**more):
        values = {
            "dataset": "nyu",
            "data_dir": str(nyu_folder),
            "holdout_every": 5,
            "image_size": "64x64",
            "dense_units": 16,
            "epochs": EPOCHS,
            "batch_size": 4,
            "keep_backup": True,
            "workdir": str(tmp_path / "run"),
        }
        return EigenOptions(**{**values, **more})

    return make


@pytest.fixture
def eigen(eigen_options):
    """`eigen(**more)` trains."""
    return lambda **more: train(eigen_options(**more))


@pytest.fixture
def finished(eigen_options, trained_once, tmp_path):
    """`finished(**more)`: as `eigen`, for tests that begin with a run that has ended."""

    def run(workdir=tmp_path / "run", **more):
        return trained_once(eigen_options, workdir, **more)

    return run


def rows(folder):
    return list(csv.DictReader((folder / "logs/epochs.csv").read_text().splitlines()))


def test_the_fine_network_learns_on_top_of_the_best_coarse_one(finished):
    folder = finished().folder
    paths = (folder.path / "coarse.keras", folder.path)
    coarse, whole = (densedepth_tf.load(path) for path in paths)
    assert isinstance(coarse, EigenCoarse) and isinstance(whole, densedepth_tf.Eigen)
    for ours, theirs in zip(whole.coarse.get_weights(), coarse.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    log = rows(folder.path)
    assert [row["epoch"] for row in log] == [str(epoch + 1) for epoch in range(EPOCHS)]
    assert (folder.path / "curves.png").is_file()


@pytest.mark.parametrize("epoch", [1, pytest.param(3, marks=pytest.mark.slow), 4])
def test_an_interrupted_training_ends_bit_for_bit_like_a_whole_one(
    epoch, eigen, finished, tmp_path, monkeypatch
):
    """In the first stage, where the second begins, and in the second."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    expected = finished(workdir=whole)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupt(patch, epoch=epoch, batch=1)
        eigen(workdir=str(broken))
    assert [path.name for path in (broken / "backup").iterdir()] == [f"epoch-{epoch:05d}"]
    result = eigen(workdir=str(broken))

    assert rows(broken) == rows(whole)
    assert result.best_value == expected.best_value
    states = [folder / f"backup/epoch-{EPOCHS:05d}" for folder in (whole, broken)]
    values = [arrays(state / "state.weights.h5") for state in states]
    assert values[0].keys() == values[1].keys() and len(values[0]) > 20
    for name, array in values[0].items():
        np.testing.assert_array_equal(array, values[1][name], err_msg=name)
    assert len({(state / "state.json").read_text() for state in states}) == 1


def test_a_coarse_network_that_stopped_early_is_refined(eigen):
    settings = {"early_stopping": 1, "learning_rate": 1e-9, "epochs": 14}
    folder = eigen(**settings).folder
    epochs = [int(row["epoch"]) for row in rows(folder.path)]
    assert epochs[0] == 1 and epochs[1] < 8 and 9 in epochs and len(epochs) < 14
    assert folder.model.is_file()
    card = folder.card.read_text()
    assert "val_loss" in card
    assert "early stopping of 'coarse.keras': after epoch" in card
    before = folder.csv_log.read_text()
    eigen(**settings)
    assert folder.csv_log.read_text() == before


def test_another_length_of_the_first_stage_is_another_run(eigen, finished):
    finished(epochs=2)
    with pytest.raises(ValueError, match="coarse_epochs was 1, is 3"):
        eigen(epochs=5)
    assert len(rows(eigen(epochs=3, coarse_epochs=1).folder.path)) == 3


def test_averaged_weights_in_half_precision_and_another_optimizer(eigen):
    folder = eigen(
        epochs=2, ema=0.5, precision="mixed_bfloat16", optimizer="adamw", learning_rate=1e-3
    ).folder
    depth = densedepth_tf.load(folder.path).predict_depth(np.zeros((50, 70, 3), np.uint8))
    assert depth.shape == (50, 70, 1) and np.isfinite(depth).all()


def test_the_published_choices_are_the_default():
    config = EigenOptions(epochs=7)
    assert (config.optimizer, config.schedule, config.batch_size) == ("sgd", "constant", 32)
    assert (config.scale_crop, config.rotation, config.color) == (1.5, 5.0, 0.2)
    assert (config.flip, config.channel_swap) == (0.5, 0.0)
    assert (config.coarse_epochs, config.image_height_width) == (4, (228, 304))
    assert EigenOptions().learning_rate == LEARNING_RATE
    system = open_system(
        dataclasses.replace(config, num_images=1, num_validation_images=1, image_size="64x64")
    )
    optimizer = system.optimizer(system.stages[0])
    assert optimizer.factors == LEARNING_RATE_FACTORS
    assert optimizer.get_config()["momentum"] == 0.9
    other = build_optimizer(DenseDepthOptions(optimizer="sgd"), 1)
    assert type(other) is keras.optimizers.SGD and other.momentum == 0.9


def test_every_layer_moves_at_its_own_rate_and_momentum():
    layers = [keras.layers.Dense(1, use_bias=False, name=name) for name in ("fast", "slow")]
    for layer in layers:
        layer.build((None, 1))
    start = [float(layer.kernel.numpy()[0, 0]) for layer in layers]
    optimizer = LayerwiseSGD({"fast": 100.0}, learning_rate=0.01, momentum=0.9)
    optimizer = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    for _ in range(2):
        optimizer.apply([tf.ones((1, 1))] * 2, [layer.kernel for layer in layers])
    moved = [
        float(layer.kernel.numpy()[0, 0]) - at for layer, at in zip(layers, start, strict=True)
    ]
    np.testing.assert_allclose(moved, [-2.9, -0.029], rtol=1e-4)


def test_a_factor_that_would_stop_a_layer_is_refused():
    with pytest.raises(ValueError, match=r"above 0.*'fine1': 0"):
        LayerwiseSGD({"fine1": 0})


def test_a_batch_without_any_valid_pixel_changes_nothing(options):
    config = EigenOptions(
        num_images=2, num_validation_images=1, image_size="64x64", dense_units=8,
        batch_size=2, epochs=2, dropout=0.0,
    )  # fmt: skip
    system = open_system(config)
    model = system.build(system.stages[0], resume=False)
    before = model.get_weights()
    size = (2, *model.target_size((64, 64)), 1)
    loss = model.train_on_batch(np.ones((2, 64, 64, 3)), np.zeros(size))[0]
    assert loss == 0
    for ours, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--image-size=54x80"], "55 pixels or more (--image-size HEIGHTxWIDTH)"),
        (["--scale-invariance=1.5"], "--scale-invariance is lambda, in [0, 1]. Received: 1.5"),
        (["--epochs=1"], "--epochs is at least 2. Received: 1"),
        (["--epochs=4", "--coarse-epochs=4"], "--coarse-epochs leaves both stages"),
        (["--dropout=1"], "--dropout"),
        (["--dense-units=0"], "--dense-units"),
        (["--output-rows=[3]"], "--output-rows are two numbers"),
        (
            ["--output-rows=[3,99]", "--image-size=64x64"],
            "(--output-rows) are (first, end)",
        ),
        (["--encoder=densenet121"], "--encoder does not apply to --model eigen"),
        (["--model=densedepth", "--scale-invariance=0.4"], "--scale-invariance does not apply"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_one_line(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["--model=eigen", "--num-images=2", "--num-validation-images=1", *arguments])
    error = capsys.readouterr().err
    assert ended.value.code == 2 and error.count("\n") == 1
    assert message in error


def test_the_saved_configuration_goes_on_with_the_run(finished):
    folder = finished(epochs=2).folder
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(folder.config), "--epochs=3"])
    assert ended.value.code == 0
    state = json.loads((folder.backup / "epoch-00003/state.json").read_text())
    assert state["epoch"] == 3
