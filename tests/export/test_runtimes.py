"""Every format and precision: written, run in its own runtime, compared, and refused if wrong."""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from tiny_depth import SIZE, SUFFIX, pictures

from densedepth_tf import Eigen, load
from densedepth_tf.export.exporters import FORMATS, check_export, get_exporter
from densedepth_tf.export.quantization.int8_calibration import Int8Calibration
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.predictor import Predictor

ALL = [(name, word) for name in SUFFIX for word in FORMATS[name].precisions]
ANY_SIZE = [(name, word) for name, word in ALL if word not in FORMATS[name].need_size]


@pytest.fixture(scope="module")
def calibration(tiny):
    images = list(pictures(6, (75, 101)))
    return Int8Calibration(images, [tiny.predict_depth(image) for image in images])


@pytest.mark.parametrize(("name", "precision"), ALL)
def test_an_artefact_of_one_size(tiny, calibration, tmp_path, name, precision):
    path = tmp_path / f"m{SUFFIX[name]}"
    report = get_exporter(name).export(tiny, path, precision, SIZE, calibration)
    check(report, path, precision)
    with pytest.raises(ValueError, match=r"takes images of 64x96 only.*Received: 64x64"):
        load(path).predict_depth(pictures(1, (64, 64)))


@pytest.mark.parametrize(("name", "precision"), ANY_SIZE)
def test_an_artefact_of_any_size(tiny, calibration, tmp_path, name, precision):
    path = tmp_path / f"m{SUFFIX[name]}"
    report = get_exporter(name).export(tiny, path, precision, None, calibration)
    check(report, path, precision)
    for size in ((40, 70), (64, 64), (97, 33)):
        images = pictures(3, size)
        depth = load(path).predict_depth(images, batch_size=2)
        expected = tiny.predict_depth(images)
        assert depth.shape == expected.shape
        assert np.median(np.abs(depth / expected - 1)) < (1e-4 if precision == "float32" else 0.1)


def check(report, path, precision):
    artefact = load(path)
    assert artefact.metadata["precision"] == precision
    assert (artefact.min_depth, artefact.max_depth) == (0.1, 10)
    if precision in ("float32", "float16"):
        bound = 1e-4 if precision == "float32" else 1e-2
        assert report.parity.max_relative_difference <= bound
        assert artefact.metadata["parity"]["bound"] == bound
    else:
        assert report.loss.agreement > 0.9 and report.loss.model["delta1"] > 0.99
        assert artefact.metadata["quantization_loss"]["agreement"] == report.loss.agreement
        assert "calibration images" in str(report) and "delta1" in str(report)
    predicted = Predictor(artefact, batch_size=2).predict(pictures(3))
    assert predicted.dtype == np.float32 and predicted.shape == (3, *SIZE, 1)
    expected = 1 if path.suffix != ".xml" else 2
    assert len(list(path.parent.iterdir())) == expected  # nothing is left beside it


@pytest.mark.parametrize("name", SUFFIX)
def test_a_real_network_agrees_at_odd_sizes(model, tmp_path, name):
    path = tmp_path / f"m{SUFFIX[name]}"
    report = get_exporter(name).export(model, path)
    assert report.parity.max_relative_difference < 1e-5
    images = pictures(2, (75, 101))
    np.testing.assert_allclose(
        load(path).predict_depth(images), model.predict_depth(images), rtol=1e-4
    )


def test_openvino_gives_the_same_without_options(tiny, tmp_path):
    """Where the processor has bfloat16, OpenVINO would choose it for a file that says nothing."""
    openvino = pytest.importorskip("openvino")
    path = tmp_path / "m.xml"
    report = get_exporter("openvino").export(tiny, path)
    assert report.plain.max_relative_difference < 1e-5 and report.plain_cure is None
    assert "the same with the runtime's own settings" in str(report)
    images = pictures(1, (200, 310))
    plain = openvino.Core().compile_model(str(path))(images)[0]
    np.testing.assert_allclose(plain, tiny.predict_depth(images), rtol=1e-5)
    layers = ElementTree.parse(path).findall("layers/layer")
    assert all(layer.find("rt_info/attribute[@name='precise']") is not None for layer in layers)


class OffByHalfWhenPlain(get_exporter("onnx").__class__):
    def open(self, path, plain=False):
        return ScaledEstimator(super().open(path), 1.5) if plain else super().open(path)


def test_what_others_get_is_measured_and_printed_where_it_differs(tiny, tmp_path):
    exporter, path = OffByHalfWhenPlain(), tmp_path / "m.onnx"
    with pytest.raises(ValueError, match=r"differs from the model by a relative 0\.5"):
        exporter.export(tiny, path, size=SIZE)
    exporter.plain_cure = "load(exactly=True)"
    report = exporter.export(tiny, path, size=SIZE)
    assert re.search(
        r"difference \d\.\de-\d+ \(bound 1e-04\); with the runtime's own settings: largest "
        r"relative difference 5\.0e-01; load it with load\(exactly=True\)$",
        str(report),
    )
    told = load(path).metadata["parity_with_the_runtimes_settings"]
    assert told["max_relative_difference"] == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize("size", [None, SIZE])
def test_the_free_sides_of_an_onnx_file_have_names(tiny, tmp_path, size):
    onnx = pytest.importorskip("onnx")
    get_exporter("onnx").export(tiny, tmp_path / "m.onnx", size=size)
    graph = onnx.load(tmp_path / "m.onnx").graph
    height, width = size or ("height", "width")
    count = "batch" if size is None else 1
    for tensor, channels in ((graph.input[0], 3), (graph.output[0], 1)):
        sides = tensor.type.tensor_type.shape.dim
        named = [side.dim_param or side.dim_value for side in sides]
        assert named == [count, height, width, channels]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_images_of_ever_new_sizes_do_not_fill_the_memory(model, tmp_path, rng):
    """OpenVINO keeps what it compiled for a size: a megabyte or two for each."""
    get_exporter("openvino").export(model, tmp_path / "m.xml")
    artefact = load(tmp_path / "m.xml")

    def memory():
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    before = 0.0
    for number in range(140):
        height, width = rng.integers(32, 260, 2)
        artefact.predict_depth(np.zeros((height, width, 3), np.uint8))
        before = memory() if number == 40 else before
    assert memory() - before < 60


@pytest.mark.parametrize("name", SUFFIX)
def test_what_differs_too_much_leaves_the_earlier_artefact(tiny, tmp_path, name):
    path = tmp_path / f"m{SUFFIX[name]}"
    path.write_text("earlier")
    with pytest.raises(ValueError, match="differs from the model"):
        get_exporter(name).export(tiny, path, "float16", SIZE, bound=1e-9)
    assert path.read_text() == "earlier" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "output", "precision", "message"),
    [
        ("onnx", "m.tflite", "float32", r"ends in \.onnx.*m\.tflite"),
        ("savedmodel", "m", "int8", "`format_name='savedmodel'` has `precision` float32"),
        ("litert", "m.tflite", "bfloat16", "`format_name='litert'` has `precision`"),
        ("openvino", "m.xml", "int8", "needs `calibration`"),
        ("tflight", "m", "float32", "`format_name` takes savedmodel, litert, onnx, openvino"),
    ],
)
def test_what_a_format_does_not_have_is_said_early(tmp_path, name, output, precision, message):
    with pytest.raises(ValueError, match=message):
        check_export(name, tmp_path / output, precision, None, False)


def test_litert_int8_needs_a_size(tmp_path):
    with pytest.raises(ValueError, match="`size`"):
        check_export("litert", tmp_path / "m.tflite", "int8", None, True)


@pytest.mark.parametrize(
    ("name", "module"),
    [("onnx", "tf2onnx"), ("openvino", "openvino"), ("litert", "ai_edge_litert")],
)
def test_a_missing_package_is_named_with_the_command(tiny, tmp_path, monkeypatch, name, module):
    for loaded in [entry for entry in sys.modules if entry.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"'{module}'.*densedepth-tf\[export\]"):
        get_exporter(name).export(tiny, tmp_path / f"m{SUFFIX[name]}", size=SIZE)
    assert not list(tmp_path.iterdir())


def test_artefacts_know_the_camera_that_was_learnt_from(tmp_path, rng):
    """Where the network has one size, the factor is not that of the area alone."""
    image = rng.integers(0, 256, (60, 120, 3), np.uint8)
    network = Eigen(image_size=(64, 96), dense_units=16, focal_length=0.9)
    get_exporter("onnx").export(network, tmp_path / "model.onnx")
    artefact = load(tmp_path / "model.onnx")
    assert artefact.focal_length == 0.9 and list(artefact.network_size(60, 120)) == [64, 96]
    brought = artefact.predict_depth(image, focal_length=1.2)
    expected = network.predict_depth(image, focal_length=1.2)
    np.testing.assert_allclose(brought, expected, rtol=1e-3)
    factor = 1.2 * 120 * np.sqrt(64 / 60 * 96 / 120) / (0.9 * 96)
    np.testing.assert_allclose(brought, artefact.predict_depth(image) * factor, rtol=1e-5)
    # Others read it with the runtime alone.
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    told = json.loads(session.get_modelmeta().custom_metadata_map["densedepth_tf"])
    assert told["focal_length"] == 0.9 and told["image_size"] == told["network_size"] == [64, 96]
