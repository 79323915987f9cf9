"""Checkpoints at s3:// addresses are those of their files, in Python and to commands."""

import json
from pathlib import Path

import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.checkpoint_origin import find_seen_samples
from densedepth_tf.checkpoints import load, needs_tensorflow
from densedepth_tf.commands.evaluate import main as evaluate
from densedepth_tf.commands.export import main as export
from densedepth_tf.commands.predict import main as predict
from densedepth_tf.inference.outputs.output_files import checkpoint_identity
from densedepth_tf.inference.quick_load import quick_load, quick_load_needs_tensorflow
from densedepth_tf.models.densedepth.network import DenseDepth

PRESET = Path(densedepth_tf.__file__).parent / "presets/nyu_small.npz"


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny_encoder):
    """A run folder of a tiny network, which has seen one sample."""
    folder = tmp_path_factory.mktemp("runs") / "demo"
    (folder / "backup").mkdir(parents=True)
    model = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16)
    kernel, bias = model.get_layer("conv3").get_weights()
    model.get_layer("conv3").set_weights([kernel, bias + 4])  # depth inside its range
    model.save(folder / "model.keras")
    (folder / "backup/weights.h5").write_bytes(b"large")
    return folder


@pytest.fixture(scope="module")
def bucket(s3_files, run):
    s3_files.mkdir("models")
    s3_files.put(str(run), "models/demo", recursive=True)
    s3_files.put_file(str(PRESET), "models/small.npz")
    yield s3_files
    s3_files.rm("models", recursive=True)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache"


@pytest.mark.parametrize("name", ["demo", "demo/", "demo/model.keras"])
def test_run_folders_and_their_models(bucket, run, rng, cache, name):
    images = rng.integers(0, 255, (1, 64, 96, 3), np.uint8)
    model = load(f"s3://models/{name}")
    np.testing.assert_array_equal(model.predict_depth(images), load(run).predict_depth(images))
    kept = {path.name for path in cache.rglob("*") if path.is_file()}
    assert kept == {"model.keras", ".lock"}
    assert needs_tensorflow(f"s3://models/{name}")
    assert find_seen_samples(f"s3://models/{name}") is None
    assert checkpoint_identity(f"s3://models/{name}") == checkpoint_identity(str(run))


def test_presets_start_without_tensorflow(bucket, rng):
    images = rng.integers(0, 255, (1, 64, 96, 3), np.uint8)
    here, there = quick_load(PRESET), quick_load("s3://models/small.npz")
    assert type(there) is type(here)
    assert not quick_load_needs_tensorflow("s3://models/small.npz")
    np.testing.assert_array_equal(there.predict_depth(images), here.predict_depth(images))


def test_commands_take_them(bucket, tmp_path, pictures, capsys):
    (tmp_path / "a.png").write_bytes(pictures.png(pictures.image(0, 64, 96)))
    arguments = ["--checkpoint", "s3://models/demo"]
    rooms = ["--dataset", "rooms", "--num-images", "1"]
    with pytest.raises(SystemExit) as ended:
        evaluate([*arguments, *rooms, "--output", str(tmp_path / "report")])
    assert not ended.value.code, capsys.readouterr().err
    report = json.loads((tmp_path / "report/metrics.json").read_text())
    assert report["checkpoint"] == "s3://models/demo"
    with pytest.raises(SystemExit) as ended:
        export([*arguments, "--format", "savedmodel", "--output", str(tmp_path / "exported")])
    assert not ended.value.code, capsys.readouterr().err
    bucket.put(str(tmp_path / "exported"), "models/exported", recursive=True)
    with pytest.raises(SystemExit) as ended:
        predict(["--checkpoint", "s3://models/exported", "--input", "a.png", "--output", "depth"])
    assert not ended.value.code, capsys.readouterr().err
    told = json.loads((tmp_path / "depth/a.depth.json").read_text())
    assert told["checkpoint"] == "s3://models/exported"


@pytest.mark.parametrize("command", [predict, evaluate, export])
def test_what_is_not_there_is_one_line(bucket, cache, capsys, command):
    rest = {
        predict: ["--input", "a.png", "--output", "depth"],
        evaluate: ["--dataset", "rooms", "--output", "report"],
        export: ["--format", "onnx", "--output", "model.onnx"],
    }[command]
    with pytest.raises(SystemExit) as ended:
        command(["--checkpoint", "s3://models/none", *rest])
    error = capsys.readouterr().err
    assert ended.value.code == 2 and error.count("\n") == 1, error
    assert "There is nothing to read there. Received: 's3://models/none'" in error
    assert not cache.exists()
