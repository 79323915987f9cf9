"""KITTI's published conventions, each equal to an independent computation of it."""

from pathlib import Path

import numpy as np
import pytest

from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.predictions.predictions_stack import PredictionsStack
from densedepth_tf.evaluation.protocol import PROTOCOLS

GOLDEN = Path(__file__).parents[1] / "golden" / "kitti_protocols.npz"
PUBLISHED = {
    "kitti-eigen-improved-monodepth2": "monodepth2",
    "kitti-eigen-improved-bts": "bts",
    "kitti-eigen-improved": "bts",
    "kitti-eigen": "bts",
    "eigen-kitti": "eigen",
}


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN, allow_pickle=False) as arrays:
        return dict(arrays)


class Frames(list):
    """Three frames of KITTI's sizes, one of which (370 rows) tells how crops are cut off."""

    def __init__(self, golden):
        for number in range(3):
            truth = (golden[f"truth_{number}"] / np.float64(256)).astype(np.float32)
            image = np.zeros((*truth.shape, 3), np.uint8)
            self.append({"image": image, "depth": truth[..., None], "name": f"{number}.png"})

    def sample_name(self, index):
        return self[index]["name"]


@pytest.mark.parametrize("scaling", ["median", "stereo"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_each_convention_equals_its_official_evaluation(golden, tmp_path, name, scaling):
    np.save(tmp_path / "disps.npy", np.stack([golden[f"disparity_{n}"] for n in range(3)]))
    predictions = PredictionsStack(tmp_path / "disps.npy", "disparity")
    choice = {"alignment": "median"} if scaling == "median" else {"scale": 5.4}
    protocol = PROTOCOLS[name].replace(**choice)
    metrics = evaluate(predictions, Frames(golden), protocol, progress=False).metrics["per_image"]
    measured = [metrics[name] for name in golden["names"]]
    np.testing.assert_allclose(measured, golden[f"{PUBLISHED[name]}_{scaling}"], rtol=1e-6)


def test_caps_of_truth_and_of_predictions_are_separate():
    truth = np.array([[20.0, 60.0, 100.0]], np.float32)
    prediction = np.array([[20.0, 90.0, 200.0]], np.float32)
    protocol = PROTOCOLS["kitti-eigen-improved-monodepth2"]

    def abs_rel(**choices):
        chosen = protocol.replace(**choices)
        return chosen.compare(chosen.combine(prediction), truth).metrics()["abs_rel"]

    # Clipped to 80 m: 20, 80, 80; truth of 100 m counts unless something says otherwise.
    assert abs_rel() == pytest.approx((0 + 20 / 60 + 20 / 100) / 3)
    assert abs_rel(truth_below=80.0) == pytest.approx((0 + 20 / 60) / 2)
    assert abs_rel(truth_beyond="dropped") == pytest.approx((0 + 20 / 60) / 2)
    assert abs_rel(max_depth=150.0) == pytest.approx((0 + 30 / 60 + 50 / 100) / 3)
