"""From frames to the loss and its gradients: the networks, motions and loss together."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from monodepth2_golden import golden_depth_network, golden_pose_network

from densedepth_tf import Monodepth2, Monodepth2Loss, PoseNetwork
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix
from densedepth_tf.models.keras_model.precision import dtype_policy
from densedepth_tf.training.monodepth2.training_model import Monodepth2Training

pytestmark = pytest.mark.usefixtures("tiny_resnet")
MONO, STEREO, BOTH = (-1, 1), ("s",), (-1, 1, "s")
OFFICIAL_CASES = {
    "mono": (MONO, {}),
    "no_automask": (MONO, {"mask": "none"}),
    "avg_reprojection": (MONO, {"reprojection": "average"}),
    "no_ssim": (MONO, {"ssim_weight": 0.0}),
    "mono+stereo": (BOTH, {}),
    "stereo": (STEREO, {}),
}


@pytest.fixture(scope="module")
def networks():
    return golden_depth_network(), golden_pose_network()


def golden_batch(arrays, offsets):
    stereo = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    stereo[:, 0, 3] = -0.1
    image = arrays["frame_0"]
    frames = np.stack([arrays[f"frame_{offset}"] for offset in offsets], axis=1)
    camera = intrinsics_matrix(0.58 * 160, 1.92 * 96, 0.5 * 160, 0.5 * 96)
    return {
        "image": image,
        "frames": frames,
        "seen_image": image,
        "seen_frames": frames,
        "intrinsics": np.stack([camera] * 2),
        "stereo_transform": stereo,
    }


@pytest.mark.long
@pytest.mark.parametrize("case", OFFICIAL_CASES)
def test_from_frames_to_the_official_loss(case, networks, golden):
    arrays = golden("monodepth2")
    offsets, options = OFFICIAL_CASES[case]
    depth, pose = networks
    loss = Monodepth2Loss(tie_noise=0.0, **options)
    model = Monodepth2Training(depth, None if offsets == STEREO else pose, loss, offsets)
    terms = model(golden_batch(arrays, offsets))
    np.testing.assert_allclose([terms.total, *terms.by_scale], arrays[f"loss/{case}"], rtol=1e-5)


def test_motions_are_the_official_ones(networks, golden):
    arrays = golden("monodepth2")
    model = Monodepth2Training(*networks, Monodepth2Loss(), BOTH)
    motions = model.motions(golden_batch(arrays, BOTH)).numpy()
    np.testing.assert_allclose(motions[:, 0], arrays["T_-1"], atol=1e-6)
    np.testing.assert_allclose(motions[:, 1], arrays["T_1"], atol=1e-6)
    assert (motions[:, 2, 0, 3] == np.float32(-0.1)).all()


def small_batch(rng, offsets, size=(64, 64)):
    frames = rng.random((2, 1 + len(offsets), *size, 3), np.float32)
    stereo = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    stereo[:, 0, 3] = -0.1
    arrays = {
        "image": frames[:, 0],
        "frames": frames[:, 1:],
        "seen_image": frames[:, 0],
        "seen_frames": frames[:, 1:],
        "intrinsics": np.stack([intrinsics_matrix(40.0, 40.0, 31.5, 31.5)] * 2),
        "stereo_transform": stereo,
    }
    return {name: tf.constant(value) for name, value in arrays.items()}


def training_model(offsets=MONO, separate=True, **options):
    keras.utils.set_random_seed(0)
    depth = Monodepth2("tiny", encoder_weights=None)
    pose = None
    if offsets != STEREO:
        pose = PoseNetwork("tiny", encoder_weights=None, separate_encoder=separate)
    model = Monodepth2Training(depth, pose, Monodepth2Loss(seed=0, **options), offsets)
    model.compile(optimizer=keras.optimizers.Adam(1e-4), run_eagerly=True)
    return model


@pytest.mark.long
@pytest.mark.parametrize(
    ("offsets", "separate", "options"),
    [
        (MONO, True, {}),
        (STEREO, True, {"full_resolution": False}),
        (BOTH, True, {"mask": "predictive"}),
        (MONO, False, {"reprojection": "average", "mask": "none"}),
    ],
    ids=["mono", "stereo", "predictive", "shared"],
)
def test_a_step_changes_every_part_of_every_network(offsets, separate, options, rng):
    model = training_model(offsets, separate, **options)
    before = [variable.numpy() for variable in model.trainable_variables]
    figures = model.train_step(small_batch(rng, offsets))
    assert set(figures) == {"loss", "photometric", "explained"}
    assert all(np.isfinite(float(value)) for value in figures.values())
    names = [variable.path for variable in model.trainable_variables]
    assert any("mask" in name for name in names) == (options.get("mask") == "predictive")
    still = [
        name
        for name, old, new in zip(names, before, model.trainable_variables, strict=True)
        if np.array_equal(old, new.numpy())
    ]
    assert not still


@pytest.mark.long
def test_learning_from_frames_lowers_their_loss(rng):
    """A stereo pair of a plane: its shift is the disparity to find."""
    texture = tf.image.resize(rng.random((1, 4, 10, 3), np.float32), (64, 160), "bicubic")[0]
    shift = 14
    batch = small_batch(rng, STEREO)
    image, partner = texture[:, 20:84], texture[:, 20 + shift : 84 + shift]
    pictures = tf.stack([image, image]), tf.stack([partner, partner])[:, None]
    batch |= {"image": pictures[0], "seen_image": pictures[0]}
    batch |= {"frames": pictures[1], "seen_frames": pictures[1]}
    model = training_model(STEREO)
    losses = [float(model.train_on_batch(batch)[0]) for _ in range(16)]
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.long
def test_everything_after_the_networks_is_float32(rng):
    with dtype_policy("mixed_bfloat16"):
        model = training_model(BOTH)
    batch = small_batch(rng, BOTH)
    assert model.depth_network.get_layer("encoder_conv1").compute_dtype == "bfloat16"
    assert all(dtype == "float32" for dtype in [v.dtype for v in model.trainable_variables])
    terms = model(batch, training=True)
    assert {value.dtype for value in terms} == {tf.float32}
    assert model.motions(batch).dtype == tf.float32


@pytest.mark.long
def test_half_precision_scales_its_loss(rng):
    with dtype_policy("mixed_float16"):
        model = training_model(STEREO)
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    figures = model.train_step(small_batch(rng, STEREO))
    assert np.isfinite(float(figures["loss"])) and float(figures["loss"]) < 1


def test_neighbours_in_time_need_a_pose_network_and_nothing_else_does():
    depth, pose = Monodepth2(encoder_weights=None), PoseNetwork(encoder_weights=None)
    for offsets, network in ((MONO, None), (STEREO, pose)):
        with pytest.raises(ValueError, match=r"pose network.*Received: frame_offsets="):
            Monodepth2Training(depth, network, Monodepth2Loss(), offsets)
