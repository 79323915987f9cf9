"""A study: every system trained on the same data, measured by one ruler, in one report."""

import numpy as np
import pytest
import yaml

import densedepth_tf
from densedepth_tf.__main__ import main
from densedepth_tf.data.rooms.rooms_writer import RoomsSettings, write_rooms
from densedepth_tf.study.config import folder_name, read_study
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
    values = yaml.safe_load((request.config.rootpath / f"configs/{name}.yaml").read_text())
    config = read_options(values)
    assert (config.model, config.optimizer, config.rotation) == ("eigen", "sgd", 5.0)


@pytest.mark.parametrize("name", ["rooms", "nyu"])
def test_the_studies_in_the_repository_can_be_read(name, tmp_path, request):
    path = request.config.rootpath / f"configs/study/{name}.yaml"
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
    ],
)
def test_a_wrong_file_is_one_line(content, message, tmp_path, capsys):
    path = tmp_path / "study.yaml"
    path.write_text(content)
    assert run(f"--config={path}", f"--workdir={tmp_path / 'out'}") == 2
    error = capsys.readouterr().err
    assert message in error and len(error.strip().splitlines()) == 1
