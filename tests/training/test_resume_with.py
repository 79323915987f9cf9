"""Going on with a run on purpose after data moved, memory ran out, or with another rate."""

from dataclasses import dataclass
from typing import ClassVar

import keras
import numpy as np
import pytest
import yaml

from densedepth_tf.commands.train import _take_changes
from densedepth_tf.training.families import FAMILIES
from densedepth_tf.training.option import declared, is_fixed, option
from densedepth_tf.training.run.backup import Backup
from densedepth_tf.training.run.changed_options import check_changes, follow_changes
from densedepth_tf.training.run.epoch_log import read_log
from densedepth_tf.training.run.notes import RESUMED_WITH, read_notes
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.supervised_options import SupervisedOptions
from densedepth_tf.training.train import train

EVERY = {
    *("image_size", "min_depth", "max_depth", "optimizer", "epsilon_place", "schedule", "ema"),
    *("gradient_accumulation", "precision", "strategy", "sync_batch_norm", "seed", "workdir"),
}
OWN = {
    "densedepth": {
        *("encoder", "variant", "encoder_weights", "start_from", "decoder_filters"),
        "focal_length",
    },
    "monodepth2": {
        *("encoder", "encoder_weights", "supervision", "frame_step", "initial_depth"),
        *("pose_encoder", "mask"),
    },
    "eigen": {"coarse_epochs", "dense_units", "output_rows", "focal_length"},
}


def test_a_run_goes_on_with_a_smaller_batch_another_rate_and_moved_data(options, tmp_path):
    before = {"epochs": 1, "keep_backup": True, "batch_size": 2, "learning_rate": 1e-3}
    folder = train(options(**before)).folder
    moved = tmp_path / "moved"
    original = yaml.safe_load(folder.config.read_text())["data_dir"]
    moved.symlink_to(original)
    now = {**before, "epochs": 2, "batch_size": 1, "learning_rate": 1e-4, "data_dir": str(moved)}
    with pytest.raises(ValueError, match=r"batch_size was 2, is 1.*go on with `resume_with`"):
        train(options(**now))
    names = ("batch_size", "learning_rate", "data_dir")
    assert train(options(**now), names).folder.path == folder.path
    assert len(read_log(folder.csv_log)) == 2
    told = read_notes(folder.notes)[RESUMED_WITH]
    assert told.startswith("after epoch 1: ")
    for said in ("batch_size was 2, is 1", "learning_rate was 0.001, is 0.0001", f"is {moved}"):
        assert said in told
    kept = yaml.safe_load(folder.config.read_text())
    assert (kept["batch_size"], kept["learning_rate"]) == (1, 1e-4)
    # What was changed is the run's own from now on.
    assert train(options(**now)).folder.path == folder.path


def test_what_the_saved_state_hangs_on_stays(options):
    train(options(epochs=1, keep_backup=True))
    with pytest.raises(ValueError, match="cannot go on with another `max_depth`"):
        train(options(epochs=2, max_depth=20.0), ["max_depth"])
    with pytest.raises(ValueError, match=r"Did you mean batch_size\?"):
        train(options(epochs=2, batch_size=1), ["batch_sise"])
    with pytest.raises(ValueError, match=r"optimizer was amsgrad, is sgd\)\. Pass what it was, c"):
        train(options(epochs=2, optimizer="sgd"))


@pytest.mark.parametrize("family", OWN)
def test_options_say_whether_the_saved_state_hangs_on_them(family):
    known = FAMILIES[family].options
    assert {name for name in declared(known) if is_fixed(known, name)} == EVERY | OWN[family]


def test_so_do_those_of_a_family_from_outside():
    @dataclass(frozen=True)
    class Outside(SupervisedOptions):
        model: ClassVar[str] = "outside"

        image_size: str = option("96x96", "of the images", "data")
        learning_rate: float = 1e-3
        width: int = option(8, "channels of the first layer")
        depth: int = 3
        blend: float = option(0.5, "of two losses", fixed=False)

    check_changes(Outside(), ["learning_rate", "blend", "batch_size"])
    for name in ("width", "depth", "image_size", "max_depth"):
        with pytest.raises(ValueError, match=f"cannot go on with another `{name}`"):
            check_changes(Outside(), [name])


def test_a_state_of_another_optimizer_is_refused_not_dropped(tmp_path):
    def model(rate):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.Adam(rate), "mse")
        model.optimizer.build(model.trainable_variables)
        return model

    backup = Backup(tmp_path, [])
    backup.set_model(model(1e-3))
    backup.on_epoch_end(0)
    assert Backup(tmp_path, []).restore(model(1e-4)) == 1
    scheduled = model(keras.optimizers.schedules.CosineDecay(1e-3, 10))
    with pytest.raises(ValueError, match=r"Cannot resume .*could not be loaded.*Adam"):
        Backup(tmp_path, []).restore(scheduled)


def test_there_must_be_a_run_to_go_on_with(options, tmp_path):
    with pytest.raises(ValueError, match=r"`resume_with` goes on .* there is no run"):
        train(options(epochs=1, workdir=str(tmp_path / "mistyped")), ["batch_size"])
    with pytest.raises(ValueError, match="`overwrite=True` begins anew"):
        train(options(epochs=1, overwrite=True), ["batch_size"])


def test_a_run_that_ended_before_its_first_backup_begins_under_the_new_options(options):
    config = options(epochs=1, batch_size=2)
    config.run_folder.mkdir(parents=True)
    folder = RunFolder(config.run_folder)
    folder.prepare(config)
    folder.check(options(epochs=1, batch_size=1), ["batch_size"])


@pytest.mark.parametrize(("schedule", "rate"), [("constant", 0.5), ("plateau", 0.25)])
def test_the_optimizer_counts_steps_and_takes_rates_as_they_are_now(options, schedule, rate):
    optimizer = keras.optimizers.Adam(0.25)
    optimizer.build([keras.Variable(np.zeros(3))])
    optimizer.iterations.assign(100)
    follow_changes(optimizer, options(schedule=schedule, learning_rate=0.5), steps=200)
    assert int(optimizer.iterations) == 200
    # A plateau has lowered it for a reason.
    assert float(optimizer.learning_rate) == rate


def test_the_flag_takes_words_up_to_the_next_flag():
    line = ["--workdir", "w", "--resume-with", "batch-size=2", "data_dir=/a b", "--epochs", "3"]
    flags, names = _take_changes(line)
    assert flags == ["--workdir", "w", "--epochs", "3", "--batch-size=2", "--data-dir=/a b"]
    assert names == ["batch_size", "data_dir"]
    assert _take_changes(["--resume-with=batch_size=2"]) == (["--batch-size=2"], ["batch_size"])


@pytest.mark.parametrize("given", [[], ["batch_size"], ["=2"], ["batch_size="]])
def test_a_word_that_is_no_pair_is_one_line(given, capsys):
    with pytest.raises(SystemExit) as ended:
        _take_changes(["--resume-with", *given, "--epochs", "2"])
    assert ended.value.code == 2
    assert "takes OPTION=VALUE" in capsys.readouterr().err
