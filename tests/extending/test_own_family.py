"""A model family from outside the package: it is trained, evaluated and loaded like the others."""

from dataclasses import dataclass
from typing import ClassVar

import keras
import numpy as np
import pytest
import yaml
from keras import ops

import densedepth_tf
from densedepth_tf.commands.evaluate import main as evaluate
from densedepth_tf.commands.train import main as train
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.training.families import FAMILIES

FLAGS = (
    *("--model=tiny", "--num-images=2", "--num-validation-images=1", "--epochs=1"),
    *("--batch-size=2", "--image-size=40x56"),
)


@keras.saving.register_keras_serializable(package="densedepth_tf_tests")
class TinyDepth(densedepth_tf.DepthEstimator):
    """Two convolutions."""

    def __init__(self, width=2, image_size=None, name=None):
        image = keras.Input((None, None, 3), name="image")
        features = keras.layers.Conv2D(width, 3, strides=2, padding="same")(image)
        output = keras.layers.Conv2D(1, 3, padding="same", dtype="float32")(features)
        super().__init__(image, output, InverseDepthCodec(0.1, 10.0), image_size, name)
        self.width = width

    def constructor_arguments(self):
        return {"width": self.width, "image_size": self.image_size, "name": self.name}


@keras.saving.register_keras_serializable(package="densedepth_tf_tests")
class KnownError(keras.losses.Loss):
    """Mean absolute error where there is depth."""

    def call(self, y_true, y_pred):
        return ops.abs(y_true - y_pred) * ops.cast(y_true > 0, "float32")


@dataclass(frozen=True)
class TinyOptions(densedepth_tf.SupervisedOptions):
    model: ClassVar[str] = "tiny"

    learning_rate: float = 0.01
    width: int = densedepth_tf.option(2, "channels of the first layer, below `batch_size` + 8")

    def check(self):
        super().check()
        if self.width < 1:
            raise ValueError(f"`width` is at least 1. Received: {self.width}")


class TinyTraining(densedepth_tf.SupervisedTraining):
    config: TinyOptions

    def network(self, stage, resume):
        return TinyDepth(self.config.width, self.config.image_height_width)

    def loss(self):
        return KnownError()


@pytest.fixture(autouse=True)
def family():
    densedepth_tf.register_family(TinyOptions, TinyTraining, "Tiny (nobody, never)")
    yield
    del FAMILIES["tiny"]


def ended(command, *arguments):
    with pytest.raises(SystemExit) as leaving:
        command(list(map(str, arguments)))
    return leaving.value.code


@pytest.mark.long
def test_it_is_trained_by_its_own_flag_and_used_like_the_others(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ended(train, *FLAGS, "--width=3", "--keep-backup") == 0, capsys.readouterr().err
    folder = tmp_path / "runs/tiny-rooms"
    model = densedepth_tf.load(folder)
    assert isinstance(model, TinyDepth) and model.width == 3
    assert model.predict_depth(np.zeros((30, 50, 3), np.uint8)).shape == (30, 50, 1)
    saved = yaml.safe_load((folder / "config.yaml").read_text())
    assert saved["width"] == 3 and saved["learning_rate"] == 0.01 and "encoder" not in saved
    rooms = ("--dataset=rooms", "--split=test", "--num-images=1", "--image-size=40x56")
    assert ended(evaluate, f"--checkpoint={folder}", *rooms) == 0
    card = (folder / "README.md").read_text()
    assert "Tiny (nobody, never)" in card and "- width: 3" in card and "protocol full" in card
    assert ended(train, f"--config={folder / 'config.yaml'}", "--epochs=2") == 0
    assert "Resuming after epoch 1" in capsys.readouterr().out
    assert ended(train, *FLAGS, "--width=4") == 2
    assert "width was 3, is 4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--model=tiny", "--width=0"], "--width is at least 1. Received: 0"),
        (["--model=tiny", "--dense-units=8"], "--dense-units does not apply to --model tiny"),
        (["--width=3"], "--width does not apply to --model densedepth. Received: 3"),
        (["--model=small"], "--model is one of densedepth, monodepth2, eigen, tiny"),
    ],
)
def test_a_wrong_flag_is_one_line(flags, said, capsys):
    assert ended(train, *flags) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_its_flag_is_shown_under_its_title(capsys):
    assert ended(train, "--help") == 0
    shown = " ".join(capsys.readouterr().out.partition("Tiny (nobody, never)")[2].split())
    assert shown.startswith("(--model tiny): --width WIDTH channels of the first layer")
    assert "below --batch-size + 8; default: 2" in shown


def test_a_name_is_given_once():
    @dataclass(frozen=True)
    class Another(densedepth_tf.SupervisedOptions):
        model: ClassVar[str] = "tiny"

    with pytest.raises(ValueError, match=r"already. Received: model='tiny'"):
        densedepth_tf.register_family(Another, TinyTraining, "Another")


def test_python_reads_its_options_too():
    assert densedepth_tf.read_options({"model": "tiny", "width": 5}) == TinyOptions(width=5)
