"""FastDepth's file, run on real photographs: a peer that every command can measure."""

import cv2
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.data.sources import open_source
from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.runtimes.fastdepth import FastDepthEstimator, is_fastdepth


@pytest.fixture(scope="module")
def path(shared):
    pytest.importorskip("ai_edge_litert")
    return shared("weights/fastdepth_nyu_int8.tflite")


def test_metres_on_rows_it_was_trained_on(path, shared):
    model = densedepth_tf.load(path)
    assert isinstance(model, FastDepthEstimator)
    rows = open_source("nyu", shared("data/nyu_labeled_train"), "train", num_images=12)
    figures = evaluate(model, rows).metrics["per_image"]
    assert figures["delta1"] > 0.85 and figures["rmse"] < 0.6


def test_size_and_view(path):
    from skimage import data

    model = densedepth_tf.load(path)
    image, _, _ = data.stereo_motorcycle()
    depth = model.predict_depth(image)
    assert depth.shape == (500, 741, 1) and depth.min() >= 0.1 and depth.max() <= 10
    small = model.predict_depth(cv2.resize(image, (256, 192), interpolation=cv2.INTER_AREA))
    ratio = cv2.resize(depth, (256, 192)) / small[..., 0]
    assert 0.9 < np.median(ratio) < 1.1
    border = depth[: int(model.view[0] * 500) - 2, 100:600]
    np.testing.assert_allclose(border, np.broadcast_to(border[:1], border.shape), rtol=1e-3)


def test_other_files_are_told_apart(tmp_path):
    pytest.importorskip("ai_edge_litert")
    file = tmp_path / "x.tflite"
    file.write_bytes(b"nothing")
    assert not is_fastdepth(file)
    with pytest.raises(ValueError, match=r"damaged or incomplete.*x\.tflite"):
        densedepth_tf.load(file)
