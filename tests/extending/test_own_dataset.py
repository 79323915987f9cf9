"""A data set from outside the package: every command and Python open it by its name."""

import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.commands.evaluate import main as evaluate
from densedepth_tf.commands.train import main as train
from densedepth_tf.data.datasets import DATASETS

NUMBERS = {"train": 6, "validation": 2, "test": 3}


class Walls(densedepth_tf.DepthSource):
    """Grey walls: the brighter, the nearer."""

    def __init__(self, number, title):
        self.title = title
        self._number = number

    def __len__(self):
        return self._number

    def __getitem__(self, index):
        index = self.check_index(index)
        image = np.full((64, 64, 3), 40 * (index + 1), np.uint8)
        depth = np.full((64, 64, 1), 1 + index, np.float32)
        return {"image": image, "depth": depth, "name": self.sample_name(index)}

    def sample_name(self, index):
        return f"wall {self.check_index(index)}"


def open_walls(data_dir, split):
    """Data that lies nowhere; `short` has a training list alone."""
    if data_dir == "short" and split != "train":
        raise ValueError(f"There is no {split} list. Received: '{data_dir}'")
    return Walls(NUMBERS[split], f"walls/{split}")


@pytest.fixture(autouse=True)
def walls():
    densedepth_tf.register_dataset("walls", open_walls)
    yield
    del DATASETS["walls"]


def ended(command, *arguments):
    with pytest.raises(SystemExit) as leaving:
        command(list(map(str, arguments)))
    return leaving.value.code


@pytest.mark.parametrize("command", [train, evaluate])
def test_it_is_among_the_data_sets_of_the_help(command, capsys):
    assert ended(command, "--help") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "walls" in shown.partition("--dataset")[2]


@pytest.mark.long
def test_it_is_trained_on_and_measured(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = ["--dataset=walls", "--model=eigen", "--dense-units=1", "--image-size=64x64"]
    assert ended(train, *flags, "--epochs=2", "--batch-size=2", "--num-images=2") == 0
    checkpoint = tmp_path / "runs/eigen-walls"
    assert ended(evaluate, f"--checkpoint={checkpoint}", "--dataset=walls", "--split=test") == 0
    assert "3 images of walls/test" in (checkpoint / "README.md").read_text()


def names(**arguments):
    source = densedepth_tf.open_source("walls", **{"data_dir": None, "split": "train", **arguments})
    return [sample["name"] for sample in source]


def test_python_opens_it_by_its_name():
    assert names(split="test") == ["wall 0", "wall 1", "wall 2"]
    assert names(num_images=2) == ["wall 0", "wall 1"]


def test_rows_of_its_training_list_can_be_set_aside():
    assert names(data_dir="short", split="validation", holdout_every=3) == ["wall 2", "wall 5"]
    held_out = names(data_dir="short", holdout_every=3, num_images=3)
    assert held_out == ["wall 0", "wall 1", "wall 3"]
    with pytest.raises(ValueError, match="There is no validation list"):
        names(data_dir="short", split="validation")


def test_what_it_does_not_know_is_refused():
    with pytest.raises(ValueError, match="does not apply to 'walls': its depth is in metres"):
        names(depth_scale=0.5)


@pytest.mark.parametrize("name", ["nyu", "walls", "no name", ""])
def test_its_name_is_its_own(name):
    with pytest.raises(ValueError, match=f"Received: '{name}'"):
        densedepth_tf.register_dataset(name, lambda data_dir, split: Walls(1, "other"))


def test_what_is_no_source_is_refused():
    densedepth_tf.register_dataset("list", lambda data_dir, split: [1, 2])
    try:
        with pytest.raises(TypeError, match=r"'list' is opened as a DepthSource. Received: list"):
            densedepth_tf.open_source("list", None, "train")
    finally:
        del DATASETS["list"]
