"""Going on with a run on purpose after data moved, memory ran out, or with another rate."""

import keras
import numpy as np
import pytest
import yaml

from densedepth_tf.commands.train import _take_changes
from densedepth_tf.training.run.changed_options import follow_changes
from densedepth_tf.training.run.epoch_log import read_log
from densedepth_tf.training.run.notes import RESUMED_WITH, read_notes
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.train import train


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
