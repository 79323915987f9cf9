"""Edges of depth: maps made by hand, whose edges and measures can be counted."""

import csv
import io

import numpy as np
import pytest

from densedepth_tf.evaluation.edges import EDGE_METRIC_NAMES, EdgeCounts, edge_counts
from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.metrics import METRIC_NAMES
from densedepth_tf.evaluation.protocol import Protocol
from densedepth_tf.evaluation.report import metrics_table, per_image_csv

SIZE = (8, 12)
INNER_ROWS = 6  # The border has no whole neighbourhood.


def wall_and_step(column: int, height: float, near: float = 2.0) -> np.ndarray:
    """A wall `near` metres away that recedes by `height` metres from a column on."""
    depth = np.full(SIZE, near, np.float32)
    depth[:, column:] += np.float32(height)
    return depth


@pytest.mark.parametrize(
    ("height", "edges"),
    [(0.0625, 0), (0.07, 1), (0.125, 1), (0.13, 2), (0.25, 2), (0.26, 3), (5.0, 3)],
)
def test_a_step_of_h_metres_is_an_edge_of_4_h_in_two_columns(height, edges):
    truth = wall_and_step(6, height)
    expected = tuple(2 * INNER_ROWS if limit < edges else 0 for limit in range(3))
    counts = edge_counts(truth, truth)
    assert counts == EdgeCounts(expected, expected, expected)
    assert edge_counts(truth.T, truth.T) == counts


def test_both_directions_are_added_as_squares():
    """In a corner of quadrants the filters answer with 3 h each: sqrt(18) h."""
    truth = np.full((4, 4), 2.0, np.float32)
    truth[2:, 2:] += 0.06  # sqrt(18) * .06 = .2546, 4 * .06 = .24
    assert edge_counts(truth, truth).true == (1, 0, 0)


def test_an_edge_beside_its_place_counts_where_both_have_one():
    truth, prediction = wall_and_step(6, 1.0), wall_and_step(7, 1.0)
    # Edges in columns 5, 6 and in 6, 7.
    measures = edge_counts(prediction, truth).metrics()
    assert measures == pytest.approx(dict.fromkeys(EDGE_METRIC_NAMES, 0.5))


def test_precision_and_recall_are_told_apart():
    truth = wall_and_step(4, 1.0)
    prediction = truth.copy()
    prediction[:, 9:] += np.float32(0.1)  # An edge too many above .25 m, none above .5 m.
    counts = edge_counts(prediction, truth)
    assert counts == EdgeCounts((24, 12, 12), (12, 12, 12), (12, 12, 12))
    assert counts.metrics() == pytest.approx(
        {
            "edge_precision_0.25": 0.5, "edge_recall_0.25": 1.0, "edge_f1_0.25": 2 / 3,
            "edge_precision_0.5": 1.0, "edge_recall_0.5": 1.0, "edge_f1_0.5": 1.0,
            "edge_precision_1": 1.0, "edge_recall_1": 1.0, "edge_f1_1": 1.0,
        }
    )  # fmt: skip
    flat = edge_counts(np.full_like(truth, 2.0), truth).metrics()
    assert flat == dict.fromkeys(EDGE_METRIC_NAMES, 0.0)


def test_a_hole_has_no_edges_and_hides_those_beside_it():
    truth = wall_and_step(6, 1.0)
    truth[3, 6] = 0
    prediction = wall_and_step(6, 1.0)
    # Rows 2, 3 and 4 of columns 5 and 6 touch the hole.
    assert edge_counts(prediction, truth).true == (2 * (INNER_ROWS - 3),) * 3
    valid = np.ones(SIZE, bool)
    valid[:, 9:] = False
    assert edge_counts(prediction, wall_and_step(9, 1.0), valid).predicted == (12, 12, 12)
    assert edge_counts(prediction, wall_and_step(9, 1.0), valid).true == (0, 0, 0)


def test_without_an_edge_in_the_truth_there_are_no_measures():
    flat = np.full(SIZE, 2.0, np.float32)
    assert edge_counts(wall_and_step(6, 1.0), flat).metrics() == {}
    pooled = edge_counts(wall_and_step(6, 1.0), flat) + edge_counts(flat + 1, wall_and_step(6, 1.0))
    assert pooled == EdgeCounts((12, 12, 12), (12, 12, 12), (0, 0, 0))


def test_maps_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match=r"prediction \(8, 11\), truth \(8, 12\)"):
        edge_counts(np.ones((8, 11)), np.ones((8, 12)))


class Shifted:
    """Knows the depth of images whose red is the column where a wall recedes, but for a column."""

    def predict_depth(self, images):
        columns = np.asarray(images)[:, 0, 0, 0]
        return np.stack([wall_and_step(column + 1, 1.0)[..., None] for column in columns])


def samples():
    for column in (4, 6, 30):  # The last has no step at all.
        image = np.full((*SIZE, 3), column, np.uint8)
        depth = wall_and_step(column, 1.0)[..., np.newaxis]
        yield {"image": image, "depth": depth, "name": f"wall_{column}"}


def test_evaluations_report_edges_where_they_are_asked_for():
    plain = evaluate(Shifted(), list(samples()), Protocol("full", max_depth=10.0))
    assert tuple(plain.metrics["per_image"]) == METRIC_NAMES
    assert "edges" not in plain.to_json()["protocol"]
    result = evaluate(Shifted(), list(samples()), Protocol("full", max_depth=10.0, edges=True))
    for metrics in result.metrics.values():
        assert tuple(metrics) == METRIC_NAMES + EDGE_METRIC_NAMES
        assert metrics["edge_f1_0.25"] == pytest.approx(0.5)
    assert result.to_json()["protocol"]["edges"] is True
    assert "edge_f1_1" not in result.images[2].metrics
    table = metrics_table(result).splitlines()
    head = next(row for row, line in enumerate(table) if line.startswith("edges"))
    assert table[head].split() == ["edges", "above", "precision", "recall", "f1"]
    assert table[head + 1].split() == ["per", "image", "0.25", "m", *["0.5000"] * 3]
    rows = list(csv.DictReader(io.StringIO(per_image_csv(result))))
    assert [row["edge_recall_0.5"] for row in rows] == ["0.5", "0.5", ""]


def test_without_any_edge_the_table_has_a_dash():
    result = evaluate(Shifted(), list(samples())[2:], Protocol("full", max_depth=10.0, edges=True))
    assert not set(EDGE_METRIC_NAMES) & set(result.metrics["pooled"])
    assert metrics_table(result).splitlines()[-1].split() == ["pooled", "1", "m", "-", "-", "-"]
