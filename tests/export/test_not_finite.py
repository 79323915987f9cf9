"""Artefacts whose weights are no numbers are refused by their runtime's loader, by name."""

import numpy as np
import pytest
from tiny_depth import TinyDepth

from densedepth_tf import load
from densedepth_tf.export.exporters import FORMATS, get_exporter
from densedepth_tf.export.options import ExportOptions
from densedepth_tf.export.parity import check_parity
from densedepth_tf.export.quantization.quantization_loss import measure_quantization_loss
from densedepth_tf.export.serving_module import ServingModule


@pytest.fixture(scope="module")
def broken():
    """A model of which one value of one kernel is NaN."""
    model = TinyDepth((64, 64))
    kernel = model.layers[-1].kernel
    values = np.array(kernel)
    values[0, 0, 3, 0] = np.nan
    kernel.assign(values)
    return model


@pytest.mark.parametrize("name", FORMATS)
def test_an_artefact_with_a_weight_that_is_nan_is_refused(broken, tmp_path, name):
    exporter, path = get_exporter(name), tmp_path / f"broken{FORMATS[name].suffix}"
    exporter.write(ServingModule(broken, (64, 96), exporter.portable), path, ExportOptions())
    with pytest.raises(ValueError, match=rf"Weight .* is not finite: 1 of 432.*{path.name}'"):
        load(path)


def test_scales_that_are_not_finite_are_refused(tmp_path):
    """Weights in fewer bits, made float by a product with a scale."""
    model, path = TinyDepth((64, 64)), tmp_path / "broken.onnx"
    exporter = get_exporter("onnx")
    exporter.write(ServingModule(model, (64, 96), True), path, ExportOptions("dynamic"))
    import onnx

    proto = onnx.load(path)
    (scale,) = [entry for entry in proto.graph.initializer if entry.name.endswith("/scale")]
    values = onnx.numpy_helper.to_array(scale).copy()
    values[0] = np.inf
    scale.CopyFrom(onnx.numpy_helper.from_array(values, scale.name))
    onnx.save(proto, path, save_as_external_data=True, size_threshold=128, location="weights")
    with pytest.raises(ValueError, match=r"/scale is not finite: 1 of 48.*broken\.onnx'"):
        load(path)


@pytest.mark.parametrize("scale", [np.nan, np.inf])
def test_a_single_scale_that_is_not_finite_is_refused(tmp_path, scale):
    """Of a whole tensor; clipping would make the farthest depth of infinity."""
    from onnx import TensorProto, helper, numpy_helper, save

    values = {"scale": scale, "near": 0.1, "far": 10.0}
    graph = helper.make_graph(
        [
            helper.make_node("DequantizeLinear", ["images", "scale"], ["real"]),
            helper.make_node("ReduceMean", ["real"], ["mean"], axes=[3]),
            helper.make_node("Clip", ["mean", "near", "far"], ["depth"]),
        ],
        "depth",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("depth", TensorProto.FLOAT, ["N", "H", "W", 1])],
        [numpy_helper.from_array(np.array(v, np.float32), name) for name, v in values.items()],
    )
    opset = helper.make_opsetid("", 13)
    save(helper.make_model(graph, opset_imports=[opset], ir_version=8), tmp_path / "m.onnx")
    with pytest.raises(ValueError, match=r"Weight scale is not finite: 1 of 1.*m\.onnx'"):
        load(tmp_path / "m.onnx")


def test_a_model_that_gives_no_numbers_is_not_exported(broken, tmp_path):
    with pytest.raises(ValueError, match="not finite"):
        get_exporter("onnx").export(broken, tmp_path / "broken.onnx", size=(64, 96))
    assert not list(tmp_path.iterdir())


class Constant:
    def __init__(self, metres):
        self.metres = metres

    def predict_depth(self, images):
        return np.full((*images.shape[:-1], 1), self.metres, np.float32)


@pytest.mark.parametrize("metres", [np.nan, np.inf])
def test_two_models_that_give_no_numbers_are_not_equal(metres):
    for compare in (check_parity, measure_quantization_loss):
        with pytest.raises(ValueError, match="not finite"):
            compare(Constant(metres), Constant(metres))
