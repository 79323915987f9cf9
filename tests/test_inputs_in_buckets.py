"""Inputs of commands that are neither data nor checkpoints: configurations, pictures to look at."""

import numpy as np
import pytest
from PIL import Image

from densedepth_tf.commands.arguments.training_arguments import named_model
from densedepth_tf.commands.shell.named_config import find_config
from densedepth_tf.commands.train import main as train
from densedepth_tf.evaluation.kitti_benchmark import export_benchmark
from densedepth_tf.export.quantization.int8_calibration import Int8Calibration


@pytest.fixture
def bucket(s3_files, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    s3_files.mkdir("inputs")
    yield s3_files
    s3_files.rm("inputs", recursive=True)


@pytest.fixture
def pictures(bucket, tmp_path):
    """Three pictures here, and the same in the bucket."""
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    for level, name in enumerate(("a.png", "b.png", "sub/c.png")):
        Image.fromarray(np.full((24, 32, 3), 50 * level + 60, np.uint8)).save(folder / name)
    bucket.put(str(folder), "inputs/pictures", recursive=True)
    return folder


def test_configurations(bucket, capsys):
    bucket.pipe_file("inputs/run/config.yaml", b"model: eigen\nepoch: 3\n")
    address = "s3://inputs/run/config.yaml"
    assert find_config(address).read_bytes() == b"model: eigen\nepoch: 3\n"
    assert named_model(["--config", address]) == "eigen"
    for given, message in (
        (
            address,
            f"unknown options: epoch (see `train.py --help`). Did you mean epochs? "
            f"Received: '{address}'",
        ),
        ("s3://inputs/none.yaml", "'s3://inputs/none.yaml'"),
        ("az://inputs/a.yaml", "Received: 'az://inputs/a.yaml'"),
    ):
        with pytest.raises(SystemExit) as leaving:
            train(["--config", given])
        error = capsys.readouterr().err
        assert leaving.value.code == 2 and error.count("\n") == 1 and message in error, error


def test_pictures_to_calibrate_with(pictures):
    here = Int8Calibration.from_images(pictures, 2).images
    there = Int8Calibration.from_images("s3://inputs/pictures", 2).images
    np.testing.assert_array_equal(there, here)


class Brightness:
    name = "brightness"

    def predict_depth(self, images):
        return images.astype(np.float32).mean(axis=-1, keepdims=True) / 10


def test_pictures_of_a_benchmark(bucket, pictures, tmp_path):
    given = "s3://inputs/pictures"
    export_benchmark(Brightness(), pictures, tmp_path / "here")
    assert export_benchmark(Brightness(), given, tmp_path / "there").num_written == 3
    for name in ("a.png", "b.png", "sub/c.png"):
        expected = (tmp_path / "here" / name).read_bytes()
        assert (tmp_path / "there" / name).read_bytes() == expected
    with pytest.raises(ValueError, match=r"'s3://inputs/pictures/a\.png' would replace an input"):
        export_benchmark(Brightness(), given, given)
    assert len(bucket.find("inputs")) == 3
