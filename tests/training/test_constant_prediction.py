"""A validation that shows one depth everywhere is told, with its cause."""

import keras
import numpy as np
import pytest

from densedepth_tf.training.callbacks.constant_prediction import ConstantPrediction
from densedepth_tf.training.densedepth.batch_norm_momentum import fit_momentum, fitting_momentum
from densedepth_tf.training.run.model_card import write_model_card
from densedepth_tf.training.run.notes import CONSTANT, read_notes
from densedepth_tf.training.run.run_folder import RunFolder

IMAGES = list(np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8))


@pytest.fixture
def watch(options, tmp_path):
    """`watch(**weights)`: what is noted of a small network with some weights changed."""
    from densedepth_tf.training.densedepth import system as densedepth

    def watched(**weights):
        keras.utils.set_random_seed(0)
        model = densedepth.DenseDepth()
        model.layers[-1].bias.assign([5.0])
        for layer in model.layers:
            for variable in layer.weights:
                if variable.name in weights:
                    variable.assign(np.full(variable.shape, weights[variable.name]))
        before = [np.array(variable) for variable in model.variables]
        (tmp_path / "run/logs").mkdir(parents=True, exist_ok=True)
        callback = ConstantPrediction(
            IMAGES, options().image_height_width, RunFolder(tmp_path / "run")
        )
        callback.set_model(model)
        callback.set_params({"steps": 3})
        callback.on_epoch_end(1)
        for variable, value in zip(model.variables, before, strict=True):
            np.testing.assert_array_equal(variable, value)
        return read_notes(callback.folder.notes).get(CONSTANT)

    return watched


def test_young_statistics_are_named_as_the_cause(watch, capsys):
    told = watch(moving_variance=1e12)
    assert "in epoch 2 the validation saw 2 m everywhere, in all pixels of 3 images" in told
    assert "Cause: the moving statistics of batch normalisation are too young after 6" in told
    assert "Lower `batch_norm_momentum`" in told
    assert told in capsys.readouterr().out


def test_statistics_are_not_blamed_for_what_the_network_learned(watch):
    told = watch(kernel=0.0)
    assert "2 m everywhere" in told and "Batch statistics are not the cause" in told


def test_depth_that_varies_is_nothing_to_tell(watch):
    assert watch() is None


def test_the_card_tells_it(watch, finished_run, tmp_path):
    told = watch(moving_variance=1e12)
    folder = finished_run(tmp_path / "trained", epochs=1).folder
    folder.notes.write_text(f'{{"{CONSTANT}": "{told}"}}')
    write_model_card(folder.path)
    assert f"- {CONSTANT}: {told}" in folder.card.read_text()


def test_damaged_notes_are_none(tmp_path):
    for content in ("{", "[1]"):
        (tmp_path / "notes.json").write_text(content)
        assert read_notes(tmp_path / "notes.json") == {}


@pytest.mark.parametrize("published", [0.99, 0.999])
def test_long_runs_keep_the_published_momentum(published):
    assert fitting_momentum(published, 6336, 20) == published  # 50,688 pairs in batches of 8


@pytest.mark.parametrize(("steps", "epochs"), [(4, 2), (20, 5), (100, 8)])
def test_short_runs_forget_what_statistics_began_with(steps, epochs):
    momentum = fitting_momentum(0.999, steps, epochs)
    assert 0.5 <= momentum < 0.99
    assert momentum**steps < 0.1
    assert fitting_momentum(0.3, steps, epochs) == 0.3  # never raised


def test_going_on_with_more_epochs_of_a_short_run_changes_nothing():
    assert fitting_momentum(0.99, 20, 5) == fitting_momentum(0.99, 20, 10)


def test_a_models_layers_take_it():
    image = keras.Input((8, 8, 3))
    layers = [keras.layers.BatchNormalization(momentum=value) for value in (0.999, 0.6)]
    model = keras.Model(image, layers[1](layers[0](image)))
    told = fit_momentum(model, 20, 5)
    assert told.startswith("0.794 instead of 0.999, as 100 steps are too few")
    assert [layer.momentum for layer in layers] == [pytest.approx(0.794, abs=1e-3), 0.6]
    assert fit_momentum(model, 10_000, 20) is None
