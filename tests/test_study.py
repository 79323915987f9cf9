"""A study: every system trained on the same data, measured by one ruler, in one report."""

import csv
import statistics
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
import yaml

import densedepth_tf
from densedepth_tf.__main__ import main
from densedepth_tf.data.rooms.rooms_writer import RoomsSettings, write_rooms
from densedepth_tf.study.conclusions import conclusions, told_apart
from densedepth_tf.study.config import folder_name, read_study
from densedepth_tf.study.system_result import Spread, SystemResult
from densedepth_tf.training.families import read_options

SYSTEMS = {
    "Eigen 2014": {"model": "eigen", "image_size": "64x64", "dense_units": 16},
    "Monodepth2, no depth": {
        "model": "monodepth2", "supervision": "stereo", "image_size": "64x64",
        "encoder": "tiny", "encoder_weights": "none",
    },
}  # fmt: skip
STUDY = {
    "title": "Two generations",
    "protocol": "full",
    "split": "test",
    "common": {"dataset": "rooms", "epochs": 2, "batch_size": 2},
    "systems": SYSTEMS,
}


SEVERAL = {
    "title": "One system, twice",
    "protocol": "full",
    "split": "test",
    "seeds": 2,
    "common": {"dataset": "rooms", "epochs": 2, "batch_size": 2, "seed": 5},
    "systems": {
        "Eigen": SYSTEMS["Eigen 2014"],
        "Narrow": {**SYSTEMS["Eigen 2014"], "dense_units": 2},
    },
}


def write(path, **changes):
    path.write_text(yaml.safe_dump({**STUDY, **changes}, sort_keys=False))
    return path


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rooms")
    settings = RoomsSettings(image_size=(48, 64), stereo=True, supersampling=1)
    write_rooms(folder, {"train": 4, "validation": 2, "test": 2}, settings, num_workers=1)
    return folder


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(["study", *map(str, arguments)])
    return ended.value.code


@pytest.mark.long
def test_a_study_reports_every_system_and_goes_on_where_it_was(
    rooms, tiny_resnet, tmp_path, capsys
):
    config, workdir = write(tmp_path / "study.yaml"), tmp_path / "study"
    arguments = (f"--config={config}", f"--data-dir={rooms}", f"--workdir={workdir}")
    assert run(*arguments) == 0
    report = (workdir / "study.md").read_text()
    assert report.startswith("# Two generations")
    assert "- Eigen 2014, training depth: 100.0% known in 4 samples looked at; dense" in report
    for name in SYSTEMS:
        assert report.count(f"| {name} |") == 3
        folder = workdir / folder_name(name)
        assert (folder / "README.md").is_file()
        depth = densedepth_tf.load(folder).predict_depth(np.zeros((48, 64, 3), np.uint8))
        assert np.isfinite(depth).all()
    for picture in ("curves.png", "cost.png", "comparison/comparison.png"):
        assert (workdir / picture).stat().st_size > 5000
        assert f"({picture})" in report
    capsys.readouterr()
    assert run(*arguments) == 0
    assert capsys.readouterr().out.count("Nothing left to train") == len(SYSTEMS)
    for said in (
        "each trained once (seed 0)",
        "Measured on rooms/test: 2 images, protocol full (prediction clipped to 0.1..10 m, not",
        "; for Monodepth2, no depth prediction clipped to 0.1..100 m, truth up to 100 m. The epoch",
        "no training saw the images of rooms/test",
        "How much its figures would vary with another seed is not known",
        f"python -m densedepth_tf study --config={config}",
        f"TensorFlow {tf.__version__}",
        "| system | weights [million] | time of an image [ms] | training [min] | δ < 1.25 ↑ |",
        "Monodepth2, no depth learns without depth and has none",
    ):
        assert said in report
    card = (workdir / "eigen_2014/README.md").read_text()
    assert card.count("2 images of rooms/test, protocol full") == 2  # as it is, and median-scaled


@pytest.mark.slow
def test_a_study_in_a_bucket_goes_on_there(rooms, s3_files, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    s3_files.mkdir("studies")
    systems = {"Eigen 2014": SYSTEMS["Eigen 2014"]}
    config = write(tmp_path / "study.yaml", systems=systems)
    arguments = (f"--config={config}", f"--data-dir={rooms}", "--workdir=s3://studies/one")
    for _ in range(2):
        assert run(*arguments) == 0, capsys.readouterr().err
    assert "Nothing left to train" in capsys.readouterr().out
    there = {key.removeprefix("studies/one/") for key in s3_files.find("studies/one")}
    assert {"study.md", "study.csv", "curves.png", "cost.png", "comparison/comparison.png"} <= there
    assert {"eigen_2014/model.keras", "eigen_2014/README.md"} <= there
    report = s3_files.cat_file("studies/one/study.md").decode()
    assert "- Eigen 2014, training depth: 100.0% known in 4 samples" in report
    assert not [name for name in there if ".densedepth_tf" in name]


@pytest.mark.slow
def test_several_seeds_give_means_spreads_and_conclusions(rooms, tmp_path):
    config, workdir = write(tmp_path / "study.yaml", **SEVERAL), tmp_path / "study"
    assert run(f"--config={config}", f"--data-dir={rooms}", f"--workdir={workdir}") == 0
    folders = sorted(path.parent.name for path in workdir.glob("*/model.keras"))
    assert folders == ["eigen_seed_5", "eigen_seed_6", "narrow_seed_5", "narrow_seed_6"]
    with open(workdir / "study.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["system"], row["seed"]) for row in rows] == [
        *(("Eigen", "5"), ("Eigen", "6"), ("Narrow", "5"), ("Narrow", "6")),
    ]
    report = (workdir / "study.md").read_text()
    for name in ("Eigen", "Narrow"):
        rmse = [float(row["rmse"]) for row in rows if row["system"] == name]
        assert f"{statistics.mean(rmse):.3f} ± {statistics.stdev(rmse):.3f}" in report
    assert report.count("training depth: 100.0% known") == 1
    assert "- Eigen, Narrow, training depth: 100.0% known" in report
    assert "2 over 4 images, each trained 2 times (seeds 5, 6)" in report


def test_the_command_line_says_how_many_seeds(tmp_path):
    path = write(tmp_path / "study.yaml", **SEVERAL)
    assert read_study(path, tmp_path).seeds == [5, 6]
    assert read_study(path, tmp_path, num_seeds=3).seeds == [5, 6, 7]
    (one,) = read_study(path, tmp_path, num_seeds=1).runs["Eigen"]
    assert (one.seed, one.workdir) == (5, str(tmp_path / "eigen"))
    listed = {**SEVERAL, "common": {"epochs": 2, "seeds": [3, 1]}, "systems": {"A": {}}}
    del listed["seeds"]
    path.write_text(yaml.safe_dump(listed))
    study = read_study(path, tmp_path)
    assert [(run.seed, run.workdir) for run in study.runs["A"]] == [
        *((3, str(tmp_path / "a_seed_3")), (1, str(tmp_path / "a_seed_1"))),
    ]


def made_up(name, delta1, milliseconds=10.0, minutes=1.0, notes=None):
    """A result of `delta1` in each training; the other figures follow from it."""

    class Result(SystemResult):
        minutes = property(lambda self: minutes)
        notes = property(lambda self: notes or {})

    figures = [
        SimpleNamespace(
            num_parameters=2_000_000,
            metrics={"per_image": {"delta1": value, "abs_rel": 1 - value, "rmse": 2 - value}},
        )
        for value in delta1
    ]
    runs = [SimpleNamespace(seed=seed) for seed in range(len(delta1))]
    return Result(name, runs, figures, figures, milliseconds, 4, 2, 2)


def test_conclusions_tell_apart_what_differs_by_more_than_the_spread():
    systems = [
        made_up("A", [0.70, 0.72, 0.71], milliseconds=80, minutes=9.0),
        made_up("B", [0.70, 0.69, 0.71], milliseconds=20, minutes=2.0),
        made_up("C", [0.40, 0.42, 0.44], milliseconds=10),
    ]
    assert told_apart(Spread(0.5, 0.1), Spread(0.8, 0.1))
    assert not told_apart(Spread(0.5, 0.1), Spread(0.7, 0.1))
    text = " ".join(conclusions(systems))
    assert (
        "By δ < 1.25, A is best (0.710 ± 0.010); B (0.700 ± 0.010) is within the spread of it, not "
        "told apart; C (by 0.290) is behind by more than the spread."
    ) in text
    assert "By rmse, A is best (1.290 ± 0.010)" in text
    assert "A, has 2.0 million weights and takes 80 ms for an image; B, not told apart" in text
    assert "from 1.0 minutes (C) to 9.0 (A)" in text
    assert "3 trainings that differ in their seed alone" in text


def test_conclusions_of_one_seed_claim_no_more_than_they_can():
    text = " ".join(conclusions([made_up("A", [0.7]), made_up("B", [0.6])]))
    assert "By δ < 1.25, A is best (0.700), 0.100 ahead of B." in text
    assert "small differences between systems mean nothing" in text and "told apart" not in text
    constant = {("constant predictions", "in epoch 2 ..."): [0]}
    alone = conclusions([made_up("A", [0.7], notes=constant)])
    assert alone[0].startswith("A validation of A with seed 0 saw one depth") and len(alone) == 2


def test_flags_take_the_place_of_what_the_file_says(tmp_path):
    study = read_study(write(tmp_path / "study.yaml"), tmp_path, "elsewhere", epochs=7)
    assert {config.data_dir for config in study.systems.values()} == {"elsewhere"}
    assert {config.epochs for config in study.systems.values()} == {7}


def test_systems_are_measured_on_the_rows_that_none_was_trained_on(tmp_path):
    common = {"dataset": "nyu", "holdout_every": 8, "holdout_block": 20, "data_dir": "nyu"}
    path = write(tmp_path / "study.yaml", common=common, systems={"A": {}}, split="validation")
    data = read_study(path, tmp_path).data
    assert (data["holdout_every"], data["holdout_block"], data["split"]) == (8, 20, "validation")


@pytest.mark.parametrize("name", ["nyu_eigen", "kitti_eigen"])
def test_the_published_runs_can_be_read(name, request):
    values = yaml.safe_load(
        (request.config.rootpath / f"densedepth_tf/configs/{name}.yaml").read_text()
    )
    config = read_options(values)
    assert (config.model, config.optimizer, config.rotation) == ("eigen", "sgd", 5.0)


@pytest.mark.parametrize("name", ["rooms", "nyu"])
def test_the_studies_in_the_repository_can_be_read(name, tmp_path, request):
    path = request.config.rootpath / f"densedepth_tf/configs/study/{name}.yaml"
    study = read_study(path, tmp_path)
    assert {"Eigen 2014", "DenseDepth-121", "DenseDepth-169"} <= study.systems.keys()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("title: [", "no YAML file"),
        ("title: x", "title, protocol, split, common, systems"),
        (yaml.safe_dump({**STUDY, "systems": {}}), "`systems` names with options"),
        (yaml.safe_dump({**STUDY, "systems": {"A": {"epoch": 3}}}), "System 'A'"),
        (yaml.safe_dump({**STUDY, "systems": {"A": {"flip": 0.1, "ema": 2}}}), "`ema`"),
        (yaml.safe_dump({**STUDY, "systems": {"A b": {}, "a, B": {}}}), "too much alike"),
        (yaml.safe_dump({**STUDY, "systems": {"A": 3}}), "names with options"),
        (yaml.safe_dump({**STUDY, "systems": {2014: {}}}), "names with options"),
        (yaml.safe_dump({**STUDY, "systems": {"..": {}}}), "another name"),
        (yaml.safe_dump({**STUDY, "systems": {"A": {"image_size": 224}}}), "System 'A'"),
        (yaml.safe_dump({**STUDY, "systems": {"A": {"learning_rate": "7e-4"}}}), "is a number"),
        (yaml.safe_dump({**STUDY, "systems": {"A": {"schedule": "cosin"}}}), "`schedule` is one"),
        (yaml.safe_dump({**STUDY, "systems": {"A": {}, "B": {"epochs": 9}}}), "the same epochs"),
        (yaml.safe_dump({**STUDY, "protocol": "best"}), "protocol='best'"),
        (yaml.safe_dump({**STUDY, "seeds": 0}), "how many trainings each system has"),
        (yaml.safe_dump({**STUDY, "seeds": [1, 1]}), "how many trainings each system has"),
        (yaml.safe_dump({**STUDY, "seeds": "3"}), "how many trainings each system has"),
        (yaml.safe_dump({**STUDY, "seeds": [1], "common": {"seed": 2}}), "`seed` does nothing"),
        (yaml.safe_dump({**STUDY, "seeds": 2, "common": {"seeds": 2}}), "twice"),
    ],
    ids=[
        "no YAML",
        "keys",
        "no systems",
        "unknown option",
        "bad value",
        "alike",
        "no options",
        "no name",
        "outside",
        "size",
        "number",
        "choice",
        "unequal",
        "protocol",
        "no seed",
        "seed twice",
        "seeds in words",
        "seed and seeds",
        "seeds in two places",
    ],
)
def test_a_wrong_file_is_one_line(content, message, tmp_path, capsys):
    path = tmp_path / "study.yaml"
    path.write_text(content)
    assert run(f"--config={path}", f"--workdir={tmp_path / 'out'}") == 2
    error = capsys.readouterr().err
    assert message in error and len(error.strip().splitlines()) == 1
