"""Motion from pose networks and their files: the official matrices, sizes, metres, bad input."""

import cv2
import numpy as np
import pytest
from monodepth2_golden import golden_depth_network, golden_pose_network

import densedepth_tf
from densedepth_tf import Monodepth2, MotionPredictor, PoseNetwork
from densedepth_tf.geometry.rigid_motion import motion_parameters


@pytest.fixture(scope="module")
def pose_network():
    return golden_pose_network()


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory, pose_network):
    folder = tmp_path_factory.mktemp("run")
    pose_network.save(folder / "pose.keras")
    return folder


@pytest.fixture
def frames(rng):
    small = rng.integers(0, 256, (3, 7, 9, 3), dtype=np.uint8)
    return np.stack([cv2.resize(image, (100, 70)) for image in small])


@pytest.mark.long
def test_matrices_equal_the_official_ones(run_folder, golden):
    arrays = golden("monodepth2")
    before, now, after = (arrays[f"frame_{offset}"] for offset in ("-1", "0", "1"))
    for path in (run_folder, run_folder / "pose.keras"):
        motion = densedepth_tf.load_motion(path)
        transforms = motion.predict_transforms(now, after)
        assert transforms.dtype == np.float32
        np.testing.assert_allclose(transforms, arrays["T_1"], rtol=0, atol=1e-6)
    # The official code turns the motion from the frame before to this one around.
    backward = np.linalg.inv(motion.predict_transforms(before, now, batch_size=1))
    np.testing.assert_allclose(backward, arrays["T_-1"], rtol=0, atol=1e-6)


def test_bytes_and_floats_batches_and_nothing(pose_network, frames):
    motion = MotionPredictor(pose_network)
    whole = motion.predict_transforms(frames[:-1], frames[1:])
    np.testing.assert_allclose(whole[:, 3], [[0, 0, 0, 1]] * 2)
    floats = frames.astype(np.float32) / 255
    parts = motion.predict_transforms(floats[:-1], floats[1:], batch_size=1)
    np.testing.assert_allclose(parts, whole, atol=1e-6)
    assert motion.predict_transforms(frames[:0], frames[:0]).shape == (0, 4, 4)


def test_frames_are_brought_to_the_training_size(pose_network, frames):
    sized = PoseNetwork.from_config({**pose_network.get_config(), "image_size": (64, 96)})
    sized.set_weights(pose_network.get_weights())
    large = np.stack([cv2.resize(image, (960, 640)) for image in frames])
    # Shrunk by whole tenths, averaging leaves what shrinking with a wide kernel does, nearly.
    small = np.stack([cv2.resize(i, (96, 64), interpolation=cv2.INTER_AREA) for i in large])
    seen = MotionPredictor(sized).predict_transforms(large[:-1], large[1:])
    expected = MotionPredictor(pose_network).predict_transforms(small[:-1], small[1:])
    np.testing.assert_allclose(seen, expected, atol=1e-3)


@pytest.mark.long
def test_a_saved_network_remembers_its_size(tmp_path):
    network = PoseNetwork(encoder_weights=None, image_size=(64, 96))
    network.save(tmp_path / "pose.keras")
    motion = densedepth_tf.load_motion(tmp_path)
    assert motion.image_size == motion.pose_network.image_size == (64, 96)
    assert motion.pose_network.get_config() == network.get_config()


def test_rescaled_stretches_translations_alone(pose_network, frames):
    transforms = MotionPredictor(pose_network).predict_transforms(frames[:-1], frames[1:])
    metric = MotionPredictor(pose_network.rescaled(5.4))
    turn, translation = motion_parameters(metric.predict_transforms(frames[:-1], frames[1:]))
    old_turn, old_translation = motion_parameters(transforms)
    np.testing.assert_allclose(turn, old_turn, atol=1e-6)
    np.testing.assert_allclose(translation, 5.4 * np.asarray(old_translation), rtol=1e-4)
    with pytest.raises(ValueError, match="Received: -1"):
        pose_network.rescaled(-1)


@pytest.mark.long
def test_a_network_on_the_depth_encoder(frames, tmp_path):
    depth = golden_depth_network()
    pose = PoseNetwork(encoder_weights=None, separate_encoder=False, image_size=(64, 96))
    pose.save(tmp_path / "pose.keras")
    with pytest.raises(ValueError, match=r"no encoder of its own.*Received: depth network none"):
        densedepth_tf.load_motion(tmp_path)
    depth.save(tmp_path / "model.keras")
    motion = densedepth_tf.load_motion(tmp_path)
    transforms = motion.predict_transforms(frames[:-1], frames[1:])

    resized = np.stack([motion._resized(frame[None])[0] for frame in frames])
    maps = depth.backbone.predict(resized, verbose=0)[-1]
    turn, translation = pose.predict([maps[:-1], maps[1:]], verbose=0)
    np.testing.assert_allclose(motion_parameters(transforms)[0], turn, atol=1e-5)
    np.testing.assert_allclose(transforms[:, :3, 3], translation, atol=1e-5)

    other = PoseNetwork("resnet50", encoder_weights=None, separate_encoder=False)
    with pytest.raises(ValueError, match=r"is a resnet50. Received: depth network 'monodepth2_res"):
        MotionPredictor(other, depth)


@pytest.mark.long
def test_checkpoints_without_motion(tmp_path, run_folder):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        densedepth_tf.load_motion(tmp_path / "nowhere")
    Monodepth2(encoder_weights=None).save(tmp_path / "model.keras")
    for path in (tmp_path, tmp_path / "model.keras"):
        with pytest.raises(ValueError, match="predicts no camera motion: it has no pose network"):
            densedepth_tf.load_motion(path)
    (tmp_path / "pose.keras").write_bytes((run_folder / "pose.keras").read_bytes())
    assert densedepth_tf.load_motion(tmp_path / "model.keras").image_size is None
    (tmp_path / "pose.keras").write_bytes(b"PK cut off")
    with pytest.raises(ValueError, match=r"cut off.*pose\.keras"):
        densedepth_tf.load_motion(tmp_path)
    with pytest.raises(ValueError, match="PoseNetwork, not a DepthEstimator"):
        densedepth_tf.load(run_folder / "pose.keras")


def test_frames_that_do_not_belong_together(pose_network, frames):
    motion = MotionPredictor(pose_network)
    for first, second in ((frames[0], frames[1]), (frames, frames[1:]), (frames, frames[:, :50])):
        with pytest.raises(ValueError, match="as many second as first frames"):
            motion.predict_transforms(first, second)
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        motion.predict_transforms(frames * 1.0, frames * 1.0)
