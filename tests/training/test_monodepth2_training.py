"""`train.py --model monodepth2`: from frames alone to a run folder that every command reads."""

import json

import keras
import made_up_kitti as kitti
import numpy as np
import pytest
import tensorflow as tf
import yaml
from test_resume import arrays

import densedepth_tf
from densedepth_tf.checkpoint_origin import find_seen_samples
from densedepth_tf.checkpoints import load_motion
from densedepth_tf.commands.evaluate import main as evaluate_main
from densedepth_tf.commands.train import main
from densedepth_tf.data.seen_samples import SampleMark
from densedepth_tf.training.callbacks.constant_prediction import ConstantPrediction
from densedepth_tf.training.callbacks.nothing_explained import NothingExplained
from densedepth_tf.training.callbacks.progress import Progress
from densedepth_tf.training.families import read_options
from densedepth_tf.training.monodepth2.options import Monodepth2Options
from densedepth_tf.training.monodepth2.system import SelfSupervisedTraining
from densedepth_tf.training.run.model_card import write_model_card
from densedepth_tf.training.run.notes import CONSTANT, STANDING, read_notes
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.train import train

pytestmark = pytest.mark.usefixtures("tiny_resnet")
COMMON = {
    "encoder": "tiny",
    "encoder_weights": "none",
    "image_size": "64x64",
    "batch_size": 2,
    "steps_per_epoch": 2,
    "epochs": 2,
    "holdout_every": 3,
}
AT_ITS_MOST = {"precision": "mixed_bfloat16", "ema": 0.9, "keep_backup": True}


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """A folder of eight frames that shift sideways."""
    folder = tmp_path_factory.mktemp("frames") / "walk"
    for number in range(8):
        kitti.write_image(folder / f"{number}.png", kitti.frame(4 * number))
    return folder


@pytest.fixture
def options(walk, tmp_path):
    def make(**more):
        values = {"data_dir": str(walk), "hfov": 77.0, "workdir": str(tmp_path / "run")}
        return Monodepth2Options(**{**COMMON, **values, **more})

    return make


@pytest.fixture
def whole(options, trained_once, graphs_as_written, tmp_path):
    """A run that has ended."""
    return trained_once(options, tmp_path / "whole", **AT_ITS_MOST)


@pytest.fixture
def graphs_as_written():
    """No rewriting of graphs, which adds up the gradients of every new graph in another order."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})


def test_frames_and_their_neighbours_are_known(whole):
    folder = whole.folder.path
    seen = find_seen_samples(folder)
    # Of eight frames the outer two have one neighbour, and 2 and 5 are held out.
    assert [seen.count(use) for use in ("training", "neighbour", "validation")] == [4, 4, 0]
    held_out = SampleMark.of("walk/5.png", kitti.frame(4 * 5))
    assert seen.use_of(held_out) == "neighbour"


def test_a_camera_that_stands_is_told_in_log_and_card(whole, capsys):
    folder = whole.folder
    callback = NothingExplained(folder)
    # But for the noise that the mask adds to break ties, it removes all of standing frames.
    callback.on_epoch_end(0, {"loss": 0.0, "explained": 0.001})
    told = read_notes(folder.notes)[STANDING]
    assert told.startswith("in epoch 1 the auto-mask removed 99.9% of the pixels")
    write_model_card(folder.path)
    assert told in capsys.readouterr().out and told in folder.card.read_text()
    callback.on_epoch_end(1, {"loss": 0.1, "explained": 0.4})
    callback.on_epoch_end(2, {"loss": 0.1})
    assert read_notes(folder.notes)[STANDING] == told


def test_frames_that_move_are_nothing_to_tell(whole):
    assert STANDING not in read_notes(whole.folder.notes)


def test_one_depth_everywhere_is_told_without_metres_and_of_the_depth_network(options, tmp_path):
    system = SelfSupervisedTraining(options())
    model = system.build(system.stages[0], resume=False)
    for variable in model.depth_network.weights:
        if variable.name == "kernel":
            variable.assign(np.zeros(variable.shape))
    (tmp_path / "run/logs").mkdir(parents=True)
    callback = ConstantPrediction(
        system.images_to_watch(),
        (64, 64),
        RunFolder(tmp_path / "run"),
        depth_network=system.depth_network,
        takes_momentum=False,
    )
    callback.set_model(model)
    callback.set_params({"steps": 2})
    callback.on_epoch_end(0)
    told = read_notes(callback.folder.notes)[CONSTANT]
    # Disparity .5 within 0.1..100.
    assert "in epoch 1 the validation saw 0.1998 everywhere, in all pixels of 2 images" in told
    assert " m " not in told and "Batch statistics are not the cause" in told


def test_a_run_holds_what_the_other_commands_need(whole):
    folder = whole.folder.path
    model = densedepth_tf.load(folder)
    assert isinstance(model, densedepth_tf.Monodepth2)
    assert (model.min_depth, model.max_depth, model.image_size) == (0.1, 100.0, (64, 64))
    depth = model.predict_depth(kitti.frame(0))
    assert depth.shape == (kitti.HEIGHT, kitti.WIDTH, 1) and (depth > 0).all()
    transforms = load_motion(folder).predict_transforms(
        *(np.stack([kitti.frame(shift)]) for shift in (0, 4))
    )
    assert transforms.shape == (1, 4, 4)
    assert len(list((folder / "panels").glob("training_*.png"))) == 2
    assert (folder / "curves.png").is_file()
    header = whole.folder.csv_log.read_text().splitlines()[0].split(",")
    assert {"loss", "photometric", "explained", "val_loss", "val_explained"} <= set(header)
    saved = yaml.safe_load(whole.folder.config.read_text())
    assert saved["supervision"] == "mono" and saved["optimizer"] == "adam"


def test_an_interrupted_training_goes_on_to_the_bit(whole, options, tmp_path, monkeypatch):
    """Order, flips, jitter, noise that breaks ties, both networks, optimiser, averages, files."""
    broken = options(workdir=str(tmp_path / "broken"), **AT_ITS_MOST)
    original = Progress.on_train_batch_end

    def interrupt(self, step, logs=None):
        original(self, step, logs)
        if (tmp_path / "broken/backup/epoch-00001").exists():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Progress, "on_train_batch_end", interrupt)
        train(broken)
    result = train(broken)
    ours, theirs = (run.folder.csv_log.read_text() for run in (result, whole))
    assert ours == theirs
    folders = [run.folder.backup / "epoch-00002" for run in (result, whole)]
    ours, theirs = (json.loads((path / "state.json").read_text()) for path in folders)
    assert ours["seeds"] == theirs["seeds"] and len(ours["seeds"]) == 1
    ours, theirs = (arrays(path / "state.weights.h5") for path in folders)
    assert ours.keys() == theirs.keys() and len(ours) > 100
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value, err_msg=name)
    for load in (densedepth_tf.load, lambda path: load_motion(path).pose_network):
        ours, theirs = (load(run.folder.path).get_weights() for run in (result, whole))
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.long
@pytest.mark.slow
def test_stereo_pairs_give_metres(tmp_path, capsys):
    """The baseline is 0.1 in training and its true length in what is saved."""
    data = kitti.write_odometry(tmp_path / "sequence")
    flags = {
        **COMMON,
        "model": "monodepth2",
        "dataset": "kitti-odometry",
        "supervision": "mono+stereo",
        "epochs": 1,
    }
    flags |= {"data_dir": data, "workdir": tmp_path / "run"}
    with pytest.raises(SystemExit) as ended:
        main([f"--{name.replace('_', '-')}={value}" for name, value in flags.items()])
    assert ended.value.code == 0, capsys.readouterr().err
    model = densedepth_tf.load(tmp_path / "run")
    unit = kitti.BASELINE / 0.1
    assert (model.min_depth, model.max_depth) == pytest.approx((0.1 * unit, 100 * unit))
    disparity = model.predict(np.full((1, 64, 64, 3), 0.5, np.float32), verbose=0)
    depth = np.asarray(model.to_depth(disparity))
    np.testing.assert_allclose(1 / depth, (0.01 + 9.99 * disparity) / unit, rtol=1e-4)
    with pytest.raises(SystemExit) as ended:
        evaluate_main(
            ["--protocol=odometry", f"--checkpoint={tmp_path / 'run'}", f"--data-dir={data}"]
        )
    assert ended.value.code == 0, capsys.readouterr().err
    assert (tmp_path / "run/odometry.json").is_file()


@pytest.mark.long
def test_stereo_alone_has_no_pose_network(tmp_path):
    data = kitti.write_odometry(tmp_path / "sequence")
    more = {"dataset": "kitti-odometry", "supervision": "stereo", "data_dir": str(data)}
    more |= {"workdir": str(tmp_path / "run"), "epochs": 1, "steps_per_epoch": 1}
    folder = train(Monodepth2Options(**{**COMMON, **more})).folder
    assert folder.model.is_file() and not (folder.path / "pose.keras").exists()
    with pytest.raises((ValueError, FileNotFoundError), match="pose"):
        load_motion(folder.path)


def test_mixed_precision_and_averaged_weights(whole):
    model = densedepth_tf.load(whole.folder.path)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert np.isfinite(whole.best_value)


def test_a_step_schedule_falls_to_a_tenth_after_three_quarters():
    from densedepth_tf.training.optimizer import build_optimizer

    config = Monodepth2Options(epochs=20)
    optimizer = build_optimizer(config, steps_per_epoch=10)
    assert isinstance(optimizer, keras.optimizers.Adam) and not optimizer.amsgrad
    rates = [float(optimizer._learning_rate(step)) for step in range(200)]
    np.testing.assert_allclose(rates, [1e-4] * 150 + [1e-5] * 50, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--variant=official"], "--variant"),
        (["--dataset=nyu"], "--dataset"),
        (["--supervision=stereo"], "stereo partner"),
        (["--supervision=stereo", "--pose-encoder=shared"], "--pose-encoder"),
        (["--frame-step=5"], "neighbour"),
        (["--frame-step=0"], "--frame-step"),
        (["--every=0"], "--every"),
        (["--ssim-weight=2"], "--ssim-weight"),
        (["--color-jitter=2"], "--color-jitter"),
        (["--intrinsics=1,2,x,4"], "--intrinsics"),
        (["--intrinsics=100,100,900,24"], "do not fit"),
        (["--split-file=list.txt"], "pass --validation-split-file"),
        (["--split-file=list.txt", "--holdout-every=0"], "pass --validation-split-file"),
        (["--validation-split-file=list.txt"], "needs --split-file"),
        (["--split-file=list.txt", "--validation-split-file=list.txt"], "list.txt"),
        (["--split-file=wrong.txt", "--validation-split=test"], "wrong.txt"),
        (["--image-size=32x64"], "--image-size"),
        (["--encoder=vgg"], "--encoder"),
        (["--data-dir=one"], "one"),
        (["--data-dir=clip.mp4"], "clip.mp4"),
        (["--data-dir=sizes"], "differ in size"),
        ([], "--hfov"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_one_line(arguments, named, walk, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    kitti.write_image(tmp_path / "one/0.png", kitti.frame(0))
    kitti.write_image(tmp_path / "sizes/0.png", kitti.frame(0))
    kitti.write_image(tmp_path / "sizes/1.png", kitti.frame(0)[:40])
    (tmp_path / "clip.mp4").write_bytes(b"no video")
    (tmp_path / "wrong.txt").write_text("walk three l\n")
    given = {**COMMON, "model": "monodepth2", "data_dir": walk, "workdir": "run"}
    if arguments and not any(argument.startswith("--intrinsics") for argument in arguments):
        given["hfov"] = 77
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    with pytest.raises(SystemExit) as ended:
        main([*flags, *arguments])
    errors = capsys.readouterr().err
    assert ended.value.code == 2 and errors.count("\n") == 1, errors
    assert named in errors
    assert not (tmp_path / "run").exists()


def test_options_of_one_system_are_refused_for_the_other():
    with pytest.raises(ValueError, match="`mask` does not apply to `model='densedepth'`"):
        read_options({"mask": "none"})
