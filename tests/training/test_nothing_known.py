"""A training or a validation without known depth is an error and leaves no model."""

import json

import pytest
import tensorflow as tf

from densedepth_tf.commands.train import main
from densedepth_tf.data.pairs.nyu import NYUSource
from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards
from densedepth_tf.training.callbacks.nothing_known import NothingKnownError


@pytest.fixture
def shards(tmp_path, nyu_folder):
    """Eight samples to train on and two to validate on, as records."""
    for split in ("train", "validation"):
        source = NYUSource(nyu_folder, split, holdout_every=5)
        write_shards(source, tmp_path / "shards", split, 1)
    return tmp_path / "shards"


@pytest.fixture
def run_shards(run, shards):
    return lambda: run(dataset="tfrecord", data_dir=str(shards), holdout_every=0, epochs=1)


def rewrite(folder, split, records):
    """Other records under the same index."""
    path = folder / f"{split}-00000-of-00001.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    index = json.loads((folder / f"{split}.json").read_text())
    index["shards"][0]["num_bytes"] = path.stat().st_size
    (folder / f"{split}.json").write_text(json.dumps(index))


def records(folder, split):
    dataset = tf.data.TFRecordDataset(str(folder / f"{split}-00000-of-00001.tfrecord"))
    return list(dataset.as_numpy_iterator())


def nothing_is_left(tmp_path):
    kept = [*tmp_path.glob("run/model.keras"), *tmp_path.glob("run/backup/*")]
    return not kept


@pytest.mark.parametrize(
    ("split", "what"),
    [pytest.param("train", "trained", marks=pytest.mark.slow), ("validation", "validated")],
)
@pytest.mark.filterwarnings("ignore:Sample skipped")
def test_a_stream_of_nothing_but_bad_records(shards, run_shards, tmp_path, split, what):
    rewrite(shards, split, [b"the same"] * len(records(shards, split)))
    with pytest.raises(NothingKnownError, match=f"that epoch 1 was {what} on.*1 samples cannot be"):
        run_shards()
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_shards_that_hold_less_than_their_index_promises(shards, run_shards, tmp_path, split):
    rewrite(shards, split, records(shards, split)[:-1])
    with pytest.raises(ValueError, match=rf"{split} promises \d samples, but the shards hold few"):
        run_shards()
    assert nothing_is_left(tmp_path)


@pytest.mark.filterwarnings("ignore:Sample skipped")
def test_some_bad_records_are_none_of_its_business(shards, run_shards, tmp_path):
    rewrite(shards, "train", [*records(shards, "train")[:-2], b"bad", b"worse"])
    assert len(run_shards().skipped) == 2
    assert (tmp_path / "run/model.keras").is_file()


def test_the_command_ends_in_one_line(shards, options, tmp_path, capfd):
    rewrite(shards, "train", [b"the same"] * 8)
    flags = ["--dataset=tfrecord", f"--data-dir={shards}", "--encoder-weights=none", "--epochs=1"]
    flags += ["--image-size=64x64", "--batch-size=2", f"--workdir={tmp_path / 'run'}"]
    options()  # puts the small network in place
    with pytest.raises(SystemExit) as ended:
        main(flags)
    assert ended.value.code == 2
    output, errors = capfd.readouterr()
    assert errors.splitlines()[-1].startswith("train.py: error: No depth was known in any of")
    assert "Best model" not in output and "Traceback" not in errors
