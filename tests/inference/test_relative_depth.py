"""Depth that is known up to a factor carries no metres, until the factor is known."""

import json

import cv2
import numpy as np
import pytest
import trimesh
from PIL import Image
from test_point_cloud_writer import read_glb

from densedepth_tf.evaluation.kitti_benchmark import export_benchmark
from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.images.png_text import read_png_text
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.models.monodepth2.depth_network import Monodepth2
from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator
from densedepth_tf.visualization.scale_bar import add_scale_bar


class Relative:
    """Depth rises from left to right, in a unit that nobody knows."""

    name, min_depth, max_depth, depth_unit = "relative", 0.1, 100.0, None

    def predict_depth(self, images, batch_size=8):
        ramp = np.linspace(0.2, 90, images.shape[-2], dtype=np.float32)
        return np.broadcast_to(ramp[:, None], (*images.shape[:-1], 1)).copy()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8))
    return path


def written(model, photo, output):
    report = predict_to_folder(model, [photo], output, ["png", "color"])
    text = read_png_text((output / "photo.depth.png").read_bytes())
    colors = cv2.imread(str(output / "photo.color.png"))
    return report, text, json.loads((output / "photo.depth.json").read_text()), colors


def test_files_of_relative_depth_name_no_metres(photo, tmp_path):
    report, text, sidecar, colors = written(Relative(), photo, tmp_path / "out")
    assert report.depth_unit is None and not report.cut_off
    assert "depth_metres_per_unit" not in text and "metres" not in text["Description"]
    assert text["Description"].startswith("Relative depth")
    assert sidecar["depth_unit"] is sidecar["unit"] is sidecar["metres_per_unit"] is None
    assert sidecar["depth_per_unit"] == float(text["depth_relative_per_unit"]) == 100 / 65534
    # Read again, the numbers are the model's.
    again = read_depth(tmp_path / "out/photo.depth.png")
    np.testing.assert_allclose(again, Relative().predict_depth(cv2.imread(str(photo))), atol=1e-3)

    _, _, _, in_metres = written(ScaledEstimator(Relative(), 1.0), photo, tmp_path / "metres")
    assert colors.shape[1] < in_metres.shape[1], "the bar's labels have no unit"


def test_every_file_with_room_for_it_says_that_depth_is_relative(photo, tmp_path):
    formats = ["tiff", "ply", "glb"]
    for name, model in (("relative", Relative()), ("metric", ScaledEstimator(Relative(), 0.5))):
        predict_to_folder(model, [photo], tmp_path / name, formats)
        with Image.open(tmp_path / name / "photo.depth.tiff") as tiff:
            assert ("relative" if name == "relative" else "metres") in tiff.tag_v2[270]
        header = (tmp_path / name / "photo.ply").read_bytes().partition(b"end_header")[0]
        extras = read_glb((tmp_path / name / "photo.glb").read_bytes())[0]["asset"].get("extras")
        if name == "relative":
            assert b"comment relative depth, known up to a factor: no metres\n" in header
            assert "no metres" in extras["depth"]
        else:
            assert b"relative" not in header and extras is None
        # Other programs still read them.
        assert len(trimesh.load(tmp_path / name / "photo.ply").vertices) > 100


def test_arrays_of_relative_depth_have_a_description_beside_them(photo, tmp_path):
    for name, model in (("relative", Relative()), ("metric", ScaledEstimator(Relative(), 0.5))):
        predict_to_folder(model, [photo], tmp_path / name, ["npy"])
    depth = np.load(tmp_path / "relative/photo.depth.npy")
    said = json.loads((tmp_path / "relative/photo.depth.json").read_text())
    assert said["depth_unit"] is None and said["max"] == pytest.approx(depth.max())
    assert "depth_per_unit" not in said, "that is the unit of a PNG"
    assert not (tmp_path / "metric/photo.depth.json").exists()


def test_a_known_factor_gives_metres(photo, tmp_path):
    model = ScaledEstimator(Relative(), 0.5)
    report, text, sidecar, _ = written(model, photo, tmp_path / "out")
    assert report.depth_unit == sidecar["depth_unit"] == "m"
    assert (sidecar["unit"], sidecar["metres_per_unit"]) == ("mm", 0.001)
    assert float(text["depth_metres_per_unit"]) == 0.001


def test_the_benchmark_takes_no_relative_depth(photo, tmp_path):
    with pytest.raises(ValueError, match="takes metres, and relative knows depth up to a factor"):
        export_benchmark(Relative(), photo.parent, tmp_path / "out")


def test_a_bar_without_a_unit_is_narrower():
    bars = [
        add_scale_bar(np.zeros((96, 1, 3), np.uint8), 1, 9, unit=unit).shape[1]
        for unit in ("m", None)
    ]
    assert bars[1] < bars[0]


@pytest.mark.parametrize(
    ("ends", "metric", "unit"),
    [((0.1, 100), None, None), ((0.5, 50), False, None), ((0.54, 540), None, "m")],
    ids=["published range", "own range", "of before there was a unit"],
)
def test_a_network_keeps_its_unit(ends, metric, unit, tmp_path):
    model = Monodepth2("resnet18", None, *ends, metric=metric)
    assert model.depth_unit == unit
    assert Monodepth2.from_config(model.get_config()).depth_unit == unit
    assert model.rescaled(1.0).depth_unit == "m"
    without = {key: value for key, value in model.get_config().items() if key != "metric"}
    if metric is None:
        assert Monodepth2.from_config(without).depth_unit == unit


@pytest.mark.parametrize(
    ("metadata", "unit"),
    [({"output": {"unit": "relative"}}, None), ({"output": {"unit": "metre"}}, "m"), ({}, "m")],
)
def test_an_artefact_says_its_unit(metadata, unit):
    class Artefact(RuntimeEstimator):
        def _run(self, images):
            return images

    Artefact.__abstractmethods__ = frozenset()
    assert Artefact("model.onnx", metadata).depth_unit == unit
