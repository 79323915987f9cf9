import numpy as np
import pytest
from PIL import Image

from densedepth_tf import load
from densedepth_tf.inference.image_sources import find_images
from densedepth_tf.inference.predictor import Failure, Prediction, Predictor


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


def test_a_picture_past_the_size_limit_is_refused_before_it_is_decoded(model, tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    with pytest.raises(ValueError, match=r"huge\.png' is too large.*179 million"):
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
