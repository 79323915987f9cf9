"""A small real model, its weights random and its depth inside its range, and tiny artefacts."""

import shutil
from pathlib import Path

import keras
import pytest
from tiny_depth import SIZE, SUFFIX, TinyDepth

from densedepth_tf import DenseDepth
from densedepth_tf.export.exporters import get_exporter


def pytest_collection_modifyitems(items):
    """Nearly every test here converts a model."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.long)


def small_model(**options):
    keras.utils.set_random_seed(0)
    model = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16, **options)
    kernel, bias = model.get_layer("conv3").get_weights()
    model.get_layer("conv3").set_weights([kernel, bias + 4])
    return model


@pytest.fixture(scope="session")
def model():
    return small_model()


@pytest.fixture(scope="session")
def saved_model(model, tmp_path_factory):
    """The model as a SavedModel folder."""
    from densedepth_tf.export.saved_model import export_saved_model

    path = tmp_path_factory.mktemp("exported") / "saved_model"
    export_saved_model(model, path)
    return path


@pytest.fixture(scope="session")
def tiny():
    return TinyDepth((64, 64))


@pytest.fixture(scope="session")
def exported(tiny, tmp_path_factory):
    """`exported(format)`: the one folder with an artefact of the tiny model."""
    folders = {}

    def once(name):
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp(name)
            get_exporter(name).export(tiny, folders[name] / f"m{SUFFIX[name]}", size=SIZE)
        return folders[name]

    return once


@pytest.fixture
def artefact(exported, tmp_path):
    """`artefact(format)`: the path of an artefact of the tiny model, a copy of one's own."""

    def copy(name):
        shutil.copytree(exported(name), tmp_path, dirs_exist_ok=True)
        return tmp_path / f"m{SUFFIX[name]}"

    return copy
