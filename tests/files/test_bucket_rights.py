"""A bucket that refuses, and a package that is missing: one line, and nothing is left."""

import sys

import pytest
from PIL import Image

from densedepth_tf.commands import (
    evaluate,
    export,
    fill,
    predict,
    preflight,
    rooms,
    tfrecord,
    train,
)

LINES = {
    "pictures": (predict, "--input s3://secret/in --output out"),
    "results": (predict, "--input a.png --output s3://secret/out"),
    "a checkpoint": (predict, "--checkpoint s3://secret/run --input a.png --output out"),
    "a checkpoint to measure": (evaluate, "--checkpoint s3://secret/a.keras --dataset rooms"),
    "a checkpoint to export": (export, "--checkpoint s3://secret/run --format onnx --output a"),
    "nyu": (evaluate, "--checkpoint nyu_small --dataset nyu --data-dir s3://secret/nyu"),
    "pairs": (tfrecord, "--dataset folder --data-dir s3://secret/mine --output out"),
    "a list": (tfrecord, "--dataset folder --data-dir s3://secret/a.csv --output out"),
    "frames": (evaluate, "--checkpoint nyu_small --dataset kitti --data-dir s3://secret/kitti"),
    "shards": (evaluate, "--checkpoint nyu_small --dataset tfrecord --data-dir s3://secret/a"),
    "maps": (fill, "--data-dir s3://secret/maps --output out"),
    "a run": (train, "--dataset rooms --workdir s3://secret/run"),
    "a report": (
        evaluate,
        "--dataset folder --data-dir . --predictions . --output s3://secret/out",
    ),
    "an artefact": (export, "--checkpoint nyu_small --format onnx --output s3://secret/a.onnx"),
    "pictures to calibrate with": (
        export,
        "--checkpoint nyu_small --format onnx --calibration s3://secret/in --output a.onnx",
    ),
    "rooms": (rooms, "--output s3://secret/out"),
    "a list to write": (preflight, "--data-dir . --keep s3://secret/keep.txt"),
    "a configuration": (train, "--config s3://secret/a.yaml"),
    "training data": (train, "--dataset folder --data-dir s3://secret/mine --workdir out"),
}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    """One picture, and after each test nothing else."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    Image.new("RGB", (8, 8)).save("a.png")
    yield
    assert [path.name for path in here.rglob("*")] == ["a.png"]
    assert not [path for path in (tmp_path / "cache/densedepth_tf").rglob("*") if path.is_file()]


def line_of(what, capsys):
    command, arguments = LINES[what]
    with pytest.raises(SystemExit) as ended:
        command.main(arguments.split())
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.count("\n") == 1 and "Traceback" not in error, error
    return error


@pytest.mark.parametrize("what", LINES)
def test_a_refusal_is_told_with_the_address(refusing_s3, what, capsys):
    address = next(word for word in LINES[what][1].split() if word.startswith("s3://"))
    error = line_of(what, capsys)
    places = address, address.rpartition("/")[0]  # of a file to write, where it would lie
    assert any(f"'{place}': the bucket refuses it" in error for place in places)
    assert "check the credentials and their rights" in error


@pytest.mark.parametrize("what", LINES)
def test_the_package_to_install_is_told(what, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    assert "needs the package 's3fs': pip install 'densedepth-tf[s3]'" in line_of(what, capsys)
