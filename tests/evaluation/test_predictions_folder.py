"""Anybody's predictions, from files, through the same door as a model."""

import io
import re

import cv2
import numpy as np
import pytest

from densedepth_tf.data.sample import Sample
from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.predictions.predictions_folder import PredictionsFolder
from densedepth_tf.evaluation.protocol import PROTOCOLS
from densedepth_tf.files.depth.depth_file import encode_depth_png

NAMES = ["kitchen/0001.jpg", "kitchen/0002.jpg", "office/0001.jpg"]


def make_samples():
    samples = []
    for seed, name in enumerate(NAMES):
        rng = np.random.default_rng(seed)
        samples.append(
            Sample(
                image=rng.integers(0, 256, (24, 32, 3), np.uint8),
                depth=rng.uniform(1, 9, (24, 32, 1)).astype(np.float32),
                name=name,
            )
        )
    return samples


class Model:
    max_depth = 10.0

    def predict_depth(self, images):
        return (1 + images[..., :1] / np.float32(32)).astype(np.float32)


def write(folder, suffix, save):
    for sample in make_samples():
        path = (folder / sample["name"]).with_suffix(suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(save(Model().predict_depth(sample["image"])))
    return folder


def as_npy(depth):
    stream = io.BytesIO()
    np.save(stream, depth)
    return stream.getvalue()


@pytest.mark.parametrize("suffix", [".npy", ".depth.npy"])
def test_npy_equals_the_model_itself(tmp_path, suffix):
    folder = PredictionsFolder(write(tmp_path, suffix, as_npy))
    direct = evaluate(Model(), make_samples(), PROTOCOLS["full"])
    from_files = evaluate(folder, make_samples(), PROTOCOLS["full"].replace(max_depth=10))
    assert from_files.metrics == direct.metrics


def test_png_in_millimetres_equals_the_model_to_half_a_millimetre(tmp_path):
    folder = PredictionsFolder(write(tmp_path, ".png", encode_depth_png))
    direct = evaluate(Model(), make_samples()).metrics["pooled"]
    from_files = evaluate(folder, make_samples()).metrics["pooled"]
    assert from_files["rmse"] == pytest.approx(direct["rmse"], abs=5e-4)
    assert from_files["abs_rel"] == pytest.approx(direct["abs_rel"], abs=5e-4)


def test_scale(tmp_path):
    def kitti_png(depth):
        return cv2.imencode(".png", (depth[..., 0] * 256).round().astype(np.uint16))[1].tobytes()

    folder = PredictionsFolder(write(tmp_path, ".png", kitti_png), scale=1 / 256)
    (first,) = folder.predict_samples(np.zeros((1, 24, 32, 3)), NAMES[:1])
    expected = Model().predict_depth(make_samples()[0]["image"])[..., 0]
    np.testing.assert_allclose(first, expected, atol=1 / 256)
    with pytest.raises(ValueError, match="scale"):
        PredictionsFolder(tmp_path, scale=-1)


def test_another_size_is_resized_bilinearly(tmp_path):
    def half(depth):
        return as_npy(cv2.resize(depth, (16, 12)))

    result = evaluate(PredictionsFolder(write(tmp_path, ".npy", half)), make_samples())
    resized = [
        cv2.resize(cv2.resize(Model().predict_depth(sample["image"]), (16, 12)), (32, 24))
        for sample in make_samples()
    ]
    truths = [sample["depth"][..., 0] for sample in make_samples()]
    squares = [(d - t) ** 2 for d, t in zip(resized, truths, strict=True)]
    assert result.metrics["pooled"]["rmse"] == pytest.approx(np.sqrt(np.mean(squares)), rel=1e-5)


def test_names_fit_by_path_by_path_with_suffix_and_by_stem(tmp_path):
    for name in ("a/1.npy", "b/2.jpg.depth.npy", "deep/down/3.png", "a/4.npy", "b/4.npy"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    folder = PredictionsFolder(tmp_path)
    assert folder.path("a/1.png") == tmp_path / "a/1.npy"
    assert folder.path("b/2.jpg") == tmp_path / "b/2.jpg.depth.npy"
    assert folder.path("elsewhere/3.jpg") == tmp_path / "deep/down/3.png"
    assert folder.path("b/4.jpg") == tmp_path / "b/4.npy"
    with pytest.raises(ValueError, match=r"Several .* fit 'c/4\.jpg': a/4, b/4"):
        folder.path("c/4.jpg")


def test_npy_comes_before_png(tmp_path):
    for name in ("1.png", "1.npy", "1.depth.png", "1.color.png"):
        (tmp_path / name).write_bytes(b"")
    assert PredictionsFolder(tmp_path).path("1.jpg") == tmp_path / "1.npy"


def test_missing_predictions_are_found_before_the_work(tmp_path):
    write(tmp_path, ".npy", as_npy)
    (tmp_path / "kitchen/0002.npy").unlink()
    folder = PredictionsFolder(tmp_path)
    with pytest.raises(ValueError, match=r"no prediction for 'kitchen/0002\.jpg'"):
        folder.check(NAMES)
    with pytest.raises(ValueError, match=r"kitchen/0002"):
        evaluate(folder, make_samples())


def test_a_prediction_that_fits_two_samples_is_neithers(tmp_path):
    (tmp_path / "0001.npy").write_bytes(as_npy(np.ones((24, 32), np.float32)))
    said = r"'kitchen/0001\.jpg' and 'office/0001\.jpg' alike"
    with pytest.raises(ValueError, match=said):
        PredictionsFolder(tmp_path).check(["kitchen/0001.jpg", "office/0001.jpg"])
    # Of samples that come as a stream names are not known beforehand.
    samples = [sample for sample in make_samples() if "0001" in sample["name"]]
    with pytest.raises(ValueError, match=said):
        evaluate(PredictionsFolder(tmp_path), iter(samples))


@pytest.mark.parametrize("suffix", [".NPY", ".depth.npy"])
def test_predictions_of_no_sample_are_counted(tmp_path, suffix):
    folder = PredictionsFolder(write(tmp_path, suffix, as_npy))
    with pytest.warns(UserWarning, match=r"2 of 3 predictions .* none of the 1 samples"):
        folder.check(NAMES[:1])


def test_wrong_folders_and_files_are_named(tmp_path):
    with pytest.raises(ValueError, match=re.escape(f"'{tmp_path}'")):
        PredictionsFolder(tmp_path)
    with pytest.raises(ValueError, match="no folder of predictions"):
        PredictionsFolder(tmp_path / "nothing")
    write(tmp_path, ".npy", lambda depth: as_npy(depth)[:200])
    with pytest.raises(ValueError, match=r"0001\.npy"):
        evaluate(PredictionsFolder(tmp_path), make_samples())


def test_mirrored_averaging_is_refused(tmp_path):
    folder = PredictionsFolder(write(tmp_path, ".npy", as_npy))
    with pytest.raises(ValueError, match="mirrored"):
        evaluate(folder, make_samples(), "nyu")
