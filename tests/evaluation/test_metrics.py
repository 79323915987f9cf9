"""Error measures: hand-made cases, NumPy one-liners and laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.evaluation.metrics import (
    METRIC_NAMES,
    ErrorSums,
    MetricsAccumulator,
    error_sums,
)

seeds = st.integers(0, 2**32 - 1)


def random_pair(seed: int, size=(13, 17)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.5, 9, size).astype(np.float32)
    prediction = (truth * np.exp(rng.normal(0, 0.3, size))).astype(np.float32)
    truth[rng.random(size) < 0.2] = 0
    truth[0, 0] = 2
    return prediction, truth


def one_liners(d: np.ndarray, t: np.ndarray) -> dict[str, float]:
    d, t = d[t > 0].astype(np.float64), t[t > 0].astype(np.float64)
    e = np.log(d) - np.log(t)
    ratio = np.maximum(d / t, t / d)
    return {
        "delta1": np.mean(ratio < 1.25),
        "delta2": np.mean(ratio < 1.25**2),
        "delta3": np.mean(ratio < 1.25**3),
        "abs_rel": np.mean(np.abs(d - t) / t),
        "sq_rel": np.mean((d - t) ** 2 / t),
        "rmse": np.sqrt(np.mean((d - t) ** 2)),
        "rmse_log": np.sqrt(np.mean(e**2)),
        "si_rmse_log": np.std(e),
        "log10": np.mean(np.abs(np.log10(d) - np.log10(t))),
        "silog": 100 * np.sqrt(np.mean(e**2) - np.mean(e) ** 2),
    }


def test_case_made_by_hand():
    truth = np.array([[1.0, 2.0, 4.0, 0.0]])
    prediction = np.array([[2.0, 2.0, 2.0, 7.0]])
    metrics = error_sums(prediction, truth).metrics()
    assert metrics == pytest.approx(
        {
            "delta1": 1 / 3,
            "delta2": 1 / 3,
            "delta3": 1 / 3,
            "abs_rel": (1 + 0 + 0.5) / 3,
            "sq_rel": (1 + 0 + 1) / 3,
            "rmse": math.sqrt(5 / 3),
            "rmse_log": math.log(2) * math.sqrt(2 / 3),
            "si_rmse_log": math.log(2) * math.sqrt(2 / 3),
            "log10": 2 * math.log10(2) / 3,
            "silog": 100 * math.log(2) * math.sqrt(2 / 3),
        },
        rel=1e-6,
    )


def test_a_ratio_of_exactly_the_threshold_is_not_within_it():
    truth = np.array([[1.0, 1.25, 1.0]], np.float32)
    prediction = np.array([[1.25, 1.0, 1.2]], np.float32)
    assert error_sums(prediction, truth).within == (1, 3, 3)


def test_error_is_relative_to_the_truth_not_to_the_prediction():
    assert error_sums(np.array([[4.0]]), np.array([[2.0]])).metrics()["abs_rel"] == 1


@given(seeds)
@settings(deadline=None)
def test_equals_numpy_one_liners(seed):
    prediction, truth = random_pair(seed)
    assert error_sums(prediction, truth).metrics() == pytest.approx(
        one_liners(prediction, truth), rel=2e-6
    )


@given(seeds, st.floats(0.05, 20))
@settings(deadline=None)
def test_silog_ignores_the_scale(seed, scale):
    prediction, truth = random_pair(seed)
    first = error_sums(prediction, truth).metrics()["silog"]
    assert error_sums(prediction * np.float32(scale), truth).metrics()["silog"] == pytest.approx(
        first, rel=1e-4
    )


@given(st.floats(0.05, 20))
def test_silog_of_a_pure_scale_error_is_nothing(scale):
    _, truth = random_pair(3)
    prediction = np.where(truth > 0, truth, 1) * np.float32(scale)
    assert error_sums(prediction, truth).metrics()["silog"] < 1e-3


@given(seeds)
@settings(deadline=None)
def test_bounds_and_order(seed):
    metrics = error_sums(*random_pair(seed)).metrics()
    assert tuple(metrics) == METRIC_NAMES
    assert 0 <= metrics["delta1"] <= metrics["delta2"] <= metrics["delta3"] <= 1
    assert all(value >= 0 for value in metrics.values())
    assert metrics["silog"] <= 100 * metrics["rmse_log"] + 1e-9
    assert metrics["log10"] * math.log(10) <= metrics["rmse_log"] + 1e-9


def test_scale_invariant_error_by_hand_over_two_images():
    """Errors of ln 2 and 0 about a mean of ln 2 / 2, in one image; a factor of 3 in the other."""
    first = error_sums(np.array([[2.0, 5.0]]), np.array([[1.0, 5.0]]))
    second = error_sums(np.array([[3.0, 6.0]]), np.array([[1.0, 2.0]]))
    half = math.log(2) / 2
    assert first.metrics()["si_rmse_log"] == pytest.approx(half)
    assert second.metrics()["si_rmse_log"] == pytest.approx(0, abs=1e-6)
    both = (first + second).metrics()
    assert both["si_rmse_log"] == pytest.approx(math.sqrt(half**2 / 2))
    spread = np.std([math.log(2), 0, math.log(3), math.log(3)])
    assert both["silog"] == pytest.approx(100 * spread)


@given(seeds)
@settings(deadline=None)
def test_squared_errors_equal_scikit_learns(seed):
    measures = pytest.importorskip("sklearn.metrics")
    prediction, truth = random_pair(seed)
    metrics = error_sums(prediction, truth).metrics()
    d, t = prediction[truth > 0], truth[truth > 0]
    expected = {
        "abs_rel": measures.mean_absolute_percentage_error(t, d),
        "rmse": measures.root_mean_squared_error(t, d),
        "rmse_log": measures.root_mean_squared_error(np.log(t), np.log(d)),
        "log10": measures.mean_absolute_error(np.log10(t), np.log10(d)),
    }
    assert {name: metrics[name] for name in expected} == pytest.approx(expected, rel=1e-5)


def test_perfect_prediction():
    _, truth = random_pair(1)
    metrics = error_sums(np.where(truth > 0, truth, 5), truth).metrics()
    assert [metrics.pop(f"delta{k}") for k in (1, 2, 3)] == [1, 1, 1]
    assert set(metrics.values()) == {0}


@given(st.lists(seeds, min_size=1, max_size=6))
@settings(deadline=None)
def test_pooled_equals_one_large_image_and_per_image_the_mean(image_seeds):
    pairs = [random_pair(seed) for seed in image_seeds]
    accumulator = MetricsAccumulator()
    for prediction, truth in pairs:
        accumulator.add(error_sums(prediction, truth))
    result = accumulator.result()
    whole = one_liners(*(np.concatenate(maps) for maps in zip(*pairs, strict=True)))
    each = [one_liners(*pair) for pair in pairs]
    # Every image's own factor is forgiven: the mean of their variances, weighted by pixels.
    counts = [np.count_nonzero(truth) for _, truth in pairs]
    variances = [metrics["si_rmse_log"] ** 2 for metrics in each]
    whole["si_rmse_log"] = np.sqrt(np.average(variances, weights=counts))
    assert result["pooled"] == pytest.approx(whole, rel=2e-6)
    mean = {name: np.mean([metrics[name] for metrics in each]) for name in METRIC_NAMES}
    assert result["per_image"] == pytest.approx(mean, rel=2e-6)


def test_poolings_agree_on_linear_measures_of_images_with_equal_counts():
    rng = np.random.default_rng(0)
    accumulator = MetricsAccumulator()
    for _ in range(5):
        truth, prediction = rng.uniform(1, 9, (2, 8, 8))
        accumulator.add(error_sums(prediction, truth))
    result = accumulator.result()
    for name in ("delta1", "delta2", "delta3", "abs_rel", "sq_rel", "log10"):
        assert result["pooled"][name] == pytest.approx(result["per_image"][name], rel=1e-12)
    assert result["pooled"]["rmse"] > result["per_image"]["rmse"]


def test_image_without_truth_has_no_pixel_and_no_nan():
    sums = error_sums(np.ones((4, 4)), np.zeros((4, 4)))
    assert sums == ErrorSums()
    assert ErrorSums() + sums == ErrorSums()
    with pytest.raises(ValueError, match="No valid pixel"):
        MetricsAccumulator().add(sums)


def test_truth_that_is_not_a_number_is_missing():
    truth = np.array([[2.0, np.nan, np.inf, -1.0]])
    assert error_sums(np.full((1, 4), 2.0), truth).count == 1


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_predictions_must_be_positive_numbers_where_they_count(value):
    truth = np.array([[2.0, 2.0]])
    with pytest.raises(ValueError, match="positive, finite"):
        error_sums(np.array([[2.0, value]]), truth)
    assert error_sums(np.array([[2.0, value]]), np.array([[2.0, 0.0]])).count == 1


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"prediction \(2, 3\), truth \(3, 2\)"):
        error_sums(np.ones((2, 3)), np.ones((3, 2)))


def test_a_constant_factor_and_a_single_other_pixel_keep_their_digits():
    truth = np.linspace(1, 9, 40_000, dtype=np.float32)
    prediction = truth * np.float32(1.5)
    prediction[7] *= np.float32(1.001)
    log_ratio = np.log(prediction.astype(np.float64) / truth.astype(np.float64))
    got = error_sums(prediction, truth).metrics()
    assert got["si_rmse_log"] == pytest.approx(log_ratio.std(), rel=1e-2)
    assert got["rmse_log"] == pytest.approx(np.sqrt(np.mean(log_ratio**2)), rel=1e-6)


def test_an_absurd_prediction_has_finite_errors():
    got = error_sums(np.full((2, 2), 1e25, np.float32), np.full((2, 2), 2, np.float32)).metrics()
    assert got["sq_rel"] == pytest.approx(5e49, rel=1e-5)


@pytest.mark.parametrize("size", [(300, 400), (1, 65537)])
def test_many_pixels_are_summed_as_precisely_as_few(size):
    """They are worked on in blocks; the bound is what float32 work may cost."""
    prediction, truth = random_pair(5, size)
    expected = one_liners(prediction, truth)
    metrics = error_sums(prediction, truth).metrics()
    for name in METRIC_NAMES:
        assert metrics[name] == pytest.approx(expected[name], rel=3e-8), name
