"""Several models side by side."""

import csv

import cv2
import numpy as np
import pytest

from densedepth_tf.data.sample import Sample
from densedepth_tf.evaluation.comparison import (
    Candidate,
    compare,
    comparison_markdown,
    labels_of,
)
from densedepth_tf.evaluation.metrics import METRIC_NAMES


def make_samples(count):
    samples = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        depth = rng.uniform(1, 9, (24, 32, 1)).astype(np.float32)
        image = np.repeat((depth * 25).astype(np.uint8), 3, axis=2)
        samples.append(Sample(image=image, depth=depth, name=f"{seed:03}.jpg"))
    return samples


class Model:
    max_depth = 10.0

    def __init__(self, factor):
        self.factor = factor

    def count_params(self):
        return 21_523_805

    def predict_depth(self, images):
        return np.maximum(self.factor * images[..., :1] / np.float32(25), 0.1)


def candidates():
    return [
        Candidate("good", lambda: Model(1), "runs/good"),
        Candidate("far", lambda: Model(1.3), "runs/far"),
    ]


@pytest.mark.parametrize(
    ("paths", "labels"),
    [
        (["runs/a", "b.keras"], ["a", "b"]),
        (["runs/a", "a.onnx", "a.xml"], ["a", "a.onnx", "a.xml"]),
        (["runs/lr0.1", "runs/lr0.2"], ["lr0.1", "lr0.2"]),
        (["x/run/model.keras", "y/run/model.keras"], ["x_run_model", "y_run_model"]),
        (["a.onnx", "a.onnx"], ["a_1", "a_2"]),
        ([], []),
    ],
)
def test_labels_tell_the_models_apart(paths, labels):
    assert labels_of(paths) == labels


def test_table_and_picture(tmp_path):
    results = compare(candidates(), make_samples(9), "full", tmp_path, batch_size=4)
    assert [result.model for result in results] == ["good", "far"]
    assert results[0].metrics["pooled"]["abs_rel"] < results[1].metrics["pooled"]["abs_rel"]
    rows = list(csv.DictReader((tmp_path / "comparison.csv").open()))
    assert [(row["model"], row["pooling"]) for row in rows] == [
        *(("good", "per_image"), ("good", "pooled"), ("far", "per_image"), ("far", "pooled"))
    ]
    assert float(rows[3]["rmse"]) == results[1].metrics["pooled"]["rmse"]
    assert int(rows[0]["parameters"]) == 21_523_805
    assert float(rows[0]["ms/image"]) > 0
    picture = cv2.imread(str(tmp_path / "comparison.png"))
    assert picture.shape[0] > 4 * 144
    assert picture.shape[1] > 4 * 192
    for label in ("good", "far"):
        assert (tmp_path / label / "metrics.json").is_file()


def test_markdown_marks_the_best():
    results = compare(candidates(), make_samples(2), "full")
    lines = comparison_markdown(results).splitlines()
    rows = [line.strip("|") for line in lines if line.startswith("|")]
    table = [[cell.strip() for cell in row.split("|")] for row in rows]
    assert table[0][-len(METRIC_NAMES) :] == list(METRIC_NAMES)
    assert {len(row) for row in table} == {5 + len(METRIC_NAMES)}
    good, far = table[2], table[3]
    assert good[:2] == ["good (training data unknown)", "21.5 M"]
    assert all(cell.startswith("**") for cell in good[5:])
    assert not far[table[0].index("rmse")].startswith("**")


def test_few_samples_make_a_smaller_picture(tmp_path):
    compare(candidates(), make_samples(1), "full", tmp_path)
    assert (tmp_path / "comparison.png").is_file()


def test_a_damaged_model_is_found_before_any_is_measured(tmp_path):
    def failing():
        raise ValueError("b.keras is damaged")

    models = [candidates()[0], Candidate("b", failing)]
    with pytest.raises(ValueError, match="damaged"):
        compare(models, make_samples(1), "full", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_names_must_differ():
    with pytest.raises(ValueError, match="different names"):
        compare([candidates()[0], candidates()[0]], make_samples(1), "full")
