import re

import numpy as np
import pytest
from PIL import Image

from densedepth_tf import load
from densedepth_tf.files.video.clip import BadVideoError
from densedepth_tf.geometry.finite import NotFiniteError
from densedepth_tf.inference.image_sources import find_images
from densedepth_tf.inference.prediction import Failure, Prediction
from densedepth_tf.inference.predictor import Predictor


def test_a_path_an_array_a_batch_and_a_list(model, tmp_path):
    Image.fromarray(np.full((5, 7, 3), 100, np.uint8)).save(tmp_path / "a.png")
    predictor = Predictor(model)
    image = np.full((4, 6, 3), 50, np.uint8)
    np.testing.assert_allclose(predictor.predict(tmp_path / "a.png"), np.full((5, 7, 1), 2.0))
    np.testing.assert_allclose(predictor.predict(image), np.ones((4, 6, 1)))
    assert predictor.predict(np.stack([image] * 3)).shape == (3, 4, 6, 1)
    depths = predictor.predict([image, str(tmp_path / "a.png"), image / np.float32(255), image])
    assert [depth.shape for depth in depths] == [(4, 6, 1), (5, 7, 1), (4, 6, 1), (4, 6, 1)]
    np.testing.assert_allclose([depth.mean() for depth in depths], [1, 2, 1, 1], rtol=1e-5)
    assert predictor.predict([]) == []


def test_images_of_equal_size_share_batches_and_bad_files_are_failures(model, tmp_path):
    for index in range(7):
        size = (6, 8, 3) if index % 2 else (4, 4, 3)
        Image.fromarray(np.full(size, 10 * index, np.uint8)).save(tmp_path / f"{index}.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    outcomes = list(Predictor(model, batch_size=2).predict_files(find_images([tmp_path])))
    assert sorted(model.batches) == [(1, 6, 8, 3), (2, 4, 4, 3), (2, 4, 4, 3), (2, 6, 8, 3)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [failure.source.name for failure in failures] == ["bad"]
    assert "bad.png" in failures[0].reason and "\n" not in failures[0].reason
    predictions = {o.source.name: o for o in outcomes if isinstance(o, Prediction)}
    assert sorted(predictions) == [str(index) for index in range(7)]
    for name, prediction in predictions.items():
        np.testing.assert_allclose(prediction.depth, int(name) * 10 / 50, rtol=1e-6)


class BlindToDarkness:
    """What is black is infinitely far, and what is white no number."""

    def __init__(self, model):
        self.model = model

    def predict_depth(self, images):
        depth = self.model.predict_depth(images)
        return np.where(depth == 0, np.inf, np.where(depth > 5, np.nan, depth)).astype(np.float32)


def test_depth_that_is_not_finite_is_a_named_failure_or_an_error(model, tmp_path, grey_clip):
    """And costs no other picture of its batch its depth."""
    for index, level in enumerate((0, 100, 255, 200)):
        Image.fromarray(np.full((4, 6, 3), level, np.uint8)).save(tmp_path / f"{index}.png")
    predictor = Predictor(BlindToDarkness(model), batch_size=4)
    outcomes = {o.source.name: o for o in predictor.predict_files(find_images([tmp_path]))}
    np.testing.assert_allclose(outcomes["1"].depth, 2)
    np.testing.assert_allclose(outcomes["3"].depth, 4)
    for name in ("0", "2"):
        assert re.search(rf"{name}\.png': .*NaN or infinite in 24 of 24", outcomes[name].reason)
    with pytest.raises(NotFiniteError, match=r"0\.png': "):
        predictor.predict(tmp_path / "0.png")
    with pytest.raises(NotFiniteError, match="BlindToDarkness"):
        predictor.predict(np.zeros((4, 6, 3), np.uint8))
    path = grey_clip("dark.mp4", [100, 100, 0, 100])
    with pytest.raises(BadVideoError, match=r"dark\.mp4', frames 0 to 3: .*NaN or infinite"):
        list(predictor.predict_video(path))


def test_a_picture_past_the_size_limit_is_refused_before_it_is_decoded(model, tmp_path):
    Image.new("1", (10_000, 10_000)).save(tmp_path / "huge.png")
    with pytest.raises(ValueError, match=r"huge\.png' is too large.*at most 64 are taken"):
        Predictor(model).predict(tmp_path / "huge.png")


def test_bad_arguments(model, tmp_path):
    with pytest.raises(ValueError, match="batch_size=0"):
        Predictor(model, batch_size=0)
    with pytest.raises(ValueError, match="index 1"):
        Predictor(model).predict([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)])
    with pytest.raises(ValueError, match=r"nowhere\.jpg"):
        Predictor(model).predict(tmp_path / "nowhere.jpg")


@pytest.mark.parametrize("size", [(1, 1), (37, 53), (64, 96)])
def test_a_real_model_at_any_size(checkpoint, size, rng):
    image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    depth = Predictor(load(checkpoint)).predict(image)
    assert depth.shape == (*size, 1) and depth.dtype == np.float32
    assert (depth >= 0.1).all() and (depth <= 10).all()


def test_streams_of_images_batches_and_datasets(model):
    tf = pytest.importorskip("tensorflow")
    images = np.stack([np.full((4, 6, 3), 50 * level, np.uint8) for level in range(5)])
    predictor = Predictor(model)
    dataset = tf.data.Dataset.from_tensor_slices((images, tf.zeros(5))).batch(2)
    depths = list(predictor.predict_stream(dataset))
    assert [depth.shape for depth in depths] == [(2, 4, 6, 1), (2, 4, 6, 1), (1, 4, 6, 1)]
    np.testing.assert_allclose(np.concatenate(depths)[:, 0, 0, 0], np.arange(5), rtol=1e-6)
    samples = tf.data.Dataset.from_tensor_slices({"image": images}).repeat()  # without end
    assert next(predictor.predict_stream(samples)).shape == (4, 6, 1)
    assert len(list(predictor.predict_stream(image for image in images))) == 5


def test_the_frames_of_a_video(model, grey_clip):
    path = grey_clip("a.mp4", [50, 100, 150, 200])
    predictions = list(Predictor(model, 3).predict_video(path, every=2))
    assert [prediction.frame.index for prediction in predictions] == [0, 2]
    assert predictions[0].depth.shape == (48, 64, 1) and predictions[0].frame.image.ndim == 3
    depths = [prediction.depth.mean() for prediction in predictions]
    np.testing.assert_allclose(depths, [1, 3], atol=0.06)
    next(Predictor(model).predict_video(path))  # broken off: the file is let go of
    with pytest.raises(ValueError, match="`every`"):
        next(Predictor(model).predict_video(path, every=0))
