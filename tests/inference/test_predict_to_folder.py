import json
import os

import numpy as np
import pytest
from counting_model import Counting
from PIL import Image

from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.outputs.output_record import RECORD_FILE
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.outputs.depth_colors import DepthColors
from densedepth_tf.inference.outputs.output_files import model_identity
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.predict_to_folder import predict_to_folder


@pytest.fixture
def photos(tmp_path, rng):
    """A folder with every kind of picture; a grey level of 100 everywhere is 2 m."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    grey = np.full((20, 30), 100, np.uint8)
    Image.fromarray(grey).save(folder / "grey.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(folder / "grey16.png")
    Image.fromarray(np.dstack([grey] * 3)).save(folder / "a.png")
    Image.fromarray(np.dstack([grey] * 3)).save(folder / "a.jpg", quality=95)
    Image.fromarray(np.dstack([grey] * 3 + [np.full_like(grey, 255)])).save(folder / "alpha.png")
    upright = np.zeros((20, 30, 3), np.uint8)
    upright[:10] = 200
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it upright"
    Image.fromarray(np.rot90(upright)).save(folder / "sub" / "turned.jpg", exif=exif, quality=95)
    return folder


def outputs(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("[!.]*.*"))


def test_every_kind_of_picture_in_a_tree(model, photos, tmp_path):
    report = predict_to_folder(model, [photos], tmp_path / "out", ["png", "npy"])
    assert report.num_predicted == 6 and not report.failures and report.images_per_second > 0
    names = ["a.jpg", "a.png", "alpha", "grey", "grey16", "sub/turned"]
    expected = [f"{name}.depth.{suffix}" for name in names for suffix in ("json", "npy", "png")]
    assert outputs(tmp_path / "out") == expected
    for name in names[:-1]:
        depth = read_depth(tmp_path / "out" / f"{name}.depth.png")
        assert depth.shape == (20, 30, 1)
        np.testing.assert_allclose(depth, 2.0, atol=0.03)
    turned = np.load(tmp_path / "out/sub/turned.depth.npy", allow_pickle=False)
    assert turned.shape == (20, 30)
    np.testing.assert_allclose(turned[:8], 4.0, atol=0.1)
    np.testing.assert_allclose(turned[12:], 0.0, atol=0.1)


def test_a_name_too_long_for_outputs_is_a_bad_file(model, photos, tmp_path):
    (photos / "a.jpg").rename(photos / f"{'é' * 124}.jpg")
    report = predict_to_folder(model, [photos], tmp_path / "out")
    (failure,) = report.failures
    assert report.num_predicted == 5
    assert "the names of its outputs have more than 255 bytes" in failure.reason


def test_a_long_name_in_a_bucket_is_a_bad_file(model, photos, s3_files):
    s3_files.mkdir("long-names")
    for name in ("a", "b" * 300):
        s3_files.put_file(str(photos / "a.jpg"), f"long-names/in/{name}.jpg")
    report = predict_to_folder(model, ["s3://long-names/in"], "s3://long-names/out")
    (failure,) = report.failures
    assert report.num_predicted == 1 and "bbb.jpg': the names of its outputs" in failure.reason


def test_a_bad_file_is_skipped_and_named(model, photos, tmp_path):
    content = (photos / "a.jpg").read_bytes()
    (photos / "sub" / "cut.jpg").write_bytes(content[: len(content) // 2])
    report = predict_to_folder(model, [photos], tmp_path / "out")
    assert report.num_predicted == 6
    assert [failure.source.path.name for failure in report.failures] == ["cut.jpg"]
    assert not list((tmp_path / "out").rglob("cut*"))


def test_nothing_readable_is_an_error_and_leaves_nothing(model, tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"^'.*a\.jpg'"):
        predict_to_folder(model, [tmp_path / "a.jpg"], tmp_path / "out")
    with pytest.raises(ValueError, match=r"None of 2 files.*a\.jpg"):
        predict_to_folder(model, [tmp_path / "a.jpg", tmp_path / "b.jpg"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_output_is_tried_before_anything_is_predicted(model, photos, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Cannot write to folder"):
        predict_to_folder(model, [photos], tmp_path / "file" / "out")
    with pytest.raises(OSError, match="not a folder"):
        predict_to_folder(model, [photos], tmp_path / "file")
    assert not model.batches


def test_an_output_that_cannot_be_written_is_named(model, photos, tmp_path):
    (tmp_path / "out" / "grey.depth.png" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"Cannot write '.*grey\.depth\.png'"):
        predict_to_folder(model, [photos], tmp_path / "out", ["png"])
    assert {entry.name for entry in (tmp_path / "out").glob(".*")} <= {RECORD_FILE}


def test_inputs_are_never_replaced(model, photos):
    """A photograph may well be called like an output."""
    Image.new("RGB", (32, 24)).save(photos / "grey.depth.png")
    Image.new("RGB", (32, 24)).save(photos / "alpha.color.png")
    before = {path: path.read_bytes() for path in photos.rglob("*.png")}
    (photos / "link").symlink_to(".")
    for place in (photos, photos / "sub" / "..", photos / "link"):
        for formats in (["png"], ["color"]):
            with pytest.raises(ValueError, match="would replace the input"):
                predict_to_folder(model, [photos], place, formats)
    assert all(path.read_bytes() == content for path, content in before.items())
    report = predict_to_folder(model, [photos], photos, ["npy"])
    assert report.num_predicted == 8 and (photos / "grey.depth.depth.npy").is_file()


@pytest.mark.parametrize("output", [".", "sub/..", "link", "../photos", ""])
def test_in_place_it_runs_again_and_resumes(model, photos, monkeypatch, output):
    (photos / "link").symlink_to(".")
    monkeypatch.chdir(photos)
    output = output or photos
    formats = ["png", "color", "side_by_side", "tiff", "npy"]
    for entry in (photos, ".", "../photos"):
        report = predict_to_folder(model, [entry], output, formats)
        assert report.num_predicted == 6 and not report.failures
    written = outputs(photos)
    (photos / "grey.color.png").unlink()
    report = predict_to_folder(model, [photos], output, formats, skip_existing=True)
    assert (report.num_predicted, report.num_skipped) == (1, 5)
    assert outputs(photos) == written
    named = sorted(photos.glob("*.png"))  # as a shell names them
    report = predict_to_folder(model, named, photos.parent / "elsewhere", ["png"])
    assert report.num_predicted == 4
    with pytest.raises(ValueError, match="Nothing to predict but 1 file that this package wrote"):
        predict_to_folder(model, [photos / "grey.color.png"], photos.parent / "new", ["png"])


def test_outputs_below_the_input_are_no_photographs(model, photos):
    for output in ("out1", "out2", "sub/out3", "out1"):
        report = predict_to_folder(model, [photos], photos / output, ["png", "color", "tiff"])
        assert report.num_predicted == 6 and not report.failures
    names = {name.split(".")[0] for name in outputs(photos / "out2")}
    assert names == {"a", "alpha", "grey", "grey16", "sub/turned"}


def test_the_output_may_be_above_the_input(model, photos):
    assert predict_to_folder(model, [photos / "sub"], photos, ["npy"]).num_predicted == 1
    assert predict_to_folder(model, [f"{photos}/*.jpg"], photos, ["npy"]).num_predicted == 1


def _cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def _overwrite(path):
    path.write_bytes(path.read_bytes()[::-1])


def _repaint(path, keep_time):
    """Another picture in a file of the same size."""
    times = path.stat()
    Image.new("RGB", (32, 24), (150, 150, 150)).save(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + (0 if keep_time else 1)))


# What is done to a folder with the results of two pictures, and how many are predicted again.
CHANGES = {
    "nothing": (lambda folder: {}, 0),
    "an empty output": (lambda folder: (folder / "b.depth.png").write_bytes(b""), 1),
    "a part of an output": (lambda folder: _cut(folder / "b.depth.png"), 1),
    "a missing output": (lambda folder: (folder / "b.depth.json").unlink(), 1),
    "an output of as many bytes": (lambda folder: _overwrite(folder / "b.depth.png"), 1),
    "another picture": (lambda folder: _repaint(folder.parent / "b.bmp", keep_time=False), 1),
    "one as old": (lambda folder: _repaint(folder.parent / "b.bmp", keep_time=True), 1),
    "swapped pictures": (lambda folder: _swap(folder.parent), 2),
    "a record cut off": (lambda folder: _cut(folder / RECORD_FILE), 1),
    "no record": (lambda folder: (folder / RECORD_FILE).unlink(), 2),
    "another unit": (lambda folder: {"options": OutputOptions(png_scale=0.01)}, 2),
    "another range": (lambda folder: {"options": OutputOptions(DepthColors(max_depth=3))}, 2),
    "another format": (lambda folder: {"formats": ["png", "npy"]}, 2),
    "fewer formats": (lambda folder: {"formats": ["json"]}, 0),
    "another model": (lambda folder: {"model": Counting(2)}, 2),
}


def _swap(folder):
    for old, new in (("a.bmp", "c.bmp"), ("b.bmp", "a.bmp"), ("c.bmp", "b.bmp")):
        (folder / old).rename(folder / new)


@pytest.mark.parametrize("change", CHANGES)
def test_only_what_is_complete_and_up_to_date_is_skipped(tmp_path, change):
    for name, level in (("a", 100), ("b", 120)):
        Image.new("RGB", (32, 24), (level,) * 3).save(tmp_path / f"{name}.bmp")

    def predict(model=None, formats=("png",), options=None):
        model = model or Counting()
        model.count = 0
        inputs = [tmp_path / "a.bmp", tmp_path / "b.bmp"]
        report = predict_to_folder(
            model, inputs, tmp_path / "out", formats, options, skip_existing=True
        )
        assert model.count == report.num_predicted
        return report.num_predicted, report.num_skipped

    assert predict() == (2, 0) and predict() == (0, 2)
    action, count = CHANGES[change]
    result = action(tmp_path / "out")
    changed = result if isinstance(result, dict) else {}
    assert predict(**changed) == (count, 2 - count)
    assert predict(**changed) == (0, 2)


def test_models_are_told_apart_by_all_that_decides_their_depth(tmp_path):
    def changed(**others):
        model = Counting()
        vars(model).update(others)
        return model_identity(model, None)

    weight = np.arange(6, dtype=np.float32)
    models = [{}, {"weights": [weight]}, {"weights": [weight[::-1]]}, {"weights": [-weight]}]
    models += [{"max_depth": 10.0}, {"max_depth": 80.0}]
    assert len({changed(**model) for model in models}) == len(models)
    assert changed(weights=[weight]) == changed(weights=[weight.copy()])
    factors = [ScaledEstimator(Counting(factor), 2.0) for factor in (1, 2, 1)]
    first, second, third = (model_identity(model, None) for model in factors)
    assert first == third != second
    # One value that has learned on, anywhere in a large file.
    content = bytearray(3_000_000)
    (tmp_path / "a.onnx").write_bytes(content)
    before = model_identity(Counting(), str(tmp_path / "a.onnx"))
    content[100_000] = 1
    (tmp_path / "a.onnx").write_bytes(content)
    assert model_identity(Counting(), str(tmp_path / "a.onnx")) != before


def test_depth_that_the_png_cannot_hold_is_reported(photos, tmp_path):
    class FarModel:
        def predict_depth(self, images):
            return np.full((*images.shape[:-1], 1), 80, np.float32)

    assert len(predict_to_folder(FarModel(), [photos], tmp_path / "out").cut_off) == 6
    assert not predict_to_folder(FarModel(), [photos], tmp_path / "out", ["npy"]).cut_off


def test_sharpened_depth_is_another_and_told_as_such(tmp_path):
    class Soft:
        """A soft edge at the middle of the image."""

        name, image_size = "soft", (24, 32)

        def predict_depth(self, images):
            columns = np.tanh((np.arange(images.shape[2]) - 39.5) / 6)
            return np.tile((3 + columns)[None, None, :, None], (*images.shape[:2], 1, 1))

    image = np.full((60, 80, 3), 40, np.uint8)
    image[:, 40:] = 200
    (tmp_path / "in").mkdir()
    Image.fromarray(image).save(tmp_path / "in/a.png")
    steepest = {}
    for sharpen in (False, True):
        report = predict_to_folder(
            *(Soft(), [tmp_path / "in"], tmp_path / "out", ["npy", "json"]),
            options=OutputOptions(sharpen=sharpen),
            skip_existing=True,
        )
        assert report.num_predicted == 1
        told = json.loads((tmp_path / "out/a.depth.json").read_text())
        assert told["sharpened"] is sharpen and told["model"] == "soft"
        depth = np.load(tmp_path / "out/a.depth.npy").reshape(60, 80)
        steepest[sharpen] = np.diff(depth[30]).max()
    assert steepest[True] > 4 * steepest[False]
