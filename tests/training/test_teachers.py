"""Which teachers a training has, how several are averaged, and what they must know."""

import numpy as np
import pytest

from densedepth_tf.commands.arguments.training_arguments import gather_lists
from densedepth_tf.commands.train import build_parser
from densedepth_tf.training.densedepth import teachers
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.weighted_names import weighted_names


class FixedDepth:
    """The same depth everywhere, in a range."""

    def __init__(self, metres, high=10.0, view=(0.0, 1.0, 0.0, 1.0), unit="m"):
        self.metres, self.view, self.depth_unit = metres, view, unit
        self.min_depth, self.max_depth = 0.1, high

    def predict_depth(self, images):
        return np.full((*images.shape[:3], 1), self.metres, np.float32)


def open_made_up(monkeypatch, models, *texts, **more):
    monkeypatch.setattr(teachers, "load", lambda name: models[name])
    return teachers.open_teacher(weighted_names("teacher", list(texts)), **more)


def test_several_teachers_are_averaged_in_log_depth(monkeypatch):
    models = {"a": FixedDepth(2.0, view=(0.1, 0.9, 0.2, 1.0)), "b": FixedDepth(8.0)}
    images = np.zeros((2, 4, 6, 3), np.uint8)
    mean = open_made_up(monkeypatch, models, "a:1", "b:3")
    depth = mean.predict_depth(images)
    assert depth.shape == (2, 4, 6, 1) and depth.dtype == np.float32
    np.testing.assert_allclose(depth, 2**0.25 * 8**0.75, rtol=1e-6)
    assert mean.view == (0, 1, 0, 1)  # What "b" sees, where "a" is continued.
    equal = open_made_up(monkeypatch, models, "a", "b").predict_depth(images)
    np.testing.assert_allclose(equal, 4.0, rtol=1e-6)
    single = open_made_up(monkeypatch, models, "a:7").predict_depth(images)
    np.testing.assert_array_equal(single, np.float32(2.0))


def test_teachers_that_cannot_be_averaged_are_named(monkeypatch):
    models = {
        "near": FixedDepth(2.0),
        "far": FixedDepth(2.0, high=80.0),
        "free": FixedDepth(2.0, high=None),
        "relative": FixedDepth(2.0, unit=None),
    }
    open_made_up(monkeypatch, models, "near", "free")
    for other in ("far", "relative"):
        with pytest.raises(ValueError, match=f"`teacher`.*'near' .0.1 to 10.*'{other}'"):
            open_made_up(monkeypatch, models, "near", other)


def test_a_teacher_knows_the_range_that_is_learnt(monkeypatch):
    near, far = FixedDepth(2.0), FixedDepth(2.0, high=80.0)
    street = FixedDepth(2.0, high=80.0)
    street.min_depth = 1.0
    calibrated = FixedDepth(2.0, high=13.0)
    calibrated.min_depth = 0.13
    models = {
        **{"near": near, "far": far, "street": street, "calibrated": calibrated},
        **{"free": FixedDepth(2.0, high=None), "relative": FixedDepth(2.0, unit=None)},
    }
    for name in ("near", "far", "calibrated", "free"):
        open_made_up(monkeypatch, models, name, student_range=(0.1, 10.0))
    open_made_up(monkeypatch, models, "street", student_range=(1.0, 80.0))
    for name, student in (("near", (0.1, 80.0)), ("street", (0.1, 10.0))):
        told = rf"`teacher` knows the range.*'{name}'.*`max_depth`.*: 0\.1 to {student[1]:g} m"
        with pytest.raises(ValueError, match=told):
            open_made_up(monkeypatch, models, name, student_range=student)
    with pytest.raises(ValueError, match=r"`pseudo_labels` predicts metres, and 'relative'"):
        open_made_up(monkeypatch, models, "relative", argument="pseudo_labels")


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf", "-0.0"])
def test_a_teachers_weight_is_above_zero(weight):
    for given in (f"runs/t:{weight}", ["runs/t", f"runs/u:{weight}"]):
        with pytest.raises(ValueError, match=f"`teacher` takes .* Received: '.*:{weight}'"):
            DenseDepthOptions(teacher=given)


def test_names_may_have_colons(tmp_path):
    (tmp_path / "a:1").touch()
    given = ["hf://user/name", "hf://user/name:2", str(tmp_path / "a:1"), "x:.5"]
    assert weighted_names("teacher", given) == [
        ("hf://user/name", 1.0),
        ("hf://user/name", 2.0),
        (str(tmp_path / "a:1"), 1.0),
        ("x", 0.5),
    ]
    for wrong in ([], ["a", 3], ["a", " "], {"a": 1}):
        with pytest.raises(ValueError, match="`teacher` is a name or a list of names"):
            DenseDepthOptions(teacher=wrong)


def test_flags_give_lists_in_one_or_several(tmp_path):
    assert gather_lists(["--teacher", "a:1", "b c", "--seed=1"]) == [
        '--teacher=["a:1", "b c"]',
        "--seed=1",
    ]
    assert gather_lists(["--teacher=a", "--epochs", "2", "--teacher", "b"]) == [
        '--teacher=["a", "b"]',
        *("--epochs", "2"),
    ]
    assert gather_lists(["--teacher", "a"]) == ["--teacher=a"]
    assert gather_lists(["--teacher", "--cache"]) == ["--teacher", "--cache"]
    parsed = build_parser().parse_args(gather_lists(["--teacher", "a:1", "b"]))
    assert parsed.teacher == ["a:1", "b"]
    with pytest.raises(ValueError, match="`workdir` would write to what `teacher` reads"):
        RunFolder(tmp_path).check(DenseDepthOptions(teacher=["x", f"{tmp_path}:2"]))
