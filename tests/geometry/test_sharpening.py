"""Sharpened depth: soft edges become steps where the photograph has them; the rest stays."""

import numpy as np
import pytest

from densedepth_tf.evaluation.edges import edge_counts
from densedepth_tf.geometry.sharpening import sharpen_depth
from densedepth_tf.inference.sharpened_estimator import SharpenedEstimator

HEIGHT, WIDTH = 60, 80


def soft_step(place: float, softness: float, size=(HEIGHT, WIDTH)) -> np.ndarray:
    """2 m that turn to 4 m at a share of the width."""
    columns = (np.arange(size[1]) + 0.5) / size[1] * WIDTH
    step = 0.5 + 0.5 * np.tanh((columns - place * WIDTH) / (2 * softness))
    return np.tile((2 * 2**step).astype(np.float32), (size[0], 1))


def photograph(place: float, size=(HEIGHT, WIDTH)) -> np.ndarray:
    """Dark left of a share of the width, bright right of it."""
    image = np.full((*size, 3), 40, np.uint8)
    image[:, round(place * size[1]) :] = 200
    return image


def steepest(depth: np.ndarray) -> tuple[int, float]:
    """Before which column depth changes most from one to the next, and by how much."""
    steps = np.diff(depth[depth.shape[0] // 2, :])
    return int(steps.argmax()) + 1, float(steps.max())


def test_a_soft_edge_becomes_the_photographs_step():
    # Predicted two columns beside its place.
    soft, image = soft_step(0.525, 3.0), photograph(0.5)
    sharp = sharpen_depth(soft, image)
    assert steepest(soft)[1] < 0.25
    column, height = steepest(sharp)
    assert column == WIDTH // 2 and height > 1.2
    truth = soft_step(0.5, 1e-3)
    assert np.abs(sharp - truth).mean() < 0.6 * np.abs(soft - truth).mean()
    before, after = (edge_counts(depth, truth).metrics() for depth in (soft, sharp))
    assert after["edge_f1_1"] > 2 * before["edge_f1_1"]


def test_what_has_no_edge_stays():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    flat = np.full((HEIGHT, WIDTH, 1), 3.0, np.float32)
    np.testing.assert_allclose(sharpen_depth(flat, image), flat, rtol=1e-5)
    # A slanted plane, away from the borders, behind a photograph of one colour.
    slanted = np.exp(np.linspace(0, 1.5, 160, dtype=np.float32))[None].repeat(HEIGHT, 0)
    sharp = sharpen_depth(slanted, np.full((*slanted.shape, 3), 99, np.uint8))
    np.testing.assert_allclose(sharp[:, 45:-45], slanted[:, 45:-45], rtol=1e-4)
    np.testing.assert_allclose(sharp, slanted, rtol=0.1)


def test_near_and_far_are_treated_alike_and_the_range_is_kept():
    soft, image = soft_step(0.5, 2.0), photograph(0.5)
    sharp = sharpen_depth(soft, image)
    np.testing.assert_allclose(sharpen_depth(5 * soft, image), 5 * sharp, rtol=1e-4)
    assert sharp.min() >= soft.min() and sharp.max() <= soft.max()
    as_floats = sharpen_depth(soft[..., None], image.astype(np.float32) / 255)
    np.testing.assert_allclose(as_floats[..., 0], sharp, rtol=1e-4)


def test_missing_depth_stays_missing():
    soft, image = soft_step(0.5, 2.0), photograph(0.5)
    soft[:5, :5] = 0
    sharp = sharpen_depth(soft, image)
    assert not sharp[:5, :5].any() and (sharp[8:] > 0).all()
    assert not sharpen_depth(np.zeros_like(soft), image).any()


def test_a_large_map_is_worked_on_small_and_has_the_edge_of_its_photograph():
    size = (4 * HEIGHT, 4 * WIDTH)
    soft, image = soft_step(0.5, 2.0, size), photograph(0.5, size)
    sharp = sharpen_depth(soft, image, (HEIGHT, WIDTH))
    column, height = steepest(sharp)
    assert column == size[1] // 2 and height > 1


def test_maps_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match=r"depth \(60, 79\), image \(60, 80\)"):
        sharpen_depth(np.ones((HEIGHT, WIDTH - 1)), photograph(0.5))


class Soft:
    """Sees a soft step in everything."""

    name, max_depth, image_size = "soft", 10.0, (24, 32)

    def predict_depth(self, images):
        return np.stack([soft_step(0.5, 3.0)[..., None]] * len(images))


def test_any_model_can_be_sharpened():
    images = np.stack([photograph(0.5), photograph(0.55)])
    model = SharpenedEstimator(Soft())
    assert (model.name, model.max_depth, model.depth_unit) == ("soft, sharpened", 10.0, "m")
    depth = model.predict_depth(images)
    assert depth.shape == (2, HEIGHT, WIDTH, 1) and depth.dtype == np.float32
    assert [steepest(each[..., 0])[0] for each in depth] == [40, 44]
    assert model.identity() != model.model.identity()
