"""Numbers that mean nothing are refused by their flag, in one line, before any work."""

import importlib

import pytest

from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.families import read_options

NOT_FINITE = ("nan", "inf", "-inf", "1e999")
NO_COUNT = ("-1", "1.5", "nan", "1e3", "", "1000000000000", "9" * 5000)
READS = {
    "predict": ["--input", "a.jpg", "--output", "out"],
    "evaluate": ["--checkpoint", "a.keras", "--dataset", "nyu"],
    "export": ["--checkpoint", "a.keras", "--output", "out"],
    "export_gt": ["--data-dir", "data", "--output", "out"],
    "fill": ["--data-dir", "data", "--output", "out"],
    "inspect": ["--dataset", "nyu"],
    "preflight": ["--data-dir", "a.mp4"],
    "rooms": ["--output", "out"],
    "study": ["--config", "a.yaml", "--workdir", "out"],
    "tfrecord": ["--dataset", "nyu", "--output", "out"],
    "train": [],
    "web": [],
}
SCALE = (*NOT_FINITE, "0", "-1", "1e-320", "1e-300", "1e30")
COUNT = (*NO_COUNT, "0")
WITH_GPU = ("train", "predict", "evaluate")
REFUSED = {
    ("web", "--port"): (*NO_COUNT, "65536"),
    ("predict", "--depth-png-scale"): SCALE,
    ("predict", "--batch-size"): COUNT,
    ("predict", "--min-depth"): (*NOT_FINITE, "-1"),
    ("predict", "--max-depth"): (*NOT_FINITE, "-1"),
    ("predict", "--edge-filter"): (*NOT_FINITE, "0", "-5", "91"),
    ("predict", "--point-stride"): COUNT,
    ("predict", "--smoothing"): (*NOT_FINITE, "-0.1", "1.1"),
    ("predict", "--every"): COUNT,
    ("predict", "--max-frames"): COUNT,
    ("predict", "--hfov"): (*NOT_FINITE, "0", "180"),
    ("predict", "--intrinsics"): ("nan,1,1,1", "1e999,1,1,1", "0,1,1,1", "1,1,1e99,1", "1,1,1"),
    ("predict", "--depth-range"): ("nan,1", "0,inf", "2,1", "1,1", "-1,2", "0,1e-320", "1,1e7"),
    **{(command, "--gpu-memory"): (*NOT_FINITE, "0", "-1", "all") for command in WITH_GPU},
    ("predict", "--calibrate"): ("height=0", "height=nan", "1,2=0", f"height={'9' * 400}"),
    ("predict", "--intrinsics-size"): ("0x5", "5", "-1x5", "1000000x1000000", "9" * 5000 + "x1"),
    ("evaluate", "--batch-size"): COUNT,
    ("evaluate", "--num-images"): COUNT,
    ("evaluate", "--prediction-scale"): SCALE,
    ("evaluate", "--depth-scale"): SCALE,
    ("evaluate", "--scale-factor"): (*NOT_FINITE, "0", "-1"),
    ("evaluate", "--cap"): (*NOT_FINITE, "0", "-1", "1e-320"),
    ("evaluate", "--truth-cap"): ("nan", "0", "-1", "1e-320", "all"),
    ("evaluate", "--prediction-cap"): (*NOT_FINITE, "0", "-1", "1e-320"),
    ("evaluate", "--holdout-every"): NO_COUNT,
    ("evaluate", "--holdout-block"): COUNT,
    ("evaluate", "--seed"): NO_COUNT,
    ("export", "--calibration-images"): COUNT,
    ("export", "--depth-scale"): SCALE,
    ("export_gt", "--depth-scale"): SCALE,
    ("export_gt", "--every"): COUNT,
    ("fill", "--depth-scale"): SCALE,
    ("fill", "--depth-png-scale"): SCALE,
    ("fill", "--alpha"): (*NOT_FINITE, "0", "-1"),
    ("inspect", "--num-images"): NO_COUNT,
    ("inspect", "--depth-scale"): SCALE,
    ("preflight", "--num-frames"): NO_COUNT,
    ("rooms", "--num-train"): NO_COUNT,
    ("rooms", "--path-frames"): NO_COUNT,
    ("rooms", "--baseline"): (*NOT_FINITE, "0", "-1", "1e-320"),
    ("rooms", "--workers"): NO_COUNT,
    ("rooms", "--image-size"): ("1000000x1000000", "0x0"),
    ("study", "--epochs"): COUNT,
    ("tfrecord", "--num-shards"): COUNT,
    ("tfrecord", "--num-images"): COUNT,
}


@pytest.mark.parametrize(("command", "flag"), REFUSED, ids=map(" ".join, REFUSED))
def test_a_number_without_meaning_is_refused_by_its_flag(
    capsys, monkeypatch, tmp_path, command, flag
):
    monkeypatch.chdir(tmp_path)
    main = importlib.import_module(f"densedepth_tf.commands.{command}").main
    for value in REFUSED[command, flag]:
        with pytest.raises(SystemExit) as leaving:
            main([*READS[command], f"{flag}={value}"])
        shown, errors = capsys.readouterr()
        assert leaving.value.code == 2 and not shown and errors.count("\n") == 1, value
        assert f"argument {flag}: " in errors and len(errors) < 500, value
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "options",
    [
        {"warmup_epochs": 99.0, "epochs": 1},
        {"min_depth": 5.0, "max_depth": 5.0},
        {"min_depth": -1.0},
        {"max_depth": float("inf")},
        {"learning_rate": float("nan")},
        {"weight_decay": float("nan")},
        {"clip_norm": float("inf")},
        {"depth_scale": 1e-320},
        {"min_depth": 1e-320},
        {"learning_rate": 1e-320},
        {"epsilon": 1e-320},
        {"batch_size": 10**12},
        {"epochs": 10**12},
        {"epochs": None},
        {"ema": None},
        {"decoder_filters": [10**12] * 5},
        {"decoder_filters": [0.5] * 5},
        {"decoder_filters": 7},
        {"image_size": "320000x320000"},
        {"cache": 1},
        {"workdir": 3},
        {"encoder": ["resnet50"]},
        {"precision": {"a": 1}},
        {"model": "eigen", "dropout": float("nan")},
        {"model": "monodepth2", "static_shift": float("inf")},
    ],
    ids=str,
)
def test_so_is_an_option_of_a_training(options):
    name = next(name for name in options if name != "model")
    with pytest.raises(ValueError, match=f"^`{name}`"):
        read_options(options)


def test_early_stopping_may_be_longer_than_the_training():
    assert DenseDepthOptions(early_stopping=50, epochs=2).early_stopping == 50


@pytest.mark.parametrize("key", ["title", "protocol", "split"])
def test_words_of_a_study_are_words(tmp_path, key):
    from densedepth_tf.study.config import read_study

    words = {"title": "t", "protocol": "nyu", "split": "test"} | {key: ["a"]}
    lines = [f"{name}: {value}" for name, value in words.items()]
    (tmp_path / "a.yaml").write_text("\n".join([*lines, "common: {}", "systems: {a: {}}"]))
    with pytest.raises(ValueError, match=f"`{key}` is a word"):
        read_study(tmp_path / "a.yaml", tmp_path)
