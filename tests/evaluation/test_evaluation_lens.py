"""Published protocols measure metres as predicted; `lens="auto"` brings them to a camera."""

import dataclasses

import numpy as np
import pytest

from densedepth_tf.commands.shell.flag_names import with_flags
from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.protocol import PROTOCOLS, get_protocol
from densedepth_tf.evaluation.report import metrics_table
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix


class Metre:
    """One metre everywhere, learnt from a camera of 0.8 image widths."""

    image_size, focal_length, min_depth, max_depth = (96, 128), 0.8, 0.1, 10.0

    def predict_depth(self, images):
        return np.ones((*images.shape[:-1], 1), np.float32)


class Unknowing(Metre):
    """Does not know its camera."""

    focal_length = None


def samples(*focal_lengths):
    """Surfaces as far away as they look a metre to the camera of 0.8."""
    for index, focal in enumerate(focal_lengths):
        sample = {
            "image": np.zeros((96, 128, 3), np.uint8),
            "depth": np.full((96, 128, 1), (focal or 0.8) / 0.8, np.float32),
            "name": f"{index}",
        }
        if focal:
            sample["intrinsics"] = intrinsics_matrix(focal * 128, focal * 128, 63.5, 47.5)
        yield sample


FULL = get_protocol("full")


def test_depth_is_brought_to_each_samples_camera(tmp_path):
    data = list(samples(0.8, 1.0, 0.6, None))
    auto = evaluate(Metre(), data, FULL.replace(lens="auto"), output=tmp_path)
    assert auto.metrics["pooled"]["rmse"] == pytest.approx(0, abs=1e-6)
    assert (auto.lens.images, auto.lens.factor) == (3, pytest.approx(1))
    assert auto.to_json()["lens"] == {"rule": "auto", "images": 3, "factor": auto.lens.factor}
    assert auto.to_json()["protocol"]["lens"] == "auto"
    told = metrics_table(auto)
    assert "lens auto)" in told and "3 images brought to their camera, depth x 1 in the" in told
    assert "1 image of unknown cameras as predicted" in told
    mirrored = FULL.replace(lens="auto", mirrored_averaging=True, mirrored_blend="ramps")
    assert evaluate(Metre(), data, mirrored).metrics["pooled"]["rmse"] == pytest.approx(0, abs=1e-6)


def test_published_protocols_ignore_it_and_say_so():
    assert {protocol.lens for protocol in PROTOCOLS.values()} == {"ignore"}
    result = evaluate(Metre(), list(samples(1.0, 1.0)), FULL)
    assert result.metrics["pooled"]["abs_rel"] == pytest.approx(0.2)
    told = metrics_table(result)
    assert (
        "lens: ignored, as published figures do; the camera of 2 images asks for depth x 1.25"
        in (told)
    )
    assert "lens auto" not in told and with_flags(told) == told
    # Nothing is said where nothing would change, or nobody knows.
    for model, data in (
        (Metre(), samples(0.8)),
        (Unknowing(), samples(1.0)),
        (Metre(), samples(None)),
    ):
        assert "lens" not in metrics_table(evaluate(model, list(data), FULL))
    scaled = evaluate(Metre(), list(samples(1.0)), FULL.replace(alignment="median"))
    assert "lens" not in metrics_table(scaled)


def test_a_model_that_does_not_know_its_camera_stays_as_it_is():
    auto = FULL.replace(lens="auto")
    result = evaluate(Unknowing(), list(samples(1.0)), auto)
    assert result.metrics["pooled"]["abs_rel"] == pytest.approx(0.2)
    assert "lens: not known of data and model both" in metrics_table(result)
    with pytest.raises(ValueError, match="Received: lens='on'"):
        dataclasses.replace(auto, lens="on")
