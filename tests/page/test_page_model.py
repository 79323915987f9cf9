"""The page's model predicts what the package's does."""

import numpy as np
import pytest

from densedepth_tf.inference.quick_load import quick_load
from densedepth_tf.page.page_model import page_model, page_model_needs_tensorflow
from densedepth_tf.presets.presets import preset_path
from densedepth_tf.runtimes.preset_onnx import whole_onnx


@pytest.fixture(scope="module")
def model():
    return page_model("nyu_small")


def test_the_preset_is_one_file_with_the_same_depth(model, tmp_path):
    pytest.importorskip("onnxruntime")
    (tmp_path / "model.onnx").write_bytes(model.onnx)
    image = np.random.default_rng(0).integers(0, 256, (61, 83, 3), np.uint8)
    depth = quick_load(tmp_path / "model.onnx").predict_depth(image)
    np.testing.assert_allclose(depth, quick_load("nyu_small").predict_depth(image), atol=1e-6)
    again = page_model(tmp_path / "model.onnx")
    assert again.onnx == model.onnx
    assert again.description == {"name": "model", "unit": "m", "fixed_size": None}


def test_the_page_is_told_range_and_unit(model):
    assert model.description == {
        "name": "densedepth_mobilenetv2",
        "unit": "m",
        "fixed_size": None,
        "min_depth": 0.1,
        "max_depth": 10.0,
        "image_size": [192, 256],
        "focal_length": 0.8107,
    }


def test_presets_and_onnx_files_need_no_tensorflow(tmp_path):
    for name in ("model.onnx", "model.keras"):
        (tmp_path / name).touch()
    assert not page_model_needs_tensorflow("nyu_small")
    assert not page_model_needs_tensorflow(preset_path("nyu_small"))
    assert not page_model_needs_tensorflow(tmp_path / "model.onnx")
    assert page_model_needs_tensorflow(tmp_path)
    with pytest.raises(FileNotFoundError, match="No such checkpoint"):
        page_model_needs_tensorflow("runs/demo")


@pytest.mark.parametrize("graph", [b"\x3a\x05\x2a", b"\x0b", b"\xff" * 12])
def test_a_damaged_graph_is_told(graph):
    with pytest.raises(ValueError, match="damaged"):
        whole_onnx(graph, {})
