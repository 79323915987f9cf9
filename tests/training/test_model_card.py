"""The card beside a model says what it is, what it learned from and how good it is."""

import json

import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.commands.evaluate import main
from densedepth_tf.training.run.model_card import write_model_card
from densedepth_tf.training.run.progress import Progress


def test_a_training_writes_it_and_an_evaluation_adds_its_figures(run, nyu_folder, capsys):
    folder = run(epochs=1, encoder_weights="none").folder
    card = folder.card.read_text()
    weights = densedepth_tf.load(folder.path).count_params()
    assert f"{weights / 1e6:.1f} million weights" in card
    assert "NYU Depth v2" in card and "for research" in card
    assert "0.1 to 10 metres" in card and "Not evaluated" in card and "val_delta1" in card
    assert "supervision" not in card  # an option of another system
    arguments = [f"--checkpoint={folder.path}", "--dataset=nyu", f"--data-dir={nyu_folder}"]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--split=validation", "--holdout-every=5"])
    assert ended.value.code == 0
    metrics = json.loads(folder.metrics.read_text())["metrics"]
    card = folder.card.read_text()
    assert f"{metrics['per_image']['abs_rel']:.4f}" in card and "protocol nyu" in card
    assert "Not evaluated" not in card
    folder.model.touch()
    write_model_card(folder.path)
    assert "Not evaluated" in folder.card.read_text()  # another model than was measured
    folder.metrics.write_text("{")
    with pytest.raises(ValueError, match=rf"metrics\.json is damaged .*Received: '{folder.path}'"):
        write_model_card(folder.path)
    folder.card.write_text("# My own")
    write_model_card(folder.path)
    assert folder.card.read_text() == "# My own"


def test_another_configuration_is_named(tmp_path):
    (tmp_path / "config.yaml").write_text("- 1\n")
    with pytest.raises(ValueError, match=r"no configuration of a run\. Received: '.*config\.yaml'"):
        write_model_card(tmp_path)


def test_an_interrupted_training_has_one_too(run, monkeypatch):
    first = run(epochs=1).folder
    first.card.unlink()
    monkeypatch.setattr(Progress, "on_epoch_begin", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(epochs=2)
    assert "finished epochs: 1" in first.card.read_text()


def interrupt(*_):
    raise KeyboardInterrupt


def test_no_path_of_this_machine_is_told(run, tmp_path):
    source = keras.applications.MobileNetV2(include_top=False, weights=None)
    path = tmp_path / "secret" / "own.weights.h5"
    path.parent.mkdir()
    source.save_weights(path)
    card = run(epochs=1, encoder_weights=str(path)).folder.card.read_text()
    assert "own.weights.h5" in card and "secret" not in card


@pytest.mark.parametrize("supervision", ["mono", "stereo"])
def test_relative_depth_is_called_relative(supervision, tmp_path):
    config = "model: monodepth2\nsupervision: {}\ndataset: sequence\nimage_size: 64x96\n"
    (tmp_path / "config.yaml").write_text(
        config.format(supervision) + "min_depth: 0.1\nmax_depth: 100.0\n"
    )
    image = keras.Input((8, 8, 3))
    keras.Model(image, keras.layers.Conv2D(1, 3)(image)).save(tmp_path / "model.keras")
    write_model_card(tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert ("Relative depth" in card) == (supervision == "mono")
    assert np.char.count(card, "data of one's own".capitalize()) == 1
