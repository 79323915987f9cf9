"""Bad input to `predict.py --engine ray`: one line, exit code 2, nothing left behind."""

import sys

import numpy as np
import pytest
from PIL import Image

from densedepth_tf.commands.predict import main
from densedepth_tf.commands.tfrecord import main as tfrecord_command
from densedepth_tf.process.optional_package import is_installed

needs_ray = pytest.mark.skipif(
    not is_installed("ray"), reason="Ray is not installed: pip install 'densedepth-tf[ray]'"
)


@pytest.fixture
def photo(tmp_path, rng):
    photo = tmp_path / "photo.jpg"
    Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(photo)
    return photo


@pytest.fixture
def refused(capsys, tmp_path, photo):
    """`refused(*flags)`: what a run with them says, which predicts nothing."""
    output = tmp_path / "out"

    def run(*flags, inputs=(photo,)):
        with pytest.raises(SystemExit) as leaving:
            main(["--input", *map(str, inputs), "--output", str(output), *flags])
        errors = capsys.readouterr().err
        assert leaving.value.code == 2 and errors.count("\n") == 1 and not output.exists()
        return errors

    return run


def test_ray_is_missing(refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    errors = refused("--engine", "ray")
    assert "--engine ray needs the package 'ray': pip install 'densedepth-tf[ray]'" in errors


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ((), "--engine ray needs the package 'ray': pip install 'densedepth-tf[ray]'"),
        (("--address", "nowhere"), "The --address of a Ray cluster is HOST:PORT"),
        (("--address", "127.0.0.1:1"), "No Ray cluster answers at --address '127.0.0.1:1'"),
    ],
)
def test_records_without_ray_or_a_cluster(photo, tmp_path, capsys, monkeypatch, flags, said):
    if not flags:
        monkeypatch.setitem(sys.modules, "ray", None)
    elif not is_installed("ray"):
        pytest.skip("Ray is not installed: pip install 'densedepth-tf[ray]'")
    output = tmp_path / "out"
    with pytest.raises(SystemExit) as leaving:
        tfrecord_command(
            [*data_of(photo, tmp_path), "--output", str(output), "--engine", "ray", *flags]
        )
    errors = capsys.readouterr().err
    assert leaving.value.code == 2 and errors.count("\n") == 1 and said in errors
    assert not output.exists()


@pytest.mark.parametrize(
    "flags",
    [
        ("--address", "auto"),
        ("--actors", "2"),
        ("--shards", "parquet"),
        ("--shard-size", "8"),
    ],
)
def test_flags_of_the_other_engine(refused, flags):
    assert f"{flags[0]} is for --engine ray. Received: '{flags[1]}'" in refused(*flags)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--shards", "parquet", "--save", "npy"), "--shards hold metres and take the place of"),
        (("--shard-size", "8"), "--shard-size is for --shards"),
        (("--actors", "0"), "argument --actors"),
        (("--checkpoint", "missing.onnx"), "missing.onnx"),
        (("--address", "nowhere"), "The --address of a Ray cluster is HOST:PORT"),
        (("--address", "127.0.0.1:1"), "No Ray cluster answers at --address '127.0.0.1:1'"),
    ],
)
@needs_ray
def test_what_does_not_fit(refused, flags, said):
    assert said in refused("--engine", "ray", *flags)


@needs_ray
@pytest.mark.long
def test_a_bucket_without_rights(photo, refusing_s3, capsys, tmp_path):
    commands = ((main, ["--input", str(photo)]), (tfrecord_command, data_of(photo, tmp_path)))
    for command, flags in commands:
        with pytest.raises(SystemExit) as leaving:
            command([*flags, "--output", "s3://mine/out", "--engine", "ray"])
        errors = capsys.readouterr().err
        assert leaving.value.code == 2 and errors.count("\n") == 1
        assert "Cannot write to 's3://mine/out': the bucket refuses it" in errors


def data_of(photo, tmp_path):
    np.save(tmp_path / "photo.npy", np.ones((48, 64), np.float32))
    return ["--dataset", "folder", "--data-dir", str(tmp_path)]


def test_videos_are_left_to_one_process(refused, tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"a video")
    errors = refused("--engine", "ray", inputs=(tmp_path / "clip.mp4",))
    assert "leave videos and webcams to --engine local" in errors and "clip.mp4" in errors
