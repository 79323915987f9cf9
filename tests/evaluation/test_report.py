"""An evaluation's files and table: complete, and of what was measured."""

import csv
import dataclasses
import json

import cv2
import numpy as np
import pytest
from made_up_samples import RedModel, Samples, make_sample

from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.metrics import METRIC_NAMES
from densedepth_tf.evaluation.protocol import Protocol
from densedepth_tf.evaluation.report import format_metric, metrics_table, representative_images


def test_report_files(tmp_path):
    evaluate(RedModel(), Samples(9), "nyu", checkpoint="a.keras", output=tmp_path)
    written = json.loads((tmp_path / "metrics.json").read_text())
    assert list(written)[:6] == [
        *("model", "checkpoint", "dataset", "num_images", "protocol", "metrics")
    ]
    assert written["model"] == "red"
    assert written["checkpoint"] == "a.keras"
    assert written["dataset"] == "random/test"
    assert tuple(written["metrics"]["pooled"]) == METRIC_NAMES
    rows = list(csv.DictReader((tmp_path / "per_image.csv").open()))
    assert len(rows) == 9
    mean = np.mean([float(row["abs_rel"]) for row in rows])
    assert mean == pytest.approx(written["metrics"]["per_image"]["abs_rel"], rel=1e-4)
    panels = sorted(path.name for path in (tmp_path / "panels").iterdir())
    assert len(panels) == 6
    ranked = sorted(rows, key=lambda row: float(row["abs_rel"]))
    stems = [row["name"][7:10] for row in ranked]
    assert f"best_1_{stems[0]}.png" in panels
    assert f"worst_1_{stems[-1]}.png" in panels
    picture = cv2.imread(str(tmp_path / "panels" / panels[0]))
    assert picture.shape[1] > 4 * 32


def test_a_second_report_replaces_the_first_ones_panels_only(tmp_path):
    (tmp_path / "panels").mkdir()
    for name in ("best_1_old.png", "epoch_01.png"):
        (tmp_path / "panels" / name).write_bytes(b"")
    evaluate(RedModel(), Samples(3), output=tmp_path)
    names = {path.name for path in (tmp_path / "panels").iterdir()}
    assert "best_1_old.png" not in names
    assert "epoch_01.png" in names


def test_unwritable_output_is_found_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")
    model = RedModel()
    with pytest.raises(OSError, match="file"):
        evaluate(model, Samples(3), output=tmp_path / "file" / "report")
    assert model.batches == []


@pytest.mark.parametrize("count", [1, 2, 3, 5, 30])
def test_no_image_is_shown_twice(count):
    images = evaluate(RedModel(), Samples(count)).images
    chosen = representative_images(images)
    labels = [label for label, _ in chosen.values()]
    assert len(chosen) == min(count, 6)
    assert len(set(labels)) == len(labels)
    best = min(images, key=lambda image: image.metrics["abs_rel"])
    assert chosen[best.index][0] == "best_1"


def test_table_names_what_was_measured_and_how():
    table = metrics_table(evaluate(RedModel(), Samples(3), "nyu"))
    first, _, header, per_image, pooled = table.splitlines()
    assert "red on random/test: 3 images, protocol nyu" in first
    assert header.split() == list(METRIC_NAMES)
    assert per_image.startswith("per image")
    assert pooled.startswith("pooled")


def test_columns_never_run_together():
    """However wide names and numbers are, every cell is a word of its own, below its heading."""
    result = evaluate(RedModel(), Samples(2), "kitti-eigen")
    wide = {name: 1234567.0 * 10**place for place, name in enumerate(METRIC_NAMES)}
    wide |= {"irmse": 1e12, "sq_error_rel": 0.5}
    result = dataclasses.replace(
        result, metrics={"per_image": wide, "with_a_rather_long_name": wide}, scale_to_truth=1.0
    )
    header, *rows = metrics_table(result).splitlines()[2:]
    names = header.split()
    assert names == [*METRIC_NAMES, "irmse", "sq_error_rel"]
    assert len({len(row) for row in rows}) == 1
    for row, label in zip(rows, ("per image", "with a rather long name"), strict=True):
        assert row.startswith(label + "  ")
        figures = row.removeprefix(label).split()
        assert figures == [format_metric(name, wide[name]) for name in names]
        assert header.index("delta1") + len("delta1") == row.index(figures[0]) + len(figures[0])


def test_a_wrong_scale_is_pointed_out_unless_it_is_taken_out():
    class Relative(RedModel):
        def predict_depth(self, images):
            return super().predict_depth(images) / 40

    samples = [{**sample, "depth": depth_of(sample)} for sample in Samples(3)]
    table = metrics_table(evaluate(Relative(), samples))
    assert "note: scale: the truth is 40 times the prediction" in table
    assert "`alignment='median'`" in table
    scaled = Protocol("test", max_depth=10, alignment="median")
    assert "note" not in metrics_table(evaluate(Relative(), samples, scaled))
    assert "note" not in metrics_table(evaluate(RedModel(), samples))


def depth_of(sample):
    return RedModel().predict_depth(sample["image"][None])[0]


def test_a_relative_depth_has_no_metres_until_its_scale_is_known():
    from densedepth_tf import Monodepth2

    model = Monodepth2(encoder_weights=None, image_size=(64, 64))
    samples = [make_sample(0)]
    result = evaluate(model, samples)
    table = metrics_table(result)
    assert "clipped to 0.1..100, not cropped" in table and " m," not in table.splitlines()[0]
    assert "note: relative depth" in table and "`alignment='median'`" in table
    assert result.to_json()["depth_unit"] is None
    for choice in ({"alignment": "median"}, {"scale": 5.4}):
        known = evaluate(model, samples, Protocol("test", max_depth=10, **choice))
        assert "note: relative depth" not in metrics_table(known)
        assert known.to_json()["depth_unit"] == "m"
    assert evaluate(model.rescaled(5.4), samples).to_json()["depth_unit"] == "m"
