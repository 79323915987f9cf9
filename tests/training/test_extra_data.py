"""Further data: what names them, what is refused, and what is learnt of photographs alone."""

import csv

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

import densedepth_tf
from densedepth_tf.commands.train import main
from densedepth_tf.data.batches.pipeline import BatchFormat
from densedepth_tf.data.pairs.photographs import PhotographsSource
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.training.densedepth import teachers
from densedepth_tf.training.densedepth.distillation import Distillation
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.densedepth.pseudo_labels import PseudoLabelledSource
from densedepth_tf.training.densedepth.scale_free_loss import ScaleFreeLoss
from densedepth_tf.training.densedepth.teachers import AnySizeTeacher
from densedepth_tf.training.eigen.options import EigenOptions
from densedepth_tf.training.extra_data import ExtraData, open_extra_data, parse_extra_data
from densedepth_tf.training.families import open_system

CODEC = InverseDepthCodec(0.1, 10.0)


@pytest.fixture
def photographs(tmp_path):
    """Five photographs without depth, of another shape than the others' images."""
    folder = tmp_path / "homes"
    folder.mkdir()
    for index in range(5):
        image = np.random.default_rng(index).integers(0, 256, (48, 80, 3), np.uint8)
        cv2.imwrite(str(folder / f"{index}.jpg"), image)
    return folder


def test_a_source_is_a_folder_or_a_data_set_with_its_weight(tmp_path):
    given = ["rooms", "homes:0.3", "rooms=a/b:2", "photographs=x y:.5", str(tmp_path)]
    assert parse_extra_data(given) == [
        ExtraData("rooms", "rooms", None, 1.0),
        ExtraData("homes", None, "homes", 0.3),
        ExtraData("rooms=a/b", "rooms", "a/b", 2.0),
        ExtraData("photographs=x y", "photographs", "x y", 0.5),
        ExtraData(str(tmp_path), None, str(tmp_path), 1.0),
    ]
    assert DenseDepthOptions(extra_data="rooms:2").extra_sources[0].weight == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("homes:0", "above 0"),
        ("rooms:-1", "above 0"),
        (["rooms", "homes:nan"], "above 0"),
        ("roms=x", "DATASET=PATH with one of .*Did you mean rooms"),
        ("nyu", "nyu=PATH"),
        ("photographs", "photographs=PATH"),
        ("nyu=", "path after '='"),
    ],
)
def test_what_is_no_source_is_named(given, message, capsys):
    with pytest.raises(ValueError, match=f"`extra_data`.*{message}"):
        DenseDepthOptions(extra_data=given)
    flags = [given] if isinstance(given, str) else given
    with pytest.raises(SystemExit) as ended:
        main(["--extra-data", *flags])
    error = capsys.readouterr().err
    assert ended.value.code == 2 and "--extra-data" in error and error.count("\n") == 1


def test_what_is_not_there_is_named(tmp_path):
    (extra,) = parse_extra_data(str(tmp_path / "none"))
    with pytest.raises(ValueError, match=r"no folder or file '.*none'; check `extra_data`"):
        open_extra_data(extra)
    (tmp_path / "notes.txt").touch()
    (extra,) = parse_extra_data(str(tmp_path))
    with pytest.raises(ValueError, match="There is no photograph"):
        open_extra_data(extra)


def test_rows_held_out_do_not_come_back_as_further_data(nyu_folder):
    for place in (nyu_folder, nyu_folder / "data", nyu_folder.parent):
        with pytest.raises(ValueError, match="`extra_data` holds the rows that `holdout_every`"):
            DenseDepthOptions(
                data_dir=str(nyu_folder), holdout_every=5, extra_data=f"photographs={place}:2"
            )


def test_a_folder_with_depth_has_depth_and_one_without_has_none(photographs):
    source, has_depth = open_extra_data(*parse_extra_data(str(photographs)))
    assert not has_depth and len(source) == 5
    sample = source[0]
    assert sample["image"].shape == (48, 80, 3) and not sample["depth"].any()
    assert sample["depth"].shape == (48, 80, 1) and sample["name"] == "0.jpg"
    cv2.imwrite(str(photographs / "0.png"), np.full((48, 80), 2000, np.uint16))
    source, has_depth = open_extra_data(*parse_extra_data(str(photographs)))
    assert has_depth and len(source) == 1
    source, has_depth = open_extra_data(*parse_extra_data(f"photographs={photographs}"))
    assert not has_depth and len(source) == 5


def test_photographs_without_depth_need_a_teacher(options, photographs, nyu_folder):
    with pytest.raises(ValueError, match=r"need a `teacher`.*homes'"):
        open_system(options(extra_data=str(photographs)))
    with pytest.raises(ValueError, match=r"need a `teacher`.*homes'"):
        open_system(
            EigenOptions(
                dataset="nyu",
                data_dir=str(nyu_folder),
                holdout_every=5,
                image_size="64x64",
                extra_data=str(photographs),
            )
        )


# What is learnt of them.


class RedTeacher:
    def predict_depth(self, images):
        return (1 + 4 * np.asarray(images)[..., :1]).astype(np.float32)


def test_a_teachers_depth_of_photographs_has_no_scale():
    red = np.array([0.1, 0.5, 0.9], np.float32)
    images = np.broadcast_to(red[:, None, None, None], (3, 32, 32, 3)).copy()
    targets = np.full((3, 16, 16, 1), 5.0, np.float32)
    targets[1] = -1
    format = BatchFormat((32, 32), (16, 16), CODEC.to_target, batch_size=3)
    batches = tf.data.Dataset.from_tensors((images, targets))

    def taught(mixup):
        distillation = Distillation(RedTeacher(), 0.25, mixup, format, seed=0)
        return next(iter(distillation.batches(batches, 0).as_numpy_iterator()))

    seen, plain = taught(0.0)
    teacher = 10 / (1 + 4 * seen[:, :16, :16, :1])
    np.testing.assert_allclose(plain[[0, 2]], 0.75 * 5 + 0.25 * teacher[[0, 2]], rtol=1e-5)
    np.testing.assert_allclose(plain[1], -teacher[1], rtol=1e-5)
    # Mixed with its neighbour: the photograph itself, and the image that it is mixed into.
    seen, mixed = taught(1.0)
    teacher = 10 / (1 + 4 * seen[:, :16, :16, :1])
    sign = np.array([1, -1, -1])[:, None, None, None]
    np.testing.assert_allclose(mixed, sign * teacher, rtol=1e-5)


@pytest.fixture
def maps():
    rng = np.random.default_rng(0)
    truth = rng.uniform(2, 8, (2, 16, 16, 1)).astype(np.float32)
    return truth, (truth * rng.uniform(0.8, 1.25, truth.shape)).astype(np.float32)


def test_a_factor_costs_nothing_and_the_shape_what_it_would(maps):
    truth, prediction = maps
    loss = ScaleFreeLoss(DenseDepthLoss(relative_weight=1.0))
    assert float(loss(-truth, 3 * truth)) == pytest.approx(0, abs=1e-5)
    # The median of ratios of an odd number of pixels is one of them.
    prediction[:, 0, 0], truth[:, 0, 0] = 0, 0
    factor = np.array(
        [np.median(p[t > 0] / t[t > 0]) for p, t in zip(prediction, truth, strict=True)]
    )
    scaled = truth * factor[:, None, None, None]
    expected = float(DenseDepthLoss(relative_weight=1.0)(scaled, prediction))
    for unit in (1.0, 0.2, 7.0):
        assert float(loss(-unit * truth, prediction)) == pytest.approx(expected, rel=1e-5)


def test_a_network_that_has_learnt_nothing_is_not_thrown_off(maps):
    truth, _ = maps
    loss = ScaleFreeLoss(DenseDepthLoss(relative_weight=1.0))
    for answer in (0.0, -0.5):
        untrained = np.full_like(truth, answer)
        assert float(loss(-truth, untrained)) < 1.5 * float(loss(truth, untrained))


def test_targets_with_a_scale_are_compared_as_ever(maps):
    truth, prediction = maps
    plain = DenseDepthLoss()
    loss = ScaleFreeLoss(plain)
    assert float(loss(truth, prediction)) == float(plain(truth, prediction))
    both = np.stack([truth[0], -truth[1]])
    each = loss.call(both, prediction)
    assert np.isfinite(each).all() and float(loss(0 * truth, prediction)) == 0
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    np.testing.assert_array_equal(again.call(both, prediction), each)


def test_the_scale_of_a_prediction_gets_no_gradient(maps):
    truth, prediction = maps
    loss = ScaleFreeLoss(DenseDepthLoss(ssim_weight=0.0, gradient_weight=0.0, l1_weight=1.0))
    factor = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        value = loss(-truth, factor * truth)
    assert float(tape.gradient(value, factor)) == pytest.approx(0, abs=1e-6)
    outputs = tf.Variable(prediction)
    with tf.GradientTape() as tape:
        value = loss(-truth, outputs)
    assert np.isfinite(tape.gradient(value, outputs).numpy()).all()


def test_metres_of_photographs_are_learnt_where_that_is_asked_for(
    options, photographs, finished_run, tmp_path
):
    finished_run(tmp_path / "teacher", epochs=1)
    told = {"teacher": str(tmp_path / "teacher"), "extra_data": str(photographs)}
    for teach_metres in (False, True):
        system = open_system(options(teach_metres=teach_metres, **told))
        assert system.lacks_scale is not teach_metres
        model = system.build(system.stages[0], resume=False)
        targets = [targets for _, targets in system.training_batches(model, 0).take(3)]
        signs = {bool((one < 0).any()) for target in targets for one in target.numpy()}
        assert signs == ({False} if teach_metres else {False, True})
    with pytest.raises(ValueError, match="`teach_metres` needs `teacher`"):
        options(teach_metres=True)
    told["extra_data"] = "rooms"
    with pytest.raises(ValueError, match=r"`teach_metres` is for .* has none.*rooms"):
        open_system(options(teach_metres=True, **told))


class EdgeTeacher:
    """As far as a picture is bright, and sees all but the outermost quarters of it."""

    name = "edge"
    view = (0.25, 0.75, 0.0, 1.0)

    def predict_depth(self, images):
        scale = 255 if images.dtype == np.uint8 else 1
        return 1 + np.asarray(images, np.float32)[..., :1] / scale


def test_pseudo_labels_are_of_the_whole_unchanged_photograph(photographs):
    source = PseudoLabelledSource(
        PhotographsSource(photographs), AnySizeTeacher(EdgeTeacher()), (24, 32)
    )
    sample = source[1]
    assert sample["depth"].shape == (48, 80, 1) and sample["depth"].dtype == np.float32
    image = sample["image"]
    expected = cv2.resize(image, (32, 24), interpolation=cv2.INTER_AREA)[..., 0] / 255 + 1
    expected = cv2.resize(expected, (80, 48), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(sample["depth"][12:36, :, 0], expected[12:36], atol=3e-3)
    # Nothing is taken for known where the teacher does not see.
    assert (sample["depth"][:12] == 0).all() and (sample["depth"][36:] == 0).all()
    np.testing.assert_array_equal(image, PhotographsSource(photographs)[1]["image"])
    assert source.sample_name(1) == "1.jpg" and len(source) == 5


def test_a_photograph_without_a_finite_label_is_a_bad_sample(photographs):
    class Blind(EdgeTeacher):
        def predict_depth(self, images):
            return np.full((*images.shape[:3], 1), np.nan, np.float32)

    source = PseudoLabelledSource(PhotographsSource(photographs), AnySizeTeacher(Blind()), (24, 32))
    with pytest.raises(BadSampleError, match=r"'1\.jpg' has no pseudo label: .*teacher edge"):
        source[1]


def test_a_training_takes_pseudo_labels_for_truth(options, photographs, monkeypatch):
    monkeypatch.setattr(teachers, "load", lambda name: EdgeTeacher())
    system = open_system(options(pseudo_labels="edge", extra_data=f"photographs={photographs}"))
    part = system.mixture.parts[1]
    assert part.has_depth and part.learns_scale and not system.lacks_scale
    depth = part.loader.source[0]["depth"]
    assert 1 <= np.median(depth[depth > 0]) <= 2
    model = system.build(system.stages[0], resume=False)
    assert "homes/photographs (5 samples, without depth; pseudo labels)" in str(
        system.remarks(model)["training samples"]
    )
    with pytest.raises(ValueError, match=r"`pseudo_labels` are for .*`extra_data`"):
        options(pseudo_labels="edge")
    with pytest.raises(ValueError, match=r"`pseudo_labels` are for .* has none.*rooms"):
        open_system(options(pseudo_labels="edge", extra_data="rooms"))


# A whole training.


def test_a_run_with_further_data_goes_on_as_if_it_had_never_stopped(
    run, finished_run, photographs, tmp_path
):
    finished_run(tmp_path / "teacher", epochs=1)
    settings = {
        "teacher": str(tmp_path / "teacher"),
        "extra_data": [f"{photographs}:0.5", "rooms:0.25"],
        "mixup": 0.5,
        "jitter": 0.5,
        "schedule": "constant",
        "keep_backup": True,
    }
    whole = run(workdir=str(tmp_path / "whole"), epochs=3, **settings)
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
    card = whole.folder.card.read_text()
    assert "- extra_data: homes:0.5, rooms:0.25" in card
    assert "14% rooms/train (new ones without end)" in card
    assert "29% homes/photographs (5 samples, without depth)" in card
    rows = list(csv.DictReader(whole.folder.samples.open()))
    assert {str(index) for index in range(5)} <= {row["name"] for row in rows}
