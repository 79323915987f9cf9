"""A metric from outside the package: evaluations report it beside the others."""

import json
import math

import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.commands.evaluate import main as evaluate
from densedepth_tf.evaluation.evaluator import evaluate as measure
from densedepth_tf.evaluation.metric_table import OWN_METRICS, is_better_high
from densedepth_tf.evaluation.metrics import MetricsAccumulator, error_sums


class Nearness:
    """Squared error of what is nearer than `limit` metres, 0 beyond."""

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, prediction, truth):
        return np.where(truth < self.limit, (prediction - truth) ** 2, 0)


@pytest.fixture(autouse=True)
def metrics():
    densedepth_tf.register_metric("near_rmse", Nearness(3.0), math.sqrt)
    densedepth_tf.register_metric(
        "delta_strict", lambda depth, truth: abs(depth / truth - 1) < 0.05, higher_is_better=True
    )
    yield
    OWN_METRICS.clear()


def test_it_is_a_mean_over_the_pixels_of_an_image_or_of_all():
    names = ("near_rmse", "delta_strict")
    accumulator = MetricsAccumulator(names)
    # More pixels than are worked on at once; 4 m off where it counts, 0 m, and none known.
    large = np.full((200, 200), 2, np.float32)
    one = accumulator.add(error_sums(large + 4, large))
    two = accumulator.add(error_sums(np.float32([[1, 9, 7]]), np.float32([[1, 8, 0]])))
    assert one == {"near_rmse": 4, "delta_strict": 0}
    assert two == {"near_rmse": 0, "delta_strict": 0.5}
    result = accumulator.result()
    assert result["per_image"] == {"near_rmse": 2, "delta_strict": 0.25}
    assert result["pooled"]["near_rmse"] == pytest.approx(math.sqrt(16 * 40000 / 40002))
    assert result["pooled"]["delta_strict"] == pytest.approx(1 / 40002)


class TwiceAsFar:
    def predict_depth(self, images, batch_size=8):
        return np.full((*images.shape[:-1], 1), 4, np.float32)


class Wall(densedepth_tf.DepthSource):
    title = "wall"

    def __len__(self):
        return 1

    def __getitem__(self, index):
        depth = np.full((8, 8, 1), 2, np.float32)
        return {"image": np.zeros((8, 8, 3), np.uint8), "depth": depth, "name": "wall"}

    def sample_name(self, index):
        return "wall"


def test_the_evaluator_reports_it_last():
    measured = measure(TwiceAsFar(), Wall(), progress=False).metrics["per_image"]
    assert list(measured)[-2:] == ["near_rmse", "delta_strict"]
    assert measured["near_rmse"] == measured["rmse"] == 2 and measured["delta_strict"] == 0


def test_evaluate_py_writes_it(tmp_path):
    with pytest.raises(SystemExit) as ended:
        evaluate(
            ["--checkpoint=nyu_small", "--dataset=rooms", "--num-images=1", "--image-size=64x96",
             "--no-mirrored", f"--output={tmp_path / 'out'}"]
        )  # fmt: skip
    assert ended.value.code == 0
    measured = json.loads((tmp_path / "out/metrics.json").read_text())["metrics"]
    assert measured["pooled"]["near_rmse"] >= 0 <= measured["per_image"]["delta_strict"] <= 1


def test_tables_know_which_way_is_better():
    better = {name: is_better_high(name) for name in ("delta1", "rmse", *OWN_METRICS)}
    assert better == {"delta1": True, "rmse": False, "near_rmse": False, "delta_strict": True}


@pytest.mark.parametrize("name", ["rmse", "irmse", "near_rmse", "two words", ""])
def test_its_name_is_its_own(name):
    with pytest.raises(ValueError, match=f"that no other measure has. Received: '{name}'"):
        densedepth_tf.register_metric(name, Nearness(1.0))


@pytest.mark.parametrize("wrong", [lambda depth, truth: 1.0, lambda depth, truth: depth * np.nan])
def test_what_is_no_number_for_every_pixel_is_named(wrong):
    densedepth_tf.register_metric("wrong", wrong)
    with pytest.raises(ValueError, match="measure 'wrong' gives one finite number for every pixel"):
        error_sums(np.ones((2, 3), np.float32), np.ones((2, 3), np.float32))
