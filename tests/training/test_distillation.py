"""A teacher's share of the target: where it has one, how much, and the same after a restart."""

import csv

import numpy as np
import pytest
import tensorflow as tf

import densedepth_tf
from densedepth_tf.data.batches.pipeline import BatchFormat
from densedepth_tf.geometry.region import Region
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.training.densedepth.distillation import Distillation
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.families import read_options

CODEC = InverseDepthCodec(0.1, 10.0)


class RedTeacher:
    """Depth in metres is 1 + 4 x red, and nothing is known outside its view."""

    def __init__(self, view=None):
        if view is not None:
            self.view = view

    def predict_depth(self, images):
        return (1 + 4 * np.asarray(images)[..., :1]).astype(np.float32)


@pytest.fixture
def batches():
    """Two batches of two plain images, 2 m away on the left and of unknown depth on the right."""
    red = np.linspace(0.1, 0.9, 4, dtype=np.float32)
    images = np.broadcast_to(red[:, None, None, None], (4, 32, 64, 3)).copy()
    depth = np.full((4, 16, 32, 1), 2.0, np.float32)
    depth[:, :, 16:] = 0
    targets = CODEC.to_target(depth)
    return tf.data.Dataset.from_tensor_slices((images, targets)).batch(2, drop_remainder=True)


def taught(batches, teacher=None, weight=0.25, mixup=0.0, start=0, seed=0):
    format = BatchFormat((32, 64), (16, 32), CODEC.to_target, batch_size=2)
    distillation = Distillation(teacher or RedTeacher(), weight, mixup, format, seed)
    images, targets = zip(*distillation.batches(batches, start), strict=True)
    return np.concatenate(images), np.concatenate(targets)


def test_the_teacher_has_its_share_where_depth_is_known_and_all_where_it_is_not(batches):
    images, targets = taught(batches)
    teacher = 10 / (1 + 4 * images[:, :16, :32, :1])
    np.testing.assert_allclose(targets[:, :, :16], 0.75 * 5 + 0.25 * teacher[:, :, :16], rtol=1e-5)
    np.testing.assert_allclose(targets[:, :, 16:], teacher[:, :, 16:], rtol=1e-5)


def test_outside_its_view_the_teacher_says_nothing(batches):
    _, plain = taught(batches, weight=0.0)
    _, targets = taught(batches, RedTeacher(Region(0.25, 0.75, 0.25, 0.75)), weight=1.0)
    inside = np.zeros((16, 32, 1), bool)
    inside[4:12, 8:24] = True
    assert (targets[:, inside] != 5).all()
    outside = targets[:, ~inside[..., 0]]
    assert set(np.unique(outside.round(4))) == {0, 5}
    assert plain.shape == targets.shape


def test_the_teacher_alone_knows_mixed_images(batches):
    plain, _ = taught(batches)
    images, targets = taught(batches, mixup=1.0)
    share = (images - plain) / (plain[[1, 0, 3, 2]] - plain)
    assert (share > 0).all() and (share < 0.5).all() and len(np.unique(share.round(5))) >= 4
    np.testing.assert_allclose(targets, 10 / (1 + 4 * images[:, :16, :32, :1]), rtol=1e-5)


def test_what_is_mixed_depends_on_seed_and_position_alone(batches):
    images, _ = taught(batches, mixup=0.5, start=7)
    np.testing.assert_array_equal(images, taught(batches, mixup=0.5, start=7)[0])
    rest, _ = taught(batches.skip(1), mixup=0.5, start=8)
    np.testing.assert_array_equal(images[2:], rest)
    others = [taught(batches, mixup=0.5, start=7, seed=seed)[0] for seed in (1, 2, 3)]
    assert any((images != other).any() for other in others)


def test_a_run_with_a_teacher_goes_on_as_if_it_had_never_stopped(run, finished_run, tmp_path):
    finished_run(tmp_path / "teacher", epochs=1)
    settings = {
        "teacher": str(tmp_path / "teacher"),
        "mixup": 0.5,
        "jitter": 0.5,
        "relative_weight": 1.0,
        "schedule": "constant",
        "keep_backup": True,
    }
    run(workdir=str(tmp_path / "whole"), epochs=3, **settings)
    for epochs in (1, 3):
        run(workdir=str(tmp_path / "broken"), epochs=epochs, **settings)
    logs = [
        list(csv.DictReader((tmp_path / name / "logs/epochs.csv").open()))
        for name in ("whole", "broken")
    ]
    assert logs[0] == logs[1] and len(logs[0]) == 3
    weights = [densedepth_tf.load(tmp_path / name).get_weights() for name in ("whole", "broken")]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_wrong_options_are_named():
    with pytest.raises(ValueError, match="`mixup` needs `teacher`"):
        DenseDepthOptions(mixup=0.5)
    with pytest.raises(ValueError, match="`teacher_weight` is in"):
        DenseDepthOptions(teacher="x", teacher_weight=1.5)
    with pytest.raises(ValueError, match="`teacher` does not apply to `model='monodepth2'`"):
        read_options({"model": "monodepth2", "teacher": "x"})


def test_the_relative_error_counts_near_and_far_alike():
    truth = CODEC.to_target(np.array([1.0, 8.0, 0.0], np.float32).reshape(1, 1, 3, 1))
    truth = np.tile(truth, (1, 12, 4, 1))
    plain, relative = DenseDepthLoss(), DenseDepthLoss(relative_weight=2.0)
    for factor in (0.5, 1.0, 1.3):
        added = relative(truth, truth * factor) - plain(truth, truth * factor)
        np.testing.assert_allclose(added, 2 * abs(factor - 1), atol=1e-5)
    assert DenseDepthLoss.from_config(relative.get_config()).relative_weight == 2.0
