"""Runs from before the families had options of their own are read, go on, and are kept apart."""

import shutil
from pathlib import Path

import made_up_kitti as kitti
import pytest
import yaml

import densedepth_tf
from densedepth_tf.commands.train import main
from densedepth_tf.models.monodepth2.resnet import RESNETS, ResNet
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.eigen.options import EigenOptions
from densedepth_tf.training.families import read_options
from densedepth_tf.training.monodepth2.options import Monodepth2Options
from densedepth_tf.training.run.epoch_log import EPOCH, read_log
from densedepth_tf.training.run.model_card import write_model_card
from densedepth_tf.training.run.run_folder import RunFolder

STORED = Path(__file__).parent / "stored_runs"
COMMON = {"image_size": "64x64", "epochs": 2, "batch_size": 2}
ROOMS = {**COMMON, "num_images": 2, "num_validation_images": 1}
RUNS = {
    "densedepth": DenseDepthOptions(
        **ROOMS, encoder="mobilenetv2", encoder_weights="none", decoder_filters=[16, 16, 8, 8, 8],
        learning_rate=1e-3, workdir="densedepth",
    ),
    "eigen": EigenOptions(**ROOMS, dense_units=16, workdir="eigen"),
    "monodepth2": Monodepth2Options(
        **COMMON, encoder="tiny", encoder_weights="none", data_dir="walk", hfov=77.0,
        holdout_every=3, steps_per_epoch=2, workdir="monodepth2",
    ),
}  # fmt: skip


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """`stored(model)`: a copy of its run folder, in the folder that it was trained from."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(RESNETS, "tiny", ResNet((1, 1, 1, 1), False, "tiny-0.pth"))
    for number in range(8):
        kitti.write_image(tmp_path / f"walk/{number}.png", kitti.frame(4 * number))
    return lambda model: shutil.copytree(STORED / model, model)


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, arguments)))
    return ended.value.code


@pytest.mark.parametrize("model", RUNS)
def test_its_options_are_those_it_was_trained_with(model):
    values = yaml.safe_load((STORED / model / "config.yaml").read_text())
    assert {"teacher", "mask", "dense_units"} < values.keys()  # of every family
    assert read_options(values) == RUNS[model]


@pytest.mark.parametrize("model", RUNS)
def test_its_folder_is_for_the_same_options_alone(model, stored, capsys):
    folder = RunFolder(stored(model))
    folder.model.touch()
    folder.check(RUNS[model])
    assert run(f"--config={folder.config}", "--batch-size=3", "--flip=0.1") == 2
    error = capsys.readouterr().err
    assert "batch_size was 2, is 3" in error and "flip was 0.5, is 0.1" in error
    assert "Pass what it was, go on with --resume-with, choose another --workdir or" in error
    other = "eigen" if model != "eigen" else "densedepth"
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in ROOMS.items()]
    assert run(f"--model={other}", *flags, f"--workdir={model}") == 2
    assert f"(model was {model}, is {other}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("model", "flag"),
    [
        ("densedepth", "--dense-units=8"),
        ("densedepth", "--mask=none"),
        ("eigen", "--encoder=densenet169"),
        ("eigen", "--supervision=stereo"),
        ("monodepth2", "--coarse-epochs=1"),
        ("monodepth2", "--jitter=0.5"),
    ],
)
def test_a_flag_of_another_family_is_refused_by_its_name(model, flag, stored, capsys):
    name, value = flag.split("=")
    assert run(f"--config={stored(model)}/config.yaml", flag) == 2
    said = f"error: {name} does not apply to --model {model}. Received: {value}\n"
    assert capsys.readouterr().err.endswith(said)


@pytest.mark.long
@pytest.mark.usefixtures("small_depth")
def test_a_stored_run_is_loaded_and_goes_on(stored, capsys):
    folder = RunFolder(stored("densedepth"))
    assert densedepth_tf.load(folder.path).image_size == (64, 64)
    write_model_card(folder.path)
    card = folder.card.read_text()
    assert "DenseDepth (Alhashim & Wonka 2018)" in card and "encoder: mobilenetv2" in card
    assert "supervision" not in card and "finished epochs: 2" in card
    assert run(f"--config={folder.config}", "--epochs=3") == 0
    assert "Resuming after epoch 2" in capsys.readouterr().out
    rows, before = read_log(folder.csv_log), read_log(STORED / "densedepth/logs/epochs.csv")
    assert rows[:2] == before and [row[EPOCH] for row in rows] == ["1", "2", "3"]
    assert "dense_units" not in yaml.safe_load(folder.config.read_text())


@pytest.mark.long
@pytest.mark.parametrize(
    ("model", "more", "said"),
    [
        ("eigen", ["--epochs=3"], "Resuming after epoch 2"),
        ("monodepth2", [], "Nothing left to train"),  # its schedule depends on the epochs
    ],
)
def test_a_stored_file_trains_and_the_folder_it_is_in_goes_on(model, more, said, stored, capsys):
    folder = RunFolder(stored(model))
    before = folder.config.read_text()
    assert run(f"--config={folder.config}", "--keep-backup") == 0
    folder.config.write_text(before)
    assert run(f"--config={folder.config}", *more) == 0
    assert said in capsys.readouterr().out
