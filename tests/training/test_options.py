"""Options: YAML first, flags over it, what was used saved; and what each of them does."""

import csv
import dataclasses
import sys

import cv2
import keras
import numpy as np
import pytest
import yaml

import densedepth_tf
from densedepth_tf.commands.arguments.training_arguments import named_model
from densedepth_tf.commands.train import build_parser, main
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.training.densedepth import system as densedepth
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.families import FAMILIES, open_system, read_options
from densedepth_tf.training.optimizer import build_optimizer
from densedepth_tf.training.option import declared
from densedepth_tf.training.train import train


@keras.saving.register_keras_serializable(package="densedepth_tf_tests")
class DeterministicDepth(DepthEstimator):
    """Without batch statistics and dropout, whose results depend on how batches are cut."""

    def __init__(self, min_depth=0.1, max_depth=10.0, image_size=None, name=None, **_):
        image = keras.Input((None, None, 3), name="image")
        x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(image)
        output = keras.layers.Conv2D(1, 3, padding="same")(x)
        super().__init__(image, output, InverseDepthCodec(min_depth, max_depth), image_size, name)

    def get_config(self):
        return {"image_size": self.image_size, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


@pytest.fixture
def run_deterministic(options, monkeypatch):
    """Trains the network above; depends on `options`, which puts another in its place."""
    monkeypatch.setattr(densedepth, "DenseDepth", DeterministicDepth)
    return lambda **more: train(options(**more))


def parse(*arguments):
    """The configuration that a command line stands for."""
    arguments = list(map(str, arguments))
    values = build_parser(named_model(arguments)).parse_args(arguments).as_dict()
    values.pop("config", None)
    return read_options(values)


def write_yaml(path, **options):
    path.write_text(yaml.safe_dump(options))
    return path


def weights(folder):
    return densedepth_tf.load(folder).get_weights()


def rows(result):
    return list(csv.DictReader(result.folder.csv_log.read_text().splitlines()))


# From YAML and flags to the configuration.


def test_without_arguments_everything_has_its_default():
    assert parse() == DenseDepthOptions()


def test_yaml_overrides_defaults_and_flags_override_yaml(tmp_path):
    file = write_yaml(tmp_path / "c.yaml", epochs=7, batch_size=3, cache=True, encoder="resnet50")
    config = parse(f"--config={file}", "--batch-size=5", "--no-cache")
    assert (config.epochs, config.batch_size, config.encoder) == (7, 5, "resnet50")
    assert config.cache is False
    assert config.learning_rate == DenseDepthOptions().learning_rate


COMMON = dict(
    data_dir="somewhere", holdout_every=4, holdout_block=2, validation_split="test", num_images=10,
    num_validation_images=4, cache=True, strict=True, flip=0.1, epochs=3, batch_size=2,
    steps_per_epoch=9, learning_rate=1e-3, weight_decay=0.1, warmup_epochs=0.5, clip_norm=2.0,
    gradient_accumulation=2, ema=0.9, early_stopping=3, precision="mixed_bfloat16", seed=5,
    workdir="runs/x", keep="last", keep_backup=True, overwrite=True, min_depth=0.5, max_depth=80.0,
    optimizer="adamw",
    schedule="cosine", split_file="a.txt", validation_split_file="b.txt",
    every=2, image_size="64x96", channel_swap=0.2, scale_crop=1.5, color=0.3, rotation=4.0,
    epsilon=1e-6, epsilon_place="after", xla="never",
    strategy="multi-worker", workers="a:1,b:2", worker_index=1, worker_timeout=7,
    sync_batch_norm=True,
)  # fmt: skip
DENSEDEPTH = dict(
    encoder="mobilenetv2", variant="official", decoder_filters=[16, 16, 8, 8, 8],
    dataset="folder", depth_scale=0.25, batch_norm_momentum=0.8, hfov=60.0, focal_length=0.8,
    start_from="nyu_small", teacher_frame="nyu", teach_metres=True,
    pseudo_labels="b", teacher="runs/t", teacher_weight=0.3, jitter=0.4, blur=1.5, mixup=0.5,
    relative_weight=2.0,
    loss_terms={"relative": 0.5}, freeze_encoder=1, extra_data=["rooms", "elsewhere:0.5"],
    rooms_lens="0.7,1.1", rooms_hand_held=0.3, camera_turn=7.0,
)  # fmt: skip
MONODEPTH2 = dict(
    model="monodepth2", encoder="resnet50", dataset="kitti", supervision="mono+stereo",
    frame_step=2, pose_encoder="shared", mask="predictive", reprojection="average",
    full_resolution=False, ssim_weight=0.5, smoothness_weight=0.01, color_jitter=0.2,
    static_shift=0.01, initial_depth=3.0, intrinsics="50,50,48,32", intrinsics_size="64x96",
    encoder_weights="none",
)  # fmt: skip
EIGEN = dict(
    model="eigen", dataset="nyu", coarse_epochs=1, scale_invariance=0.2, dense_units=64,
    dropout=0.1, output_rows=[2, 9],
)  # fmt: skip


@pytest.mark.parametrize("special", [DENSEDEPTH, MONODEPTH2, EIGEN], ids=FAMILIES)
def test_every_field_is_a_flag(special):
    given = read_options({**COMMON, **special})
    flags = []
    for name, value in {**COMMON, **special}.items():
        flag = name.replace("_", "-")
        switches = {True: f"--{flag}", False: f"--no-{flag}"}
        flags.append(switches[value] if isinstance(value, bool) else f"--{flag}={value}")
    assert parse(*flags) == given


def test_no_field_is_forgotten_above():
    fields = {name for family in FAMILIES.values() for name in declared(family.options)}
    assert fields - {*COMMON, *DENSEDEPTH, *MONODEPTH2, *EIGEN} == {"camera"}


def test_the_saved_configuration_is_the_one_that_was_used(options, capsys):
    config = options(
        epochs=1,
        decoder_filters=[16, 16, 8, 8, 8],
        clip_norm=3.0,
        cache=True,
        overwrite=True,
        keep_backup=True,
    )
    saved = train(config).folder.config
    # Passed to --config again, it must not discard what it belongs to.
    assert parse("--config", saved) == dataclasses.replace(config, overwrite=False)
    with pytest.raises(SystemExit) as ended:
        main(["--epochs=2", "--config", str(saved)])  # flags win wherever they stand
    assert ended.value.code == 0
    assert "Resuming after epoch 1" in capsys.readouterr().out
    assert yaml.safe_load(saved.read_text())["epochs"] == 2


def test_a_wrong_value_is_refused_by_its_flag(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--batch-size=many"])
    assert ended.value.code == 2 and "--batch-size" in capsys.readouterr().err


def test_a_backup_needs_no_encoder_weights(options, monkeypatch):
    asked = []

    class Recording(densedepth.DenseDepth):
        def __init__(self, **given):
            asked.append(given.get("encoder_weights"))
            super().__init__(**given)

    train(options(epochs=1, encoder_weights="once.h5", keep_backup=True))
    monkeypatch.setattr(densedepth, "DenseDepth", Recording)
    train(options(epochs=2, encoder_weights="once.h5"))
    assert asked[0] is None


def test_a_full_disk_is_named_by_its_file(options, full_disk):
    with full_disk(2000), pytest.raises(OSError, match=r"Cannot write '.*run/"):
        train(options(epochs=1))


def test_the_configurations_of_the_repository_parse(request):
    files = sorted((request.config.rootpath / "densedepth_tf/configs").glob("*.yaml"))
    assert len(files) >= 4
    for file in files:
        config = parse("--config", file)
        given = yaml.safe_load(file.read_text())
        assert {name: getattr(config, name) for name in given} == given, file.name


# Optimisers and schedules.


def test_the_preset_is_the_published_adam():
    optimizer = build_optimizer(DenseDepthOptions(), steps_per_epoch=10)
    settings = optimizer.get_config()
    assert isinstance(optimizer, keras.optimizers.Adam)
    assert not isinstance(optimizer, keras.optimizers.AdamW)
    assert settings["amsgrad"] is True
    assert settings["learning_rate"] == pytest.approx(1e-4)
    assert (settings["beta_1"], settings["beta_2"]) == (0.9, 0.999)
    assert not settings["weight_decay"] and not settings["use_ema"]
    assert settings["clipnorm"] is settings["global_clipnorm"] is None


def test_the_preset_reduces_the_rate_on_a_plateau(run_deterministic):
    """Gradients that are only collected leave the loss where it is: the clearest plateau."""
    result = run_deterministic(
        learning_rate=2e-4, gradient_accumulation=100, epochs=17, steps_per_epoch=1,
        num_validation_images=1,
    )  # fmt: skip
    rates = [float(row["learning_rate"]) for row in rows(result)]
    expected = [2e-4] * 6 + [1.4e-4] * 5 + [0.98e-4] * 5 + [0.9e-4]
    np.testing.assert_allclose(rates, expected, rtol=1e-5)


def test_cosine_with_warm_up_rises_and_falls():
    config = DenseDepthOptions(
        optimizer="adamw", schedule="cosine", learning_rate=0.01, warmup_epochs=2, epochs=10
    )
    rate = build_optimizer(config, steps_per_epoch=5)._learning_rate
    values = np.array([float(rate(step)) for step in range(51)])
    assert values[0] == pytest.approx(1e-4, rel=1e-3)
    assert values.argmax() == 10 and values[10] == pytest.approx(0.01)
    assert (np.diff(values[:11]) > 0).all() and (np.diff(values[10:]) < 0).all()
    assert np.allclose(np.diff(values[:11]), np.diff(values[:2]), rtol=1e-3)
    halfway = (0.01 + 1e-4) / 2
    assert values[30] == pytest.approx(halfway, rel=1e-3)
    assert values[50] == pytest.approx(1e-4, rel=1e-3)


def test_cosine_without_warm_up_starts_at_the_top():
    config = DenseDepthOptions(schedule="cosine", learning_rate=0.01, warmup_epochs=0, epochs=3)
    rate = build_optimizer(config, steps_per_epoch=4)._learning_rate
    assert float(rate(0)) == pytest.approx(0.01)
    assert float(rate(12)) == pytest.approx(1e-4, rel=1e-3)


def test_adamw_decays_kernels_only():
    kernel, bias = (keras.Variable(np.ones((2,), np.float32), name=n) for n in ("kernel", "bias"))
    config = DenseDepthOptions(optimizer="adamw", schedule="constant", learning_rate=0.1,
                            weight_decay=0.5)  # fmt: skip
    optimizer = build_optimizer(config, steps_per_epoch=1)
    zero = keras.ops.zeros((2,))
    optimizer.apply([zero, zero], [kernel, bias])
    np.testing.assert_allclose(kernel.numpy(), 1 - 0.1 * 0.5, rtol=1e-6)
    np.testing.assert_array_equal(bias.numpy(), 1.0)


def test_clip_norm_limits_all_gradients_together():
    config = DenseDepthOptions(clip_norm=1.0)
    optimizer = build_optimizer(config, steps_per_epoch=1)
    clipped = optimizer._clip_gradients([keras.ops.array([3.0]), keras.ops.array([4.0])])
    np.testing.assert_allclose(np.concatenate(clipped), [0.6, 0.8], rtol=1e-6)


# What they do to a training.


def test_accumulated_small_batches_are_one_large_batch(run_deterministic, tmp_path):
    """Exact where nothing depends on how a batch is cut: whole depth, no batch statistics."""
    common = {"epochs": 1, "schedule": "constant", "learning_rate": 0.01, "optimizer": "adamw"}

    def trained(size, parts):
        folder = tmp_path / f"{size}x{parts}"
        run_deterministic(
            batch_size=size, gradient_accumulation=parts, workdir=str(folder), **common
        )
        return weights(folder)

    large, accumulated, small = trained(4, 1), trained(1, 4), trained(1, 1)
    for ours, theirs in zip(accumulated, large, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert max(np.abs(a - b).max() for a, b in zip(small, large, strict=True)) > 1e-2


def test_early_stopping_ends_without_gain(run):
    settings = {"learning_rate": 1e-9, "schedule": "constant", "batch_norm_momentum": 0.01}
    result = run(**settings, epochs=20, early_stopping=2)
    values = [float(row["val_loss"]) for row in rows(result)]
    assert len(values) < 20
    assert min(values) == pytest.approx(result.best_value, rel=1e-6)
    assert int(np.argmin(values)) == len(values) - 1 - 2


def test_steps_per_epoch_and_number_of_images_limit_an_epoch(run, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)  # bars are for terminals
    result = run(steps_per_epoch=3, epochs=1, num_images=2, num_validation_images=1)
    assert len(rows(result)) == 1
    assert "6/6" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0}, {"batch_size": -1}, {"steps_per_epoch": 0}, {"gradient_accumulation": 0},
        {"num_images": 0}, {"num_validation_images": -3}, {"holdout_every": 1},
        {"early_stopping": -1}, {"warmup_epochs": -0.5}, {"weight_decay": -1.0}, {"seed": -1},
        {"learning_rate": 0.0}, {"clip_norm": 0.0}, {"clip_norm": -1.0}, {"ema": 1.0},
        {"batch_norm_momentum": 1.0}, {"image_size": "100x100"}, {"image_size": "64"},
        {"dataset": "photos"}, {"model": "other"},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_out_of_range_is_refused_by_its_flag(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"`{name}`.*[0-9a-z]"):
        read_options(wrong)


def test_depth_out_of_the_networks_reach_is_warned_of(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(4):
        image = rng.integers(0, 256, (64, 64, 3), np.uint8)
        depth = np.full((64, 64), 5, np.float32)
        depth[:16] = 65504
        for name, array in ((f"image/{number}.png", image), (f"depth/{number}.tiff", depth)):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            cv2.imwrite(str(tmp_path / name), array)
    options = {"dataset": "folder", "data_dir": str(tmp_path), "holdout_every": 2}
    config = DenseDepthOptions(**options, image_size="64x64", encoder="mobilenetv2")
    with pytest.warns(UserWarning, match=r"25 % of the depth lies outside 0\.1\.\.10 m"):
        open_system(config)
