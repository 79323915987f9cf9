"""The demo, made tiny, from the first room to the last picture."""

import json
import math

import cv2
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.demo import PHOTOGRAPHS, DemoSize, run_demo

pytestmark = pytest.mark.long
SIZE = DemoSize(num_train=16, num_validation=2, num_test=3, epochs=1, image_size="64x96")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The folder of a tiny demo."""
    folder = tmp_path_factory.mktemp("demo") / "run"
    run_demo(folder, SIZE)
    return folder


def test_the_figures_are_of_the_rooms_not_seen(demo):
    report = json.loads((demo / "metrics.json").read_text())
    assert report["num_images"] == SIZE.num_test
    assert "test" in report["dataset"]
    for kind in ("per_image", "pooled"):
        figures = report["metrics"][kind]
        assert {"delta1", "abs_rel", "rmse"} <= figures.keys()
        assert all(math.isfinite(value) for value in figures.values())


def test_pictures_are_left(demo):
    for name in ("curves.png", "demo.png", "photographs.png", "panels/training_0.png"):
        picture = cv2.imread(str(demo / name))
        assert picture is not None and picture.std() > 5, name
    assert min(cv2.imread(str(demo / "demo.png")).shape[:2]) > 400


def test_every_photograph_has_its_depth(demo):
    folder = demo / "photographs"
    for name in PHOTOGRAPHS:
        assert cv2.imread(str(folder / f"{name}.png")).std() > 5
        predicted = [path for path in (folder / "depth").rglob(f"{name}*") if path.is_file()]
        assert predicted and all(path.stat().st_size > 0 for path in predicted)


def test_the_saved_model_predicts_what_the_model_predicts(demo):
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    model, exported = densedepth_tf.load(demo), densedepth_tf.load(demo / "saved_model")
    depth = model.predict_depth(image)
    assert depth.shape == (60, 80, 1) and (depth > 0).all()
    np.testing.assert_allclose(exported.predict_depth(image), depth, rtol=1e-4)


def told_otherwise(name):
    """TensorBoard's files are called by the time, and a run in a bucket keeps no evaluations."""
    return ".tfevents." in name or name == "evaluations.json"


@pytest.mark.slow
def test_a_bucket_gets_what_a_folder_gets(demo, s3_files, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    s3_files.mkdir("demo")
    run_demo("s3://demo/run", SIZE)
    assert "/tmp" not in capsys.readouterr().out
    here = {path.relative_to(demo).as_posix() for path in demo.rglob("*") if path.is_file()}
    there = {key.removeprefix("demo/run/") for key in s3_files.find("demo/run")}
    assert there - {*filter(told_otherwise, there)} == here - {*filter(told_otherwise, here)}
    run_demo("s3://demo/run", SIZE)
    assert "Nothing left to train" in capsys.readouterr().out
