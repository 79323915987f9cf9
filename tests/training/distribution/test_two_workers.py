"""Two processes, or two devices, train what one does; what ends one of them ends both."""

import csv
import signal

import numpy as np
import pytest
from train_tiny import DEVICES, KILL_AT, KILL_BY
from worker_processes import as_workers, train_together

import densedepth_tf

pytestmark = pytest.mark.long

# Five epochs of four steps. Statistics and gradients are those of the whole batch; the moving
# average, clipping and accumulation see them, too. SGD, as Adam divides by the rounding errors of
# gradients that are 0.
OPTIONS = [
    "--encoder=tiny", "--encoder-weights=none", "--decoder-filters=[16,16,8,8,8]",
    "--dataset=rooms", "--num-images=16", "--num-validation-images=5", "--image-size=64x64",
    "--batch-size=4", "--epochs=5", "--scale-crop=1.3", "--color=0.2", "--schedule=constant",
    "--optimizer=sgd", "--learning-rate=1e-3",
]  # fmt: skip
MORE = ["--ema=0.9", "--clip-norm=1", "--gradient-accumulation=2"]
SYNCHRONISED = "--sync-batch-norm"
WITHIN = 1e-6  # relative, of the losses


def log(folder):
    return list(csv.DictReader((folder / "logs/epochs.csv").read_text().splitlines()))


def assert_same_log(ours, theirs, within):
    assert [row["epoch"] for row in ours] == [row["epoch"] for row in theirs]
    for one, other in zip(ours, theirs, strict=True):
        for key in ("loss", "val_loss"):
            assert float(one[key]) == pytest.approx(float(other[key]), rel=within)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("workers")


@pytest.fixture(scope="module")
def one(folder):
    """One process with the joint batch."""
    (ended,) = train_together([[*OPTIONS, f"--workdir={folder / 'one'}"]], folder / "of_one")
    assert ended.code == 0, ended.errors
    return ended


@pytest.fixture(scope="module")
def two(folder):
    """Two workers; only the first has a folder of its own that may be written to."""
    workers = as_workers(2, [*OPTIONS, SYNCHRONISED])
    for worker, name in zip(workers, ("two", "nothing"), strict=True):
        worker.append(f"--workdir={folder / name}")
    ended = train_together(workers, folder / "of_two")
    assert [each.code for each in ended] == [0, 0], ended[0].errors + ended[1].errors
    return ended


def test_two_workers_lose_what_one_process_does(one, two, folder):
    assert len(one.losses) == 20
    np.testing.assert_allclose(two[0].losses, one.losses, rtol=WITHIN)
    np.testing.assert_array_equal(two[0].losses, two[1].losses)
    assert_same_log(log(folder / "two"), log(folder / "one"), WITHIN)


def test_both_workers_have_the_same_weights(one, two):
    weights = [each.weights for each in two]
    assert weights[0].keys() == weights[1].keys() == one.weights.keys()
    for name, value in weights[0].items():
        np.testing.assert_array_equal(value, weights[1][name])
        np.testing.assert_allclose(value, one.weights[name], rtol=1e-4, atol=1e-6)


def test_the_model_that_is_kept_is_that_of_one_process(one, two, folder, tiny_encoder):
    """Its moving statistics, too, and the list of what both workers have read."""
    ours, theirs = (densedepth_tf.load(folder / name) for name in ("two", "one"))
    for our, their in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(our.numpy(), their.numpy(), rtol=1e-4, atol=1e-6)
    lists = [(folder / name / "training_samples.csv").read_text() for name in ("two", "one")]
    assert sorted(lists[0].splitlines()) == sorted(lists[1].splitlines())


def test_only_the_first_worker_writes(two, folder):
    assert not (folder / "nothing").exists()
    for name in ("config.yaml", "README.md", "curves.png", "panels/training_0.png"):
        assert (folder / "two" / name).stat().st_size > 0
    assert "loss" not in two[1].output


def test_nothing_is_warned_of(two):
    for each in two:
        assert "warning:" not in each.errors


def test_a_killed_worker_stops_the_other_and_the_run_goes_on_exactly(two, folder):
    options = [*OPTIONS, SYNCHRONISED, f"--workdir={folder / 'killed'}"]
    first, second = train_together(
        as_workers(2, options), folder / "of_killed", {1: {KILL_AT: "2,1"}}.items()
    )
    assert second.code == -signal.SIGKILL, second.errors
    assert first.code == 2
    (line,) = first.said
    assert "Worker 1" in line and "has ended without a word" in line
    assert [path.name for path in (folder / "killed/backup").iterdir()] == ["epoch-00002"]

    resumed = train_together(as_workers(2, options), folder / "of_resumed")
    assert [each.code for each in resumed] == [0, 0], resumed[0].errors + resumed[1].errors
    assert "Resuming after epoch 2" in resumed[0].output
    assert_same_log(log(folder / "killed"), log(folder / "two"), 1e-12)
    np.testing.assert_array_equal(resumed[0].losses, two[0].losses[8:])
    for name, value in resumed[1].weights.items():
        np.testing.assert_array_equal(value, two[0].weights[name])


@pytest.mark.slow
def test_a_worker_that_is_asked_to_end_does_so(folder):
    """TensorFlow takes SIGTERM for itself where it connects hosts."""
    workers = as_workers(2, [*OPTIONS, f"--workdir={folder / 'asked'}"])
    asked = {1: {KILL_AT: "2,1", KILL_BY: "SIGTERM"}}
    first, second = train_together(workers, folder / "of_asked", asked.items())
    assert (first.code, second.code) == (2, 128 + signal.SIGTERM), second.errors
    assert "stopped: it was interrupted" in first.said[0]
    assert "the same command on every host" in second.said[0]


@pytest.mark.slow
def test_two_devices_of_a_machine_learn_what_one_does(folder):
    """With averaged weights, a largest norm and gradients of several steps."""
    mirrored = ["--strategy=mirrored", SYNCHRONISED]
    ended = [
        *train_together([[*OPTIONS, *MORE, f"--workdir={folder / 'lone'}"]], folder / "of_lone"),
        *train_together(
            [[*OPTIONS, *MORE, *mirrored, f"--workdir={folder / 'mirrored'}"]],
            folder / "of_mirrored",
            {0: {DEVICES: "2"}}.items(),
        ),
    ]
    assert [each.code for each in ended] == [0, 0], ended[0].errors + ended[1].errors
    np.testing.assert_allclose(ended[0].losses, ended[1].losses, rtol=WITHIN)
    assert_same_log(log(folder / "mirrored"), log(folder / "lone"), WITHIN)


def test_a_worker_that_cannot_be_used_stops_both_before_anything_is_written(folder):
    more = ["--num-images=12", "--worker-timeout=120"]
    ended = train_together(
        as_workers(2, [*OPTIONS, f"--workdir={folder / 'unequal'}"], *more), folder / "of_unequal"
    )
    assert [each.code for each in ended] == [2, 2]
    for each in ended:
        (line,) = each.said
        assert "--num-images" in line and "16 and 12" in line
    assert not (folder / "unequal").exists()
