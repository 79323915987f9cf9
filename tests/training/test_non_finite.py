"""A loss that is not a number ends a training at once and costs nothing that was good."""

import csv
import shutil

import cv2
import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.data.batches.augmentation import NO_AUGMENTATION
from densedepth_tf.data.batches.loader import Loader
from densedepth_tf.data.batches.pipeline import BatchFormat, training_batches
from densedepth_tf.data.sources import open_source
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.training.callbacks.non_finite import NonFiniteLossError
from densedepth_tf.training.densedepth import system as densedepth
from densedepth_tf.training.train import train

SETTINGS = {"steps_per_epoch": 2, "channel_swap": 0.0, "flip": 0.0}


@keras.saving.register_keras_serializable(package="densedepth_tf_tests")
class DividesByDarkness(DepthEstimator):
    """A network that cannot bear a picture that is white all over."""

    def __init__(self, min_depth=0.1, max_depth=10.0, image_size=None, name=None, **_):
        image = keras.Input((None, None, 3), name="image")
        x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(image)
        darkness = keras.layers.GlobalAveragePooling2D(keepdims=True)(1.0 - image)
        darkness = keras.ops.mean(darkness, axis=-1, keepdims=True)
        output = keras.layers.Conv2D(1, 3, padding="same")(x) / darkness
        super().__init__(image, output, InverseDepthCodec(min_depth, max_depth), image_size, name)

    def get_config(self):
        return {"image_size": self.image_size, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


@pytest.fixture
def fragile(options, monkeypatch):
    """Trains the network above on a folder; depends on `options`, which puts another in place."""
    monkeypatch.setattr(densedepth, "DenseDepth", DividesByDarkness)
    return lambda folder, **more: train(options(data_dir=str(folder), **{**SETTINGS, **more}))


@pytest.fixture
def folder(tmp_path, nyu_folder):
    return shutil.copytree(nyu_folder, tmp_path / "data-set")


def batches_of(folder, number):
    """Names of the samples in each of the first training batches."""
    loader = Loader(open_source("nyu", folder, "train", holdout_every=5))
    format = BatchFormat((64, 64), (32, 32), lambda depth: depth, batch_size=2)
    for _ in training_batches(loader, format, NO_AUGMENTATION, seed=0).take(number):
        pass
    return [loader.names(range(2 * step, 2 * step + 2)) for step in range(number)]


def whiten(folder, name):
    cv2.imwrite(str(folder / name), np.full((64, 64, 3), 255, np.uint8))


def weights_are_finite(model):
    return all(np.isfinite(weight).all() for weight in model.get_weights())


def test_training_stops_at_the_step_and_names_its_samples(folder, fragile):
    batches = batches_of(folder, 4)
    assert len({name for batch in batches for name in batch}) == 8
    whiten(folder, batches[3][1])
    with pytest.raises(NonFiniteLossError) as error:
        fragile(folder, epochs=3)
    message = str(error.value)
    assert "The loss became" in message and "in epoch 2, step 2." in message
    assert f"Its samples: {', '.join(batches[3])}. " in message
    assert "`learning_rate`" in message


def test_the_last_good_epoch_remains(folder, fragile, tmp_path):
    whiten(folder, batches_of(folder, 4)[2][0])
    good = fragile(folder, epochs=1, keep_backup=True).folder
    model = good.model.read_bytes()
    with pytest.raises(NonFiniteLossError, match="in epoch 2, step 1"):
        fragile(folder, epochs=3)
    assert good.model.read_bytes() == model
    assert weights_are_finite(densedepth_tf.load(good.path))
    assert [path.name for path in good.backup.iterdir()] == ["epoch-00001"]
    rows = list(csv.DictReader(good.csv_log.read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1"]


def test_once_the_data_is_mended_the_run_goes_on(folder, fragile, nyu_folder, capsys):
    name = batches_of(folder, 4)[2][0]
    whiten(folder, name)
    with pytest.raises(NonFiniteLossError):
        fragile(folder, epochs=2)
    shutil.copy(nyu_folder / name, folder / name)
    result = fragile(folder, epochs=2)
    assert "Resuming after epoch 1" in capsys.readouterr().out
    assert np.isfinite(result.best_value)
    assert weights_are_finite(densedepth_tf.load(result.folder.path))


def test_validation_stops_it_before_anything_is_saved(folder, fragile, tmp_path):
    whiten(folder, "data/9.jpg")
    with pytest.raises(NonFiniteLossError, match=r"validation loss became .* samples: data/4\.jpg"):
        fragile(folder, epochs=1)
    assert not (tmp_path / "run/model.keras").exists()
    assert not list((tmp_path / "run/backup").iterdir())


def test_a_learning_rate_that_is_too_large_is_found_out(run, tmp_path):
    """The real thing: weights that overflow."""
    with pytest.raises(NonFiniteLossError, match=r"Its samples: data/\d\.jpg, data/\d\.jpg"):
        run(learning_rate=1e30, schedule="constant", epochs=3)
    assert not list((tmp_path / "run/backup").iterdir())
