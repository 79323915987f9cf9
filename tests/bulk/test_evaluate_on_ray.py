"""`evaluate.py --engine ray`: the figures and files of a run without it."""

import csv
import functools
import io
import sys

import cv2
import numpy as np
import pytest

from densedepth_tf.bulk.nodes import SharedSource, shared_source
from densedepth_tf.commands.evaluate import main
from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.files.depth.depth_file import encode_depth_png
from densedepth_tf.process.optional_package import is_installed

needs_ray = pytest.mark.skipif(
    not is_installed("ray"), reason="Ray is not installed: pip install 'densedepth-tf[ray]'"
)
TIMES = ("ms/image",)  # All else is equal to the last digit.
FLAGS = ("--dataset", "folder", "--data-dir", "data", "--batch-size", 2, "--median-scaling")


def evaluate(*flags):
    with pytest.raises(SystemExit) as leaving:
        main([*map(str, flags)])
    return leaving.value.code or 0


@pytest.fixture
def data(tmp_path, rng):
    """Nineteen photographs with depth in two sizes, one of them damaged, and predictions."""
    folder, predictions = tmp_path / "data", tmp_path / "theirs"
    folder.mkdir()
    predictions.mkdir()
    rows = []
    for number in range(19):
        size = (96, 64) if number % 5 == 4 else (64, 48)
        depth = cv2.resize(rng.uniform(1, 6, (3, 4)).astype(np.float32), size)
        image = rng.integers(0, 256, (*size[::-1], 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), image)
        (folder / f"{number}_depth.png").write_bytes(encode_depth_png(depth))
        np.save(predictions / f"{number}.npy", depth * np.float32(1.1))
        rows.append(f"{number}.jpg,{number}_depth.png")
    (folder / "test.csv").write_text("\n".join(rows) + "\n")
    (folder / "6.jpg").write_bytes((folder / "6.jpg").read_bytes()[:200])
    return tmp_path


@pytest.fixture
def checkpoint(tmp_path):
    import densedepth_tf

    model = densedepth_tf.DenseDepth(
        encoder="mobilenetv2", encoder_weights=None, decoder_filters=16
    )
    model.save(tmp_path / "mine.keras")
    return tmp_path / "mine.keras"


@needs_ray
@pytest.mark.long
def test_the_same_figures_and_files(shared_ray, data, checkpoint, capsys, monkeypatch):
    monkeypatch.chdir(data)
    flags = [*FLAGS, "--checkpoint", checkpoint, "--predictions", "theirs"]
    said = []
    for engine in ((), ("--engine", "ray", "--actors", "2")):
        output = data / (engine[1] if engine else "local")
        assert evaluate(*flags, "--output", output, *engine) == 1
        lines = capsys.readouterr().err.splitlines(keepends=True)
        # How far it is, a slow machine says every 30 seconds.
        said.append("".join(line for line in lines if "/image]" not in line))
    assert said[0] == said[1] and "6.jpg" in said[0]
    local, ray = (files(data / name) for name in ("local", "ray"))
    assert local.keys() == ray.keys() and len(local) > 10
    assert rows(local.pop("comparison.csv")) == rows(ray.pop("comparison.csv"))
    del local["comparison.md"], ray["comparison.md"]  # The same table, with times.
    for name, content in local.items():
        assert ray[name] == content, name


def files(folder):
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def rows(table):
    read = list(csv.DictReader(io.StringIO(table.decode())))
    return [{name: row[name] for name in row if name not in TIMES} for row in read]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--predictions", "theirs"), "--engine ray needs --checkpoint"),
        (("--checkpoint", "nyu_small", "--protocol", "odometry"), "measures depth"),
        (("--checkpoint", "nyu_small", "--address", "nowhere"), "HOST:PORT of its head"),
        (("--checkpoint", "nyu_small", "--address", "127.0.0.1:1"), "No Ray cluster answers"),
    ],
)
def test_what_does_not_fit(data, capsys, flags, said):
    output, folder = data / "out", ["--dataset", "folder", "--data-dir", data / "data"]
    assert evaluate(*folder, "--output", output, "--engine", "ray", *flags) == 2
    errors = capsys.readouterr().err
    assert said in errors and errors.count("\n") == 1
    assert not output.exists()


def test_flags_of_the_other_engine_and_a_missing_package(data, capsys, monkeypatch):
    flags = ["--dataset", "folder", "--data-dir", data / "data", "--checkpoint", "nyu_small"]
    flags += ["--output", data / "out"]
    assert evaluate(*flags, "--actors", 2) == 2
    assert "--actors is for --engine ray. Received: '2'" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "ray", None)
    assert evaluate(*flags, "--engine", "ray") == 2
    errors = capsys.readouterr().err
    assert "pip install 'densedepth-tf[ray]'" in errors and errors.count("\n") == 1
    assert not (data / "out").exists()


def test_data_that_differ_between_nodes(data, monkeypatch):
    opens = functools.partial(FolderSource, "data", "test")
    monkeypatch.chdir(data)
    shared = SharedSource(opens, 19)
    monkeypatch.chdir("/")
    assert len(shared.open()) == 19  # from where it was started
    with pytest.raises(OSError, match=r"has 19 samples on node .* and 20 where this was started"):
        SharedSource(opens, 20).open()
    with pytest.raises(OSError, match=r"On node .*missing"):
        SharedSource(functools.partial(FolderSource, "missing", "test"), 19).open()
    with pytest.raises(OSError, match=r"'.*' has other samples on node .* than where this was"):
        SharedSource(opens, 19, content="of others").open()
    assert len(shared_source(opens, opens()).open()) == 19
    with pytest.raises(OSError, match=r"and 0\.0\.1 where this was started; install one version"):
        SharedSource(opens, 19, version="0.0.1").open()
