"""Monodepth2's networks: parity with the official ones, sizes, saving."""

import numpy as np
import pytest
import tensorflow as tf
from monodepth2_golden import golden_depth_network, golden_pose_network, golden_shapes

import densedepth_tf
from densedepth_tf import Monodepth2, PoseNetwork
from densedepth_tf.models.keras_model.precision import dtype_policy, in_float32
from densedepth_tf.models.monodepth2.pytorch_files.official_names import (
    is_unused,
    official_variables,
)


@pytest.fixture(scope="module")
def depth_network():
    return golden_depth_network()


@pytest.fixture(scope="module")
def pose_network():
    return golden_pose_network()


@pytest.mark.long
def test_disparities_of_all_scales_equal_the_official_network(depth_network, golden):
    arrays = golden("monodepth2")
    disparities = depth_network.multi_scale.predict(arrays["frame_0"], verbose=0)
    for scale, disparity in enumerate(disparities):
        np.testing.assert_allclose(disparity, arrays[f"disp_{scale}"], rtol=0, atol=1e-5)


def test_raw_output_is_the_finest_disparity_and_its_depth_the_official_one(depth_network, golden):
    arrays = golden("monodepth2")
    disparity = depth_network.predict(arrays["frame_0"], verbose=0)
    np.testing.assert_allclose(disparity, arrays["disp_0"], rtol=0, atol=1e-5)
    depth = depth_network.to_depth(disparity)
    np.testing.assert_allclose(depth, arrays["depth_scale0"], rtol=1e-4)
    # 96x160 is a size that the network takes, so that nothing is resized on the way.
    predicted = depth_network.predict_depth(arrays["frame_0"])
    np.testing.assert_allclose(predicted, arrays["depth_scale0"], rtol=1e-4)


@pytest.mark.parametrize(("offset", "order"), [("-1", ("-1", "0")), ("1", ("0", "1"))])
def test_motions_equal_the_official_network(pose_network, golden, offset, order):
    arrays = golden("monodepth2")
    frames = [arrays[f"frame_{frame}"] for frame in order]
    axis_angle, translation = pose_network.predict(frames, verbose=0)
    np.testing.assert_allclose(axis_angle, arrays[f"axisangle_{offset}"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(translation, arrays[f"translation_{offset}"], rtol=0, atol=1e-7)


def test_names_and_shapes_are_the_official_ones(depth_network, pose_network):
    for model, parts in (
        (depth_network.multi_scale, ("encoder", "depth")),
        (pose_network, ("pose_encoder", "pose")),
    ):
        official = {name: shape for part in parts for name, shape in golden_shapes(part).items()}
        ours = official_variables(model)
        assert ours.keys() == {name for name in official if not is_unused(name)}
        assert len(ours) == len(model.weights)
        for name, variable in ours.items():
            assert variable.shape.num_elements() == np.prod(official[name], dtype=int)


def test_heads_of_coarser_scales_belong_to_the_model(depth_network):
    assert depth_network.count_params() == depth_network.multi_scale.count_params() == 14_338_836
    ours = {id(variable) for variable in depth_network.trainable_variables}
    assert ours == {id(variable) for variable in depth_network.multi_scale.trainable_variables}


@pytest.mark.long
def test_every_weight_is_trained():
    depth = Monodepth2(encoder_weights=None).multi_scale
    pose = PoseNetwork(encoder_weights=None)
    frames = tf.random.stateless_uniform((2, 64, 64, 3), seed=(0, 0))
    weights = depth.trainable_variables + pose.trainable_variables

    with tf.GradientTape() as tape:
        maps = [*depth(frames, training=True), *pose([frames, frames[::-1]], training=True)]
        total = tf.add_n([tf.reduce_sum(one**2) for one in maps])
    slopes = tape.gradient(total, [weight.value for weight in weights])
    for weight, slope in zip(weights, slopes, strict=True):
        assert np.isfinite(slope).all(), weight.path
        assert np.any(slope), weight.path


@pytest.mark.parametrize("size", [(1, 1), (37, 53), (100, 31)])
def test_predict_depth_at_any_size(depth_network, size):
    depth = depth_network.predict_depth(np.zeros((*size, 3), np.uint8))
    assert depth.shape == (*size, 1)
    assert depth.dtype == np.float32
    assert depth.min() >= np.float32(0.1) and depth.max() <= 100


@pytest.mark.long
def test_rescaled_multiplies_depth(depth_network, golden):
    image = golden("monodepth2")["frame_0"][0]
    metric = depth_network.rescaled(5.4)
    assert (metric.min_depth, metric.max_depth) == pytest.approx((0.54, 540))
    np.testing.assert_allclose(
        metric.predict_depth(image), 5.4 * depth_network.predict_depth(image), rtol=1e-5
    )
    with pytest.raises(ValueError, match="Received: 0"):
        depth_network.rescaled(0)


@pytest.mark.long
def test_a_saved_file_is_loaded(depth_network, golden, tmp_path):
    frame = golden("monodepth2")["frame_0"]
    depth_network.save(tmp_path / "model.keras")
    loaded = densedepth_tf.load(tmp_path)
    assert loaded.get_config() == depth_network.get_config()
    np.testing.assert_allclose(
        loaded.predict_depth(frame), depth_network.predict_depth(frame), rtol=1e-5
    )


def test_pose_network_on_the_depth_networks_features(depth_network, golden):
    arrays = golden("monodepth2")
    encoder = depth_network.backbone
    first, second = (encoder.predict(arrays[f"frame_{i}"], verbose=0)[-1] for i in (0, 1))
    assert first.shape == (2, 3, 5, 512)
    network = PoseNetwork(encoder_weights=None, separate_encoder=False)
    axis_angle, translation = network.predict([first, second], verbose=0)
    assert axis_angle.shape == translation.shape == (2, 3)
    assert PoseNetwork.from_config(network.get_config()).count_params() == network.count_params()
    # The second convolution takes both frames' squeezed channels.
    assert network.get_layer("pose_conv_1").kernel.shape == (3, 3, 512, 256)


@pytest.mark.long
def test_resnet50_and_half_precision():
    with dtype_policy("mixed_float16"):
        model = Monodepth2("resnet50", encoder_weights=None)
        pose = PoseNetwork("resnet18", encoder_weights=None)
    assert model.get_layer("encoder_conv1").compute_dtype == "float16"
    image = np.random.default_rng(0).random((1, 64, 96, 3), np.float32)
    disparities = model.multi_scale(image)
    assert [tuple(disparity.shape) for disparity in disparities] == [
        (1, 64 // 2**scale, 96 // 2**scale, 1) for scale in range(4)
    ]
    motion = pose([image, image])
    assert {str(x.dtype) for x in (*disparities, *motion)} == {"<dtype: 'float32'>"}
    copy = in_float32(model)
    assert {layer.compute_dtype for layer in copy.multi_scale.layers} == {"float32"}
    np.testing.assert_allclose(copy(image), model(image), atol=2e-2)


@pytest.mark.parametrize(
    ("network", "arguments", "message"),
    [
        (Monodepth2, {"encoder": "vgg"}, "Unknown encoder"),
        (Monodepth2, {"image_size": (100, 100)}, "multiples of 32"),
        (Monodepth2, {"image_size": (32, 64)}, "from 64 on"),
        (Monodepth2, {"min_depth": 0.0}, "min_depth"),
        (PoseNetwork, {"encoder": "vgg"}, "Unknown encoder"),
        (PoseNetwork, {"image_size": (100, 100)}, "multiples of 32"),
        (PoseNetwork, {"separate_encoder": False, "encoder_weights": "imagenet"}, "shares"),
    ],
)
def test_wrong_arguments_are_named(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        network(**{"encoder_weights": None, **arguments})
