"""The card beside a model says what it is, what it learned from and how good it is."""

import json
import shutil

import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.commands.evaluate import main
from densedepth_tf.training.callbacks.progress import Progress
from densedepth_tf.training.run.applied_options import applied_options
from densedepth_tf.training.run.model_card import model_card, write_model_card


def test_a_training_writes_it_and_an_evaluation_adds_its_figures(run, nyu_folder, tmp_path):
    settings = {"encoder_weights": "none", "keep": "last", "keep_backup": True}
    folder = run(epochs=1, **settings).folder
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
    shutil.copytree(folder.path, copy := tmp_path / "copy")
    write_model_card(copy)
    assert (copy / "README.md").read_text() == card
    run(epochs=2, **settings)
    assert "Not evaluated" in folder.card.read_text()  # another model than was measured
    folder.evaluations.write_text("{")
    with pytest.raises(ValueError, match=r"evaluations\.json is no record"):
        write_model_card(folder.path)
    folder.card.write_text("# My own")
    write_model_card(folder.path)
    assert folder.card.read_text() == "# My own"


def test_it_has_every_evaluation_once_the_newest_last(finished_run, nyu_folder, tmp_path):
    folder = finished_run(epochs=1).folder
    data = ["--dataset=nyu", f"--data-dir={nyu_folder}", "--split=validation", "--holdout-every=5"]

    def evaluate(*more):
        with pytest.raises(SystemExit) as ended:
            main([*data, *more])
        assert ended.value.code == 0

    other = finished_run(tmp_path / "other", epochs=1).folder
    evaluate(f"--checkpoint={folder.path}", "--protocol=nyu")
    evaluate(f"--checkpoint={folder.model}", "--protocol=full", f"--output={tmp_path / 'here'}")
    both = [f"--checkpoint={each.path}" for each in (folder, other)]
    evaluate(*both, "--protocol=nyu", f"--output={tmp_path / 'both'}")
    for each, protocols in ((folder, ["full", "nyu"]), (other, ["nyu"])):
        card = each.card.read_text()
        told = [line for line in card.splitlines() if line.startswith("2 images of ")]
        assert [line.split("protocol ")[1].split(",")[0] for line in told] == protocols
        assert card.count("| per image |") == len(protocols)
        date = json.loads(each.evaluations.read_text())[-1]["date"]
        assert told[-1].endswith(f", {date}.")


def test_an_evaluation_by_an_earlier_release_is_told(finished_run):
    folder = finished_run(epochs=1).folder
    figures = dict.fromkeys(("delta1", "abs_rel"), 0.25)
    measured = {
        "checkpoint": str(folder.path), "dataset": "nyu/test", "num_images": 3,
        "protocol": {"name": "nyu"}, "metrics": {"per_image": figures},
    }  # fmt: skip
    folder.metrics.write_text(json.dumps(measured))
    write_model_card(folder.path)
    assert "3 images of nyu/test, protocol nyu.\n\n| pooling |" in folder.card.read_text()


def test_it_tells_the_terms_of_teachers_and_further_data(tmp_path):
    options = {
        "model": "densedepth", "dataset": "rooms", "image_size": "64x96", "start_from": "x/nyu",
        "teacher": ["a/fast.tflite:0.35", "b/meter.onnx:0.65"],
        "extra_data": ["nyu=c/d.zip:0.5", "photographs=e/homes:0.3", "rooms:0.2"],
    }  # fmt: skip
    (line,) = [line for line in model_card(options, 10, [], []).splitlines() if "no terms" in line]
    assert "nyu 'd.zip': NYU Depth v2 (Silberman et al. 2012), indoors; for research." in line
    assert "photographs 'homes': data of one's own, whose terms hold for the model" in line
    assert "Beside them rooms: rooms rendered by this package; no terms of others." in line
    assert "from what fast.tflite and meter.onnx predicted, whose data and terms hold" in line
    assert "began as those of nyu, whose data" in line
    alone = model_card({"model": "eigen", "dataset": "nyu", "image_size": "64x96"}, 10, [], [])
    assert "indoors; for research.\n" in alone


COMMON = {"epochs": 20, "seed": 0, "keep": "best", "workdir": "runs/a", "data_dir": "nyu"}


@pytest.mark.parametrize(
    ("options", "applied"),
    [
        ({"optimizer": "sgd", "epsilon": 1e-7, "epsilon_place": "before"}, {"optimizer"}),
        ({"optimizer": "adam", "epsilon": 1e-7, "weight_decay": 1e-4}, {"optimizer", "epsilon"}),
        ({"optimizer": "adamw", "weight_decay": 1e-4}, {"optimizer", "weight_decay"}),
        ({"schedule": "plateau", "warmup_epochs": 1.0}, {"schedule"}),
        ({"schedule": "cosine", "warmup_epochs": 1.0}, {"schedule", "warmup_epochs"}),
        ({"schedule": "cosine", "warmup_epochs": 0.0}, {"schedule"}),
        ({"teacher": None, "teacher_weight": 0.5, "mixup": 0.0, "relative_weight": 0.0}, set()),
        ({"teacher": "a/b.keras", "teacher_weight": 0.5}, {"teacher", "teacher_weight"}),
        ({"teacher": None, "teacher_frame": "nyu", "teach_metres": True}, set()),
        ({"ema": 0.0, "clip_norm": None, "gradient_accumulation": 1, "rotation": 0}, set()),
        ({"ema": 0.9, "gradient_accumulation": 2}, {"ema", "gradient_accumulation"}),
        ({"holdout_every": 0, "holdout_block": 1}, set()),
        ({"holdout_every": 8, "holdout_block": 20}, {"holdout_every", "holdout_block"}),
        ({"supervision": "stereo", "frame_step": 1, "reprojection": "minimum"}, {"supervision"}),
        ({"supervision": "mono", "frame_step": 2}, {"supervision", "frame_step"}),
        ({"start_from": "a", "encoder_weights": "imagenet"}, {"start_from"}),
        ({"scale_invariance": 0.0, "dropout": 0.0}, {"scale_invariance"}),
        ({"full_resolution": False}, {"full_resolution"}),
    ],

)  # fmt: skip
def test_options_that_did_nothing_are_not_told(options, applied):
    run = {**COMMON, **options}
    told = applied_options(run, run)
    assert told.keys() == applied | {"epochs", "seed", "keep"}
    assert told.get("teacher") in (None, "b.keras")


def test_another_configuration_is_named(tmp_path):
    (tmp_path / "config.yaml").write_text("- 1\n")
    with pytest.raises(ValueError, match=r"no configuration of a run\. Received: '.*config\.yaml'"):
        write_model_card(tmp_path)


def test_an_interrupted_training_has_one_too(run, finished_run, monkeypatch):
    first = finished_run(epochs=1, keep_backup=True).folder
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
