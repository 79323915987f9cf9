"""Protocols: crops, clipping, alignment, and NYU's equal to the official evaluation."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.evaluation.crop import CROPS
from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.metrics import MetricsAccumulator, error_sums
from densedepth_tf.evaluation.protocol import PROTOCOLS, Crop, Protocol, get_protocol, median_scale

GOLDEN = Path(__file__).parents[1] / "golden" / "nyu_protocol.npz"
SIX = ("delta1", "delta2", "delta3", "abs_rel", "rmse", "log10")


class GoldenModel:
    """Answers with stored raw outputs; a scene's number is the colour of its first column."""

    def __init__(self, golden):
        self.golden = golden

    def predict_depth(self, images):
        return np.stack([self.one(image) for image in images])[..., None]

    def one(self, image):
        mirrored = image[0, 0, 0] == 255
        scene = image[0, -1 if mirrored else 0, 0]
        key = "disp_flipped_input_lo" if mirrored else "disp_lo"
        raw = np.kron(self.golden[key][scene], np.ones((16, 16), np.float32))
        depth = np.clip(10 / raw, 0.1, 10)
        return cv2.resize(depth, (640, 480), interpolation=cv2.INTER_LINEAR)


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def scenes(golden):
    samples = []
    for scene, depth in enumerate(golden["depth_lo"]):
        image = np.zeros((480, 640, 3), np.uint8)
        image[:, 0], image[:, -1] = scene, 255
        truth = np.kron(depth, np.ones((32, 32), np.float32))[..., None]
        samples.append({"image": image, "depth": truth, "name": f"scene {scene}"})
    return samples


def test_nyu_protocol_equals_the_official_evaluation(golden, scenes):
    metrics = evaluate(GoldenModel(golden), scenes, "nyu", batch_size=4).metrics
    pooled = [metrics["pooled"][name] for name in SIX]
    per_image = [metrics["per_image"][name] for name in SIX]
    np.testing.assert_allclose(pooled, golden["pooled"], atol=1e-6, rtol=0)
    np.testing.assert_allclose(per_image, golden["per_image_mean"], atol=1e-6, rtol=0)


def test_nyu_prediction_equals_the_official_one(golden, scenes):
    model, image = GoldenModel(golden), scenes[0]["image"]
    prediction = PROTOCOLS["nyu"].combine(model.one(image), model.one(image[:, ::-1]))
    rows, columns = PROTOCOLS["nyu"].crop.slices(480, 640)
    np.testing.assert_allclose(
        prediction[rows, columns], golden["pred_cropped_first"], atol=2e-6, rtol=0
    )


def test_official_code_divides_by_the_prediction(golden, scenes):
    """Its two arguments swapped, our measure gives its abs rel, which flatters the model."""
    protocol, model = PROTOCOLS["nyu"], GoldenModel(golden)
    rows, columns = protocol.crop.slices(480, 640)
    swapped = MetricsAccumulator()
    for scene in scenes:
        image, truth = scene["image"], scene["depth"][rows, columns, 0]
        prediction = protocol.combine(model.one(image), model.one(image[:, ::-1]))
        swapped.add(error_sums(truth, prediction[rows, columns]))
    metrics = swapped.result()["pooled"]
    np.testing.assert_allclose(
        [metrics[name] for name in SIX], golden["pooled_repo_head"], atol=1e-6, rtol=0
    )
    assert metrics["abs_rel"] < golden["pooled"][3] - 0.02


def test_crop_is_exact_at_480x640_and_scales():
    crop = PROTOCOLS["nyu"].crop
    assert crop.slices(480, 640) == (slice(20, 460), slice(24, 616))
    assert crop.slices(240, 320) == (slice(10, 230), slice(12, 308))
    assert crop.slices(960, 1280) == (slice(40, 920), slice(48, 1232))


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_crop_is_never_empty_nor_outside(height, width):
    for part, size in zip(
        PROTOCOLS["nyu"].crop.slices(height, width), (height, width), strict=True
    ):
        assert 0 <= part.start < part.stop <= size


def test_crop_in_fractions_cuts_off_part_pixels():
    crop = Crop(0.40810811, 0.99189189, 0.03594771, 0.96405229)
    assert crop.slices(375, 1242) == (slice(153, 371), slice(44, 1197))


def test_prediction_is_clipped_before_the_mirrored_one_is_averaged_in():
    protocol = Protocol("test", min_depth=1, max_depth=10)
    prediction = np.array([[100.0, 0.0]], np.float32)
    mirrored = np.array([[4.0, 2.0]], np.float32)
    np.testing.assert_array_equal(protocol.combine(prediction, mirrored), [[6, 2.5]])


@given(st.floats(0.01, 100))
def test_median_scaling_ignores_the_scale(scale):
    rng = np.random.default_rng(0)
    truth = rng.uniform(1, 9, (12, 16)).astype(np.float32)
    prediction = truth * rng.uniform(0.8, 1.2, truth.shape).astype(np.float32)
    protocol = Protocol("test", max_depth=10, alignment="median")
    first = protocol.compare(prediction, truth).metrics()
    scaled = protocol.combine(prediction * np.float32(scale))
    second = protocol.compare(scaled, truth).metrics()
    assert second == pytest.approx(first, rel=1e-3, abs=1e-6)
    aligned = protocol.aligned(scaled, truth)
    assert np.median(aligned) == pytest.approx(np.median(truth), rel=1e-5)


def test_median_scaling_uses_valid_pixels_only():
    assert median_scale(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])) == 2
    protocol = Protocol("test", alignment="median")
    truth = np.array([[4.0, 0.0, 0.0]])
    assert protocol.compare(np.array([[1.0, 50.0, 50.0]]), truth).metrics()["abs_rel"] == 0
    with pytest.raises(ValueError, match="cannot be scaled"):
        median_scale(np.array([np.nan]), np.array([1.0]))


def test_truth_range():
    protocol = Protocol("test", truth_above=1e-3, truth_below=80)
    truth = np.array([[1e-3, 40, 80, 90]])
    assert protocol.compare(np.full((1, 4), 40.0), truth).count == 1


def test_config_lists_every_choice_as_json():
    for protocol in PROTOCOLS.values():
        config = json.loads(json.dumps(protocol.to_config(), allow_nan=False))
        assert config["name"] == protocol.name
        assert {"crop", "min_depth", "max_depth", "alignment", "mirrored_averaging"} <= set(config)


def test_eigens_protocols_measure_one_prediction_of_an_image_in_their_crop():
    nyu, kitti = PROTOCOLS["eigen-nyu"], PROTOCOLS["eigen-kitti"]
    assert nyu.replace(name="nyu", mirrored_averaging=True, description="") == PROTOCOLS[
        "nyu"
    ].replace(description="")
    truth = np.zeros((375, 1242), np.float32)
    truth[123:343, 43:1198] = 85.0  # Around the crop, and beyond the cap.
    truth[124:342, 44:1197] = 20.0
    sums = kitti.compare(kitti.combine(np.full_like(truth, 100.0)), truth)
    assert sums.count == (342 - 124) * (1197 - 44)
    assert sums.metrics()["abs_rel"] == pytest.approx(3)  # Clipped to 80 m.


def test_wrong_choices_are_refused():
    with pytest.raises(ValueError, match="protocol='eigen'"):
        get_protocol("eigen")
    with pytest.raises(ValueError, match="alignment='mean'"):
        Protocol("test", alignment="mean")
    with pytest.raises(ValueError, match="min_depth=5, max_depth=1"):
        Protocol("test", min_depth=5, max_depth=1)


def test_missing_predictions_count_as_the_nearest_depth_or_not_at_all():
    truth = np.array([[4.0, 4.0, 0.0, 4.0]], np.float32)
    prediction = np.array([[4.0, np.nan, np.nan, np.inf]], np.float32)
    protocol = Protocol("test", min_depth=0.5, max_depth=10)
    nearest = protocol.compare(protocol.combine(prediction), truth)
    assert (nearest.count, nearest.missing) == (3, 1)
    # 4, 0.5 and, as far as can be, 10 m.
    assert nearest.metrics()["abs_rel"] == pytest.approx((0 + 3.5 / 4 + 6 / 4) / 3)
    exclude = protocol.replace(missing_predictions="exclude")
    excluded = exclude.compare(exclude.combine(prediction), truth)
    assert (excluded.count, excluded.missing) == (2, 1)
    assert excluded.metrics()["abs_rel"] == pytest.approx((0 + 6 / 4) / 2)
    with pytest.raises(ValueError, match="missing_predictions='far'"):
        protocol.replace(missing_predictions="far")


def test_missing_and_infinite_predictions_do_not_spoil_the_median():
    truth = np.array([[2.0, 4.0, 6.0, 8.0]], np.float32)
    prediction = np.array([[1.0, 2.0, np.nan, np.inf]], np.float32)
    protocol = Protocol("test", min_depth=1, max_depth=10, alignment="median")
    sums = protocol.compare(protocol.combine(prediction), truth)
    # Medians over what is predicted: 4 and 2; then 2, 4, 1 and 10 m.
    assert sums.metrics()["abs_rel"] == pytest.approx((5 / 6 + 2 / 8) / 4)


def test_infinity_without_a_largest_depth_counts_as_the_farthest_truth():
    protocol = Protocol("test")
    prediction = np.array([[4.0, np.inf, np.inf]], np.float32)
    sums = protocol.compare(prediction, np.array([[6.0, 4.0, 0.0]], np.float32))
    assert (sums.count, sums.unlimited) == (2, 1)
    assert sums.metrics()["abs_rel"] == pytest.approx((2 / 6 + 2 / 4) / 2)


def test_truth_beyond_what_predictions_are_clipped_to_does_not_count():
    truth = np.array([[5.0, 10.0, 65504.0, 0.05]], np.float32)
    protocol = Protocol("test", min_depth=0.1, max_depth=10)
    sums = protocol.compare(protocol.combine(np.full_like(truth, 10.0)), truth)
    assert (sums.count, sums.beyond, sums.with_truth) == (2, 2, 4)
    assert sums.metrics()["rmse"] == pytest.approx((25 / 2) ** 0.5)


def test_a_model_that_ends_before_the_protocol_does_is_counted():
    truth = np.array([[5.0, 30.0, 70.0, 90.0]], np.float32)
    protocol = PROTOCOLS["kitti-eigen"].replace(crop=None, model_range=(0.1, 10.0))
    sums = protocol.compare(np.full_like(truth, 10.0), truth)
    assert (sums.count, sums.beyond, sums.with_truth) == (3, 2, 3)


def test_crops_are_cut_off_in_float64_as_officially():
    """.99189189 * 370 is 366.9999993: the official code counts 366 rows, not 367."""
    assert PROTOCOLS["kitti-eigen"].crop.slices(370, 1226) == (slice(151, 366), slice(44, 1181))
    for size in ((374, 1238), (375, 1242), (376, 1241), (370, 1224)):
        rows, columns = PROTOCOLS["kitti-eigen"].crop.slices(*size)
        fractions = np.array([0.40810811, 0.99189189, 0.03594771, 0.96405229])
        expected = (fractions * np.repeat(size, 2)).astype(np.int32)
        assert [rows.start, rows.stop, columns.start, columns.stop] == expected.tolist()
    assert CROPS["bts-nyu"].slices(480, 640) == (slice(45, 471), slice(41, 601))
