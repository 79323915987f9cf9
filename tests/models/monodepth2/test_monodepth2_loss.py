"""The Monodepth2 loss: its switches, and laws."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix
from densedepth_tf.geometry.rigid_motion import rigid_motion
from densedepth_tf.models.monodepth2.loss import Monodepth2Loss
from densedepth_tf.models.monodepth2.photometric_error import photometric_error, ssim_distance
from densedepth_tf.models.monodepth2.smoothness import edge_aware_smoothness


def test_the_error_is_the_formula_of_the_paper():
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 1, 5, 6, 3), np.float32)
    windows = [
        np.lib.stride_tricks.sliding_window_view(
            np.pad(np.float64(image[0]), ((1, 1), (1, 1), (0, 0)), "reflect"), (3, 3), (0, 1)
        ).reshape(5, 6, 3, 9)
        for image in (x, y)
    ]
    (mx, my), (vx, vy) = (w.mean(-1) for w in windows), (w.var(-1) for w in windows)
    covariance = (windows[0] * windows[1]).mean(-1) - mx * my
    similarity = (2 * mx * my + 1e-4) * (2 * covariance + 9e-4)
    similarity /= (mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4)
    distance = np.clip((1 - similarity) / 2, 0, 1)
    np.testing.assert_allclose(ssim_distance(x, y)[0], distance, atol=1e-5)
    expected = (0.85 * distance + 0.15 * np.abs(x - y)[0]).mean(-1)
    np.testing.assert_allclose(photometric_error(x, y)[0], expected, atol=1e-5)
    np.testing.assert_allclose(photometric_error(x, y, 0)[0], np.abs(x - y)[0].mean(-1), atol=1e-6)
    assert not photometric_error(x, x).numpy().any()


def scene(seed=0, num_sources=2, size=(16, 24), num_scales=2):
    """Smooth random pictures, each like the next, with random depth and small motions."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((2, num_sources + 1, 4, 6, 3))
    pictures = np.float32(0.5 * coarse + 0.5 * coarse[:, :1])
    for axis in (2, 3):
        pictures = np.repeat(pictures, size[axis - 2] // pictures.shape[axis], axis)
    disparities = [
        rng.uniform(0.05, 0.9, (2, size[0] // 2**s, size[1] // 2**s, 1)).astype(np.float32)
        for s in range(num_scales)
    ]
    motions = rigid_motion(
        rng.normal(0, 0.02, (2, num_sources, 3)), rng.normal(0, 0.02, (2, num_sources, 3))
    )
    intrinsics = np.stack([intrinsics_matrix(15, 30, 11.5, 7.5)] * 2)
    return pictures[:, 0], pictures[:, 1:], disparities, motions, intrinsics


def loss_and_gradients(loss, inputs, masks=None):
    target, sources, disparities, motions, intrinsics = inputs
    disparities = [tf.Variable(disparity) for disparity in disparities]
    motions = tf.Variable(motions)
    masks = masks and [tf.Variable(mask) for mask in masks]
    with tf.GradientTape() as tape:
        value = loss(target, sources, disparities, motions, intrinsics, masks)
    gradients = tape.gradient(value, [*disparities, motions, *(masks or [])])
    return float(value), [gradient.numpy() for gradient in gradients]


@pytest.mark.parametrize("mask", ["auto", "predictive", "none"])
@pytest.mark.parametrize("reprojection", ["minimum", "average"])
@pytest.mark.parametrize("full_resolution", [True, False])
def test_every_switch_gives_finite_slopes_for_depth_and_motion(mask, reprojection, full_resolution):
    inputs = scene()
    loss = Monodepth2Loss(mask=mask, reprojection=reprojection, full_resolution=full_resolution)
    masks = None
    if mask == "predictive":
        masks = [np.full((*disparity.shape[:3], 2), 0.7, "float32") for disparity in inputs[2]]
    value, gradients = loss_and_gradients(loss, inputs, masks)
    assert np.isfinite(value) and value > 0
    for gradient in gradients:
        assert np.isfinite(gradient).all() and gradient.any()


def test_standing_still_is_dropped_and_gives_the_motion_no_slope():
    """Nothing moves and the motion is none: the warped source is the source, every pixel a tie."""
    target, sources, disparities, motions, intrinsics = scene()
    still = np.broadcast_to(np.eye(4, dtype="float32"), motions.shape)
    inputs = (target, sources, disparities[:1], still, intrinsics)
    assert not Monodepth2Loss(tie_noise=0.0).terms(*inputs).explained.numpy().any()
    _, (_, slope) = loss_and_gradients(Monodepth2Loss(tie_noise=0.0), inputs)
    assert not slope.any()
    shares = Monodepth2Loss(seed=1).terms(*inputs).explained.numpy().mean()
    assert 0.4 < shares < 0.6
    assert Monodepth2Loss(mask="none").terms(*inputs).explained.numpy().all()


@pytest.mark.long
def test_the_noise_is_seeded_and_new_in_every_step():
    target, sources, disparities, motions, intrinsics = scene()
    inputs = (target, sources, disparities, np.broadcast_to(np.eye(4), motions.shape), intrinsics)
    one, other, third = (Monodepth2Loss(seed=seed) for seed in (5, 5, 6))
    first = one.terms(*inputs).explained.numpy()
    np.testing.assert_array_equal(other.terms(*inputs).explained, first)
    assert (third.terms(*inputs).explained.numpy() != first).any()
    step = tf.function(lambda: one.terms(*inputs).explained)
    second = step().numpy()
    assert (second != first).any() and (step().numpy() != second).any()


def test_a_source_that_shows_nothing_costs_the_minimum_nothing():
    """Occlusion: whatever a second source looks like, the first explains the target."""
    target, sources, disparities, _, intrinsics = scene()
    sources = np.stack([target, sources[:, 0]], axis=1)
    motions = np.broadcast_to(np.eye(4, dtype="float32"), (2, 2, 4, 4))
    inputs = (target, sources, disparities, motions, intrinsics)
    options = {"mask": "none", "smoothness_weight": 0.0}
    assert float(Monodepth2Loss(**options)(*inputs)) == pytest.approx(0, abs=1e-7)
    assert float(Monodepth2Loss(reprojection="average", **options)(*inputs)) > 0.01


def test_predictive_masks_weigh_each_source_and_cost_what_they_hide():
    inputs = scene()
    plain = Monodepth2Loss(mask="none", reprojection="average", smoothness_weight=0.0)
    masked = Monodepth2Loss(mask="predictive", reprojection="average", smoothness_weight=0.0)
    full = [np.ones((*d.shape[:3], 2), np.float32) for d in inputs[2]]
    value = float(plain(*inputs))
    assert float(masked(*inputs, full)) == pytest.approx(value, rel=1e-6)
    half = [0.5 * mask for mask in full]
    expected = 0.5 * value + 0.2 * np.log(2)
    assert float(masked(*inputs, half)) == pytest.approx(expected, rel=1e-5)
    hidden = [mask * np.float32([1, 0]) for mask in full]
    terms = masked.terms(*inputs, hidden)
    alone = plain.terms(inputs[0], inputs[1][:, :1], inputs[2], inputs[3][:, :1], inputs[4])
    np.testing.assert_allclose(terms.photometric, alone.photometric / 2, rtol=1e-5)
    assert np.isfinite(terms.total)


@settings(max_examples=10, deadline=None)
@given(factor=st.floats(0.2, 1.1), seed=st.integers(0, 99))
def test_smoothness_ignores_the_size_of_disparities(factor, seed):
    target, _, (disparity, *_), _, _ = scene(seed)
    value = float(edge_aware_smoothness(disparity, target))
    assert float(edge_aware_smoothness(factor * disparity, target)) == pytest.approx(
        value, rel=1e-4
    )
    flat = np.full_like(target, 0.5)
    assert value < float(edge_aware_smoothness(disparity, flat))
    assert float(edge_aware_smoothness(np.full_like(disparity, 0.3), target)) == 0


@pytest.mark.parametrize("full_resolution", [True, False])
def test_the_right_depth_and_motion_cost_least(full_resolution):
    """A wall seen by a camera that steps aside: depth is found where the pictures agree."""
    rng = np.random.default_rng(0)
    wall = rng.random((1, 16, 40, 3), np.float32)
    wall = sum(np.roll(wall, shift, axis) for shift in range(-2, 3) for axis in (1, 2)) / 10
    target, source = wall[:, :, 4:36], wall[:, :, :32]  # 4 pixels of disparity
    intrinsics = intrinsics_matrix(32, 32, 15.5, 7.5)[None]
    motion = rigid_motion(np.zeros((1, 1, 3)), np.float32([[[0.25, 0, 0]]]))  # so depth is 2
    loss = Monodepth2Loss(mask="none", full_resolution=full_resolution)
    costs = {
        depth: float(
            loss(
                target,
                source[:, None],
                [np.full((1, 16 // f, 32 // f, 1), loss.codec.to_target(depth)) for f in (1, 2)],
                motion,
                intrinsics,
            )
        )
        for depth in (1.0, 1.6, 1.9, 2.0, 2.1, 2.6, 4.0)
    }
    assert min(costs, key=costs.get) == 2.0


def test_bytes_and_floats_and_half_precision_disparities_are_the_same():
    target, sources, disparities, motions, intrinsics = scene()
    target, sources = (np.uint8(255 * images) for images in (target, sources))
    half = [disparity.astype("float16") for disparity in disparities]
    loss = Monodepth2Loss(tie_noise=0.0)
    floats = loss(target / 255, sources / 255, [np.float32(d) for d in half], motions, intrinsics)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        terms = loss.terms(target, sources, half, motions, intrinsics)
    finally:
        keras.config.set_dtype_policy("float32")
    assert all(term.dtype == "float32" for term in terms)
    assert float(terms.total) == pytest.approx(float(floats), rel=1e-6)


def test_a_motion_that_is_not_a_number_shows():
    target, sources, disparities, motions, intrinsics = scene()
    motions = motions.numpy()
    motions[0, 0, 0, 3] = np.nan
    assert np.isnan(Monodepth2Loss()(target, sources, disparities, motions, intrinsics))


def test_batches_of_any_size_share_one_graph():
    target, sources, disparities, motions, intrinsics = scene()
    loss = Monodepth2Loss(tie_noise=0.0)
    tensors = [target, sources, *disparities, motions, intrinsics]
    signature = [tf.TensorSpec((None, *tensor.shape[1:]), "float32") for tensor in tensors]

    @tf.function(input_signature=signature)
    def compute(target, sources, first, second, motions, intrinsics):
        return loss(target, sources, [first, second], motions, intrinsics)

    for count in (1, 2):
        part = [tensor[:count] for tensor in tensors]
        expected = loss(part[0], part[1], part[2:4], part[4], part[5])
        assert float(compute(*part)) == pytest.approx(float(expected), rel=1e-5)


def test_serialises():
    loss = Monodepth2Loss(
        0.5, 80.0, 0.0, 0.01, "average", "predictive", False, mask_weight=0.1, tie_noise=0, seed=3
    )
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert isinstance(copy, Monodepth2Loss) and copy.get_config() == loss.get_config()
    assert keras.saving.get_registered_name(Monodepth2Loss) == "densedepth_tf>Monodepth2Loss"


@pytest.mark.parametrize(
    "options", [{"mask": "yes"}, {"reprojection": "max"}, {"ssim_weight": 2}, {"min_depth": 0}]
)
def test_options_that_are_none(options):
    with pytest.raises(ValueError, match="Received"):
        Monodepth2Loss(**options)


def test_inputs_that_do_not_fit():
    target, sources, disparities, motions, intrinsics = scene()
    masks = [np.ones((*d.shape[:3], 2), np.float32) for d in disparities]
    with pytest.raises(ValueError, match=r"predictive.*Received"):
        Monodepth2Loss()(target, sources, disparities, motions, intrinsics, masks)
    with pytest.raises(ValueError, match=r"predictive.*no masks"):
        Monodepth2Loss(mask="predictive")(target, sources, disparities, motions, intrinsics)
    with pytest.raises(ValueError, match=r"whole number.*Received"):
        Monodepth2Loss()(target, sources, [disparities[0][:, :9]], motions, intrinsics)
