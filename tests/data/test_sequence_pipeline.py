"""Batches of frames with their neighbours: pictures, camera and motion change together."""

import made_up_kitti as kitti
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from densedepth_tf.data.batches.color_jitter import random_color_jitter
from densedepth_tf.data.batches.sequence_augmentation import SequenceAugmentation, mirror
from densedepth_tf.data.batches.sequence_loader import SequenceLoader
from densedepth_tf.data.batches.sequence_pipeline import (
    sequence_training_batches,
    sequence_validation_batches,
)
from densedepth_tf.data.sequence_datasets import open_sequences

SIZE = (32, 64)


@pytest.fixture(scope="module")
def drive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odometry")
    kitti.write_odometry(folder / "00", count=7, named=False)
    return folder / "00"


@pytest.fixture
def loader(drive):
    source = open_sequences("kitti-odometry", drive, "train", frame_offsets=(-1, 1, "s"))
    return SequenceLoader(source, SIZE, unit=5.0)


def first(dataset):
    return {name: value.numpy() for name, value in next(iter(dataset)).items()}


def test_shapes_units_and_the_camera_of_the_networks_size(loader):
    batch = first(sequence_validation_batches(loader, 2))
    assert batch["image"].shape == batch["seen_image"].shape == (2, *SIZE, 3)
    assert batch["frames"].shape == batch["seen_frames"].shape == (2, 3, *SIZE, 3)
    assert all(value.dtype == np.float32 for value in batch.values())
    assert batch["image"].min() >= 0 and 0.2 < batch["image"].max() <= 1
    # 48x160 became 32x64: pixel centres are at whole numbers before and after.
    scale_u, scale_v = 64 / 160, 32 / 48
    expected = [
        [kitti.FOCAL * scale_u, 0, 80.5 * scale_u - 0.5],
        [0, kitti.FOCAL * scale_v, 24.5 * scale_v - 0.5],
        [0, 0, 1],
    ]
    np.testing.assert_allclose(batch["intrinsics"][0], expected, rtol=1e-6)
    expected = np.eye(4)
    expected[0, 3] = -kitti.BASELINE / 5.0
    np.testing.assert_allclose(batch["stereo_transform"][1], expected, atol=1e-6)


def test_frames_are_shrunk_with_lanczos_as_published(loader):
    batch = first(sequence_validation_batches(loader, 1))
    frames = loader.source[0]["frames"]
    expected = [Image.fromarray(frame).resize(SIZE[::-1], Image.LANCZOS) for frame in frames]
    np.testing.assert_array_equal(
        np.round(batch["frames"][0] * 255), np.stack([np.asarray(frame) for frame in expected])
    )


def test_without_augmentation_networks_and_loss_see_the_same(loader):
    augmentation = SequenceAugmentation(flip=0, color_jitter=0)
    batch = first(sequence_training_batches(loader, 5, augmentation, seed=1))
    np.testing.assert_array_equal(batch["image"], batch["seen_image"])
    np.testing.assert_array_equal(batch["frames"], batch["seen_frames"])
    plain = first(sequence_validation_batches(loader, 5))
    order = [
        int(np.abs(plain["image"] - image).mean((1, 2, 3)).argmin()) for image in batch["image"]
    ]
    assert sorted(order) == list(range(5)) != order
    np.testing.assert_array_equal(batch["frames"], plain["frames"][order])


def test_flips_turn_pictures_camera_and_baseline_at_once(loader):
    flipped = first(sequence_training_batches(loader, 5, SequenceAugmentation(1.0, 0.0), seed=1))
    plain = first(sequence_training_batches(loader, 5, SequenceAugmentation(0.0, 0.0), seed=1))
    np.testing.assert_array_equal(flipped["frames"], plain["frames"][..., ::-1, :])
    np.testing.assert_array_equal(flipped["image"], plain["image"][..., ::-1, :])
    assert (flipped["stereo_transform"][:, 0, 3] == -plain["stereo_transform"][:, 0, 3]).all()
    centre = flipped["intrinsics"][:, 0, 2] + plain["intrinsics"][:, 0, 2]
    np.testing.assert_allclose(centre, SIZE[1] - 1, rtol=1e-6)


def test_jitter_is_for_the_networks_and_the_same_for_all_frames_of_a_sample(loader):
    batch = first(sequence_training_batches(loader, 4, SequenceAugmentation(0.0, 1.0), seed=3))
    assert np.abs(batch["seen_image"] - batch["image"]).mean() > 0.01
    grey = tf.fill((3, 8, 8, 3), 0.4) * tf.constant([1.0, 0.5, 0.25])
    for seed in range(5):
        jittered = random_color_jitter(grey, tf.constant([seed, 1]), 1.0).numpy()
        assert np.ptp(jittered, axis=(0, 1, 2)).max() < 1e-6 and jittered.std() > 0


def test_jitter_stays_in_range_and_happens_as_often_as_asked(rng):
    images = tf.constant(rng.random((2, 6, 6, 3)), tf.float32)
    changed = 0
    for seed in range(60):
        jittered = random_color_jitter(images, tf.constant([seed, 0]), 0.5).numpy()
        assert jittered.min() >= 0 and jittered.max() <= 1
        changed += not np.array_equal(jittered, images)
    assert 18 <= changed <= 42


def test_going_on_in_the_middle_gives_what_would_have_come(loader):
    make = lambda start: sequence_training_batches(  # noqa: E731
        loader, 2, SequenceAugmentation(), seed=7, start=start
    )
    whole = [batch["seen_frames"].numpy() for batch in make(0).take(4)]
    rest = [batch["seen_frames"].numpy() for batch in make(4).take(2)]
    np.testing.assert_array_equal(whole[2:], rest)


@settings(max_examples=30, deadline=None)
@given(
    numbers=st.lists(st.floats(-0.4, 0.4), min_size=6, max_size=6),
    centre=st.floats(20, 40),
    depth=st.floats(1.0, 20.0),
    pixel=st.floats(5, 58),
)
def test_the_mirrored_world_projects_to_mirrored_pixels(numbers, centre, depth, pixel):
    from densedepth_tf.geometry.rigid_motion import rigid_motion

    motion = rigid_motion(tf.constant([numbers[:3]]), tf.constant([numbers[3:]]))[0]
    intrinsics = tf.constant([[50.0, 0, centre], [0, 50.0, 15.0], [0, 0, 1]])
    _, mirrored_camera, mirrored_motion = mirror(tf.zeros((1, 32, 64, 3)), intrinsics, motion)

    def project(camera, transform, u):
        camera, transform = camera.numpy().astype(float), transform.numpy().astype(float)
        point = depth * np.linalg.inv(camera) @ [u, 11.0, 1.0]
        seen = camera @ (transform[:3, :3] @ point + transform[:3, 3])
        return seen[:2] / seen[2]

    u, v = project(intrinsics, motion, pixel)
    mirrored_u, mirrored_v = project(mirrored_camera, mirrored_motion, 63 - pixel)
    np.testing.assert_allclose([63 - u, v], [mirrored_u, mirrored_v], rtol=1e-3, atol=1e-2)


def test_a_damaged_frame_is_skipped_and_named(drive, tmp_path):
    import shutil

    folder = tmp_path / "00"
    shutil.copytree(drive, folder)
    damaged = sorted((folder / "image_0").iterdir())[3]
    damaged.write_bytes(damaged.read_bytes()[:100])
    loader = SequenceLoader(open_sequences("kitti-odometry", folder, "train"), SIZE)
    with pytest.warns(UserWarning, match=damaged.name):
        batches = list(sequence_validation_batches(loader, 5))
    assert batches[0]["image"].shape[0] == 5
    assert len(loader.skipped) == 3
    strict = SequenceLoader(open_sequences("kitti-odometry", folder, "train"), SIZE, strict=True)
    with pytest.raises(tf.errors.OpError):
        list(sequence_validation_batches(strict, 5))
    assert damaged.name in str(strict.error)
