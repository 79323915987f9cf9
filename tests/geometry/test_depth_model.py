"""What is asked of a model, and what becomes of one that tells less."""

import numpy as np
import pytest

from densedepth_tf.geometry.depth_model import DepthModel, PlainModel, as_depth_model
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator


class Red:
    """Depth is the red channel; notes how many images it is asked of at once."""

    def __init__(self):
        self.batches = []

    def predict_depth(self, images):
        self.batches.append(len(images) if images.ndim == 4 else 1)
        return images[..., :1].astype(np.float32)


class Talkative(Red):
    """Tells what there is to tell, as a model of Keras would."""

    name, min_depth, max_depth, image_size = "talkative", 1, 8, (4, 6)
    fixed_size, resampling, view = (2, 3), "lanczos", (0.25, 0.75, 0.0, 1.0)

    def __init__(self, weight=1.0):
        super().__init__()
        self.weights = [np.full(3, weight)]

    def count_params(self):
        return 3

    def check_size(self, size):
        if size != (2, 3):
            raise ValueError("takes 2x3 only")


IMAGES = np.arange(5 * 2 * 3 * 3, dtype=np.uint8).reshape(5, 2, 3, 3)


def test_of_a_model_that_only_predicts_nothing_else_is_known():
    model = as_depth_model(Red())
    assert isinstance(model, DepthModel)
    known = (model.min_depth, model.max_depth, model.image_size, model.fixed_size)
    assert known == (None,) * 4 and model.num_parameters is None and model.depth_unit == "m"
    assert (model.name, model.resampling, model.view) == ("Red", "bilinear", (0, 1, 0, 1))
    model.check_size((7, 7))


def test_what_a_model_tells_is_taken():
    model = as_depth_model(Talkative())
    assert (model.name, model.min_depth, model.max_depth) == ("talkative", 1.0, 8.0)
    assert (model.image_size, model.fixed_size, model.num_parameters) == ((4, 6), (2, 3), 3)
    assert (model.resampling, model.view) == ("lanczos", (0.25, 0.75, 0.0, 1.0))
    with pytest.raises(ValueError, match="takes 2x3 only"):
        model.check_size((7, 7))


def test_a_model_is_asked_of_no_more_images_than_fit_a_batch():
    own = Red()
    depth = as_depth_model(own).predict_depth(IMAGES, 2)
    np.testing.assert_array_equal(depth, IMAGES[..., :1])
    assert own.batches == [2, 2, 1]
    assert as_depth_model(own).predict_depth(IMAGES[0], 2).shape == (2, 3, 1)


def test_what_a_model_masks_stays_masked():
    class Masking(Red):
        def predict_depth(self, images):
            return np.ma.masked_greater(super().predict_depth(images), 40)

    depth = as_depth_model(Masking()).predict_depth(IMAGES, 2)
    np.testing.assert_array_equal(np.ma.getmaskarray(depth), IMAGES[..., :1] > 40)


def test_models_that_predict_differently_have_other_identities():
    same = as_depth_model(Talkative()).identity()
    assert same == as_depth_model(Talkative()).identity()
    scaled = ScaledEstimator(Talkative(), 2.0)
    others = [as_depth_model(Talkative(2.0)), as_depth_model(Red()), scaled]
    assert len({same, *(other.identity() for other in others)}) == 4


def test_a_scaled_model_is_a_model_in_another_unit():
    scaled = ScaledEstimator(Talkative(), 2.0)
    assert isinstance(scaled, DepthModel) and as_depth_model(scaled) is scaled
    assert (scaled.min_depth, scaled.max_depth, scaled.num_parameters) == (2.0, 16.0, 3)
    np.testing.assert_array_equal(scaled.predict_depth(IMAGES), 2.0 * IMAGES[..., :1])


def test_what_cannot_predict_is_no_model():
    with pytest.raises(ValueError, match=r"predict_depth\(images\).* Received: list"):
        PlainModel([1, 2])
