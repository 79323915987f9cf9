"""A teacher's share of the target: where it has one, how much, and the same after a restart."""

import csv
import warnings

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import densedepth_tf
from densedepth_tf.data.batches.pipeline import BatchFormat
from densedepth_tf.geometry.region import Region
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.training.densedepth import teachers
from densedepth_tf.training.densedepth.distillation import Distillation
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.densedepth.picture_frame import framed
from densedepth_tf.training.densedepth.teachers import AnySizeTeacher, TeacherMean
from densedepth_tf.training.densedepth.teachers_metres import teachers_metres
from densedepth_tf.training.families import open_system, read_options

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


class OneSize:
    """Takes images of 8x16 alone, and answers with their red."""

    fixed_size = (8, 16)
    depth_unit, min_depth, max_depth = "m", 0.1, 10.0

    def check_size(self, size):
        if size != self.fixed_size:
            raise ValueError(size)

    def predict_depth(self, images):
        self.check_size(images.shape[1:3])
        return 1 + 4 * images[..., :1]


def test_a_teacher_of_one_size_teaches_images_of_any(batches, monkeypatch):
    monkeypatch.setattr(teachers, "load", lambda name: OneSize())
    images, targets = taught(batches, teachers.open_teacher([("a", 1.0)]), weight=1.0)
    np.testing.assert_allclose(targets, 10 / (1 + 4 * images[:, :16, :32, :1]), rtol=1e-5)


# What a teacher is shown, and whether its metres are the data's.


class FrameTeacher:
    """Knows pictures with NYU's white frame, and takes others to be twice as far away."""

    def __init__(self, name="frame_teacher"):
        self.name = name

    def predict_depth(self, images):
        images = np.asarray(images, np.float32) / (255 if images.dtype == np.uint8 else 1)
        white = images[:, 0, :, 0].mean(axis=1) > 0.9
        return np.where(white[:, None, None, None], 2.0, 4.0) * np.ones_like(images[..., :1])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_frame_covers_its_share_of_each_pixel(dtype):
    images = np.zeros((2, 48, 64, 3), dtype)
    white = 253 if dtype == np.uint8 else 253 / 255
    result = framed(images, "nyu")
    assert result.dtype == dtype and result.shape == images.shape
    # 6 of 480 rows are .6 of 48, 7 of 640 columns .7 of 64, at either end.
    tolerance = 0.5 if dtype == np.uint8 else 1e-4
    np.testing.assert_allclose(result[:, [0, -1], 30], 0.6 * white, atol=tolerance)
    np.testing.assert_allclose(result[:, 20, [0, -1]], 0.7 * white, atol=tolerance)
    np.testing.assert_allclose(result[:, 0, 0], 0.88 * white, atol=tolerance)
    np.testing.assert_array_equal(result[:, 1:-1, 1:-1], 0)
    assert framed(images, "none") is images
    large = framed(np.zeros((1, 480, 640, 3), dtype), "nyu")[0, ..., 0]
    assert large[5, 300] == large[240, 6] == large[-6, 300] == large[240, -7] == dtype(white)
    assert large[6:-6, 7:-7].max() == 0


def test_teachers_are_shown_the_frame_they_know(batches):
    images = next(iter(batches))[0].numpy() * 0.5
    assert (AnySizeTeacher(FrameTeacher()).predict_depth(images) == 4).all()
    large = np.repeat(np.repeat(images, 8, axis=1), 8, axis=2)
    assert (AnySizeTeacher(FrameTeacher(), "nyu").predict_depth(large) == 2).all()


def test_a_teacher_of_other_metres_is_warned_of(batches):
    large = batches.map(lambda image, target: (tf.repeat(tf.repeat(image, 8, 1), 8, 2), target))
    plain, shown = AnySizeTeacher(FrameTeacher()), AnySizeTeacher(FrameTeacher("shown"), "nyu")
    mean = TeacherMean([plain, shown], [1, 1])
    with pytest.warns(UserWarning, match=r"frame_teacher predicts 2\.00 .*`teacher_frame`") as told:
        remark = teachers_metres(mean, large.as_numpy_iterator(), CODEC.to_depth)
    assert len(told) == 1
    assert remark == {
        "teachers' depth / known depth": "frame_teacher 2.00, shown 1.00 (median of 4 augmented "
        "images)"
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unknown = large.map(lambda image, target: (image, tf.zeros_like(target)))
        assert teachers_metres(plain, unknown.as_numpy_iterator(), CODEC.to_depth) == {}


class NarrowTeacher:
    """Half as far as it should be; sees the middle half, and repeats its border around it."""

    name = "narrow"
    view = (0.25, 0.75, 0.25, 0.75)

    def predict_depth(self, images):
        depth = SlopeTeacher().predict_depth(images) / 2
        quarter = [size // 4 for size in depth.shape[1:3]]
        middle = depth[:, quarter[0] : -quarter[0], quarter[1] : -quarter[1]]
        return np.pad(middle, [(0, 0), *((each, each) for each in quarter), (0, 0)], mode="edge")


class SlopeTeacher:
    """Depth that grows to the right; none in one corner."""

    name = "slope"

    def predict_depth(self, images):
        depth = np.broadcast_to(
            np.linspace(1, 3, images.shape[2], dtype=np.float32), images.shape[:3]
        )
        depth = depth[..., None].copy()
        depth[:, :2, :2] = 0
        return depth


def test_a_single_narrow_teacher_leaves_borders_untaught_and_says_so(
    options, tmp_path, monkeypatch
):
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(tmp_path / "home.png")
    told = {"teacher": "narrow", "extra_data": f"photographs={tmp_path}"}
    monkeypatch.setattr(teachers, "load", lambda name: NarrowTeacher())
    with pytest.warns(UserWarning, match="narrow sees 50% of the height and 50% of the width"):
        system = open_system(options(**told))
    model = system.build(system.stages[0], resume=False)
    targets = np.concatenate(
        [batch for _, batch in system.taught_batches(model, 0).take(3).as_numpy_iterator()]
    )
    free = targets[(targets < 0).any(axis=(1, 2, 3))]
    assert len(free) and (free[:, 8:24, 8:24] < 0).all()
    assert not free[:, :8].any() and not free[:, -8:].any() and not free[..., :8, :].any()
    monkeypatch.setattr(teachers, "load", lambda name: SlopeTeacher())
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        open_system(options(**told))


def test_a_mean_goes_on_where_one_teacher_does_not_see():
    images = np.zeros((2, 16, 32, 3), np.float32)
    narrow, slope = AnySizeTeacher(NarrowTeacher()), AnySizeTeacher(SlopeTeacher())
    mean = TeacherMean([narrow, slope], [1, 3])
    assert mean.view == (0, 1, 0, 1)
    # The one's ratio to the other, a half, goes on to the image's border: no step, no plateau.
    expected = slope.predict_depth(images) * 0.5**0.25
    np.testing.assert_allclose(mean.predict_depth(images), expected, rtol=1e-6)
    # Two that both miss a part the other sees: what both see alone.
    left = NarrowTeacher()
    left.view = (0.0, 1.0, 0.0, 0.5)
    assert TeacherMean([narrow, AnySizeTeacher(left)], [1, 1]).view == (0.25, 0.75, 0.25, 0.5)
