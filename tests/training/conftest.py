"""A small NYU-like data set and a small network, so that a whole training takes seconds."""

import shutil
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.training.densedepth import system as densedepth
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.train import TrainingResult, train

# Whoever asks for one of these trains.
TRAINING = {"options", "eigen_options", "runs"}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and TRAINING & {*item.fixturenames}:
            item.add_marker(pytest.mark.long)


@keras.saving.register_keras_serializable(package="densedepth_tf_tests")
class SmallDepth(DepthEstimator):
    """Three convolutions with everything that has a state: statistics, dropout's seed."""

    def __init__(
        self,
        min_depth=0.1,
        max_depth=10.0,
        image_size=None,
        batch_norm_momentum=None,
        name=None,
        **_,
    ):
        momentum = 0.99 if batch_norm_momentum is None else batch_norm_momentum
        image = keras.Input((None, None, 3), name="image")
        x = keras.layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(image)
        x = keras.layers.BatchNormalization(momentum=momentum)(x)
        x = keras.layers.Activation("relu")(x)
        x = keras.layers.Dropout(0.1)(x)
        x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        output = keras.layers.Conv2D(1, 3, padding="same", dtype="float32")(x)
        super().__init__(image, output, InverseDepthCodec(min_depth, max_depth), image_size, name)

    def get_config(self):
        return {
            "min_depth": self.min_depth,
            "max_depth": self.max_depth,
            "image_size": self.image_size,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def write_nyu(folder, number):
    """The official layout: `data/nyu2_train.csv`, JPEGs and 8-bit depth, 64x64."""
    (folder / "data").mkdir(parents=True)
    rows = []
    for index in range(number):
        rng = np.random.default_rng(index)
        image = cv2.GaussianBlur(rng.integers(0, 256, (64, 64, 3), np.uint8), (0, 0), 2)
        depth = np.linspace(1, 4, 64 * 64).reshape(64, 64) + 0.2 * index
        cv2.imwrite(str(folder / f"data/{index}.jpg"), image)
        cv2.imwrite(str(folder / f"data/{index}.png"), (depth * 25.5).astype(np.uint8))
        rows.append(f"data/{index}.jpg,data/{index}.png\n")
    (folder / "data/nyu2_train.csv").write_text("".join(rows))
    return folder


@pytest.fixture(scope="session")
def nyu_folder(tmp_path_factory):
    """Ten pairs; every fifth is for validation."""
    return write_nyu(tmp_path_factory.mktemp("data") / "nyu", 10)


@pytest.fixture
def small_depth(monkeypatch):
    """The small network in place of DenseDepth's."""
    monkeypatch.setattr(densedepth, "DenseDepth", SmallDepth)


@pytest.fixture
def options(nyu_folder, tmp_path, small_depth):
    """`options(**more)`: a configuration of a few seconds' training of the small network."""

    def make(**more):
        values = {
            "encoder_weights": "none",
            "dataset": "nyu",
            "data_dir": str(nyu_folder),
            "holdout_every": 5,
            "image_size": "64x64",
            "epochs": 2,
            "batch_size": 2,
            "workdir": str(tmp_path / "run"),
        }
        return DenseDepthOptions(**{**values, **more})

    return make


@pytest.fixture
def run(options):
    """`run(**options)` trains the small network and returns the result."""
    return lambda **more: train(options(**more))


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory):
    """`trained_once(options, workdir, **more)` is `train(options(workdir=workdir, **more))`.

    It trains once for all that ask for the same, and gives each a copy of the folder.
    """
    results = {}

    def finished(options, workdir, **more):
        key = (options.__module__, options.__qualname__, repr(sorted(more.items())))
        if key not in results:
            results[key] = train(options(workdir=str(tmp_path_factory.mktemp("trained")), **more))
        result = results[key]
        shutil.copytree(result.folder.path, workdir)
        folder = RunFolder(workdir)
        said = folder.config.read_text()
        folder.config.write_text(said.replace(str(result.folder.path), str(workdir)))
        return TrainingResult(folder, result.best_value, result.skipped)

    return finished


@pytest.fixture
def finished_run(options, trained_once, tmp_path):
    """`finished_run(**options)`: as `run`, for tests that begin with a run that has ended."""

    def finished(workdir=tmp_path / "run", **more):
        return trained_once(options, workdir, **more)

    return finished
