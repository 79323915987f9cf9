"""From photographs of any size to depth and motion, as the official scripts get there."""

import numpy as np
import pytest
import tensorflow as tf
from monodepth2_golden import golden_depth_network, golden_pose_network
from monodepth2_oracle import CASES, STEP, official_depth, official_motion, photographs

from densedepth_tf import MotionPredictor
from densedepth_tf.geometry.rigid_motion import motion_parameters
from densedepth_tf.inference.video.predict_clip import working_size_for


def of_size(network, size):
    """The same network, trained at a size."""
    sized = type(network).from_config({**network.get_config(), "image_size": size})
    sized.set_weights(network.get_weights())
    return sized


@pytest.fixture(scope="module")
def depth_network():
    network = golden_depth_network()
    return lambda case: of_size(network, CASES[case][1])


@pytest.fixture(scope="module")
def pose_network():
    network = golden_pose_network()
    return lambda case: of_size(network, CASES[case][1])


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_depth_of_photographs(case, depth_network, golden):
    expected = golden("monodepth2_pipeline")[f"{case}/depth"]
    image, _ = photographs(CASES[case][0])
    depth = depth_network(case).predict_depth(image)
    assert depth.shape == (*CASES[case][0], 1)
    np.testing.assert_allclose(depth[::STEP, ::STEP, 0], expected, rtol=1e-4)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_motion_between_photographs(case, pose_network, golden):
    expected = golden("monodepth2_pipeline")[f"{case}/motion"]
    first, second = photographs(CASES[case][0])
    motion = MotionPredictor(pose_network(case))
    transforms = motion.predict_transforms(first[None], second[None])
    numbers = np.concatenate([np.asarray(part)[0] for part in motion_parameters(transforms)])
    np.testing.assert_allclose(numbers, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@pytest.mark.long
def test_the_golden_arrays_are_what_pytorch_gives(torch, golden):
    case, (size, network_size) = "smaller", CASES["smaller"]
    first, second = photographs(size)
    arrays = golden("monodepth2_pipeline")
    with torch.no_grad():
        depth = official_depth(torch, first, network_size)
        motion = official_motion(torch, first, second, network_size)
    np.testing.assert_allclose(depth[::STEP, ::STEP], arrays[f"{case}/depth"], rtol=1e-5)
    np.testing.assert_allclose(np.concatenate(motion), arrays[f"{case}/motion"], atol=1e-7)


@pytest.mark.long
def test_graphs_for_export_see_the_same_grey_levels(depth_network):
    """A single level of a single pixel would show as some 1e-3."""
    model, image = depth_network("smaller"), photographs(CASES["smaller"][0])[0][None]
    expected = model.predict_depth(image)
    unknown = tf.TensorSpec((None, None, None, 3), tf.uint8)
    serve = tf.function(model.depth_function, input_signature=[unknown])
    np.testing.assert_allclose(serve(image), expected, rtol=1e-5)
    np.testing.assert_allclose(model.depth_function(tf.constant(image)), expected, rtol=1e-5)


def test_disparity_is_enlarged_and_not_depth(depth_network, monkeypatch):
    """Half-way between depths of 1 and 3 lies 1.5."""
    model = depth_network("smaller")
    disparity = np.zeros((1, 96, 160, 1), np.float32)
    disparity[:, :, :80], disparity[:, :, 80:] = (model.to_target(depth) for depth in (1.0, 3.0))
    monkeypatch.setattr(model, "_compiled_depth_function", lambda seen: disparity)
    depth = model.predict_depth(np.zeros((96, 160 * 9, 3), np.uint8))[0, :, 0]
    assert depth[0] == pytest.approx(1.0, rel=1e-5) and depth[-1] == pytest.approx(3.0, rel=1e-5)
    middle = depth[80 * 9 - 1 : 80 * 9 + 1]
    np.testing.assert_allclose((1 / middle).mean(), (1 + 1 / 3) / 2, rtol=1e-5)


def test_frames_of_videos_are_not_shrunk_with_another_filter(depth_network):
    assert working_size_for(depth_network("kitti"), (375, 1242)) is None


def test_bytes_and_the_floats_they_become_have_one_depth(depth_network):
    image, _ = photographs(CASES["smaller"][0])
    model = depth_network("smaller")
    floats = model.predict_depth(image.astype(np.float32) / 255)
    np.testing.assert_allclose(floats, model.predict_depth(image), rtol=1e-6)
