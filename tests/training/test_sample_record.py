"""A run keeps which pictures it has seen, and evaluations say when they measure on them."""

import json
import shutil
from pathlib import Path

import cv2
import pytest

import densedepth_tf
import densedepth_tf.export.exporters
from densedepth_tf.checkpoint_origin import find_seen_samples
from densedepth_tf.commands.evaluate import main
from densedepth_tf.data.seen_samples import (
    TRAINING,
    VALIDATION,
    read_seen_samples,
)
from densedepth_tf.data.sources import open_source
from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards


def evaluate(*flags):
    """The exit code of `evaluate.py`."""
    with pytest.raises(SystemExit) as ended:
        main([str(flag) for flag in flags])
    return ended.value.code


def measured(run, data, *flags, checkpoint=None, dataset="nyu"):
    """What `metrics.json` says about the images and the training's."""
    output = Path(run) / "measured"
    path = checkpoint or run
    flags = ("--checkpoint", path, "--dataset", dataset, "--data-dir", data, *flags)
    assert evaluate(*flags, "--output", output) == 0
    metrics = json.loads((output / "metrics.json").read_text())
    seen = metrics["training_data"]
    return metrics["num_images"], seen["origin"], seen["trained_on"], seen["validated_on"]


@pytest.fixture
def folder(finished_run):
    return finished_run().folder.path


def test_the_list_holds_what_was_read(folder):
    seen = find_seen_samples(folder)
    assert (seen.count(TRAINING), seen.count(VALIDATION)) == (8, 2)


def test_rows_are_known_whatever_is_passed(folder, nyu_folder, tmp_path, capsys):
    assert measured(folder, nyu_folder, "--split", "train") == (10, "known", 8, 2)
    said = capsys.readouterr().out
    assert "10 images, 8 of which it was trained on, protocol" in said
    assert "note: training data: trained on 8 of these 10 images" in said
    held_out = ("--split", "validation", "--holdout-every", "5")
    assert measured(folder, nyu_folder, *held_out) == (2, "known", 0, 2)
    assert "2 images, all of which chose its best epoch, protocol" in capsys.readouterr().out
    other_rows = ("--split", "validation", "--holdout-every", "4")
    assert measured(folder, nyu_folder, *other_rows) == (2, "known", 2, 0)
    assert measured(folder, nyu_folder, "--split", "train", "--num-images", 3)[2] == 3

    listed = tmp_path / "rows.txt"
    listed.write_text("data/1.jpg data/1.png\ndata/4.jpg data/4.png\n")
    assert measured(folder, nyu_folder, "--split-file", listed) == (2, "known", 1, 1)


def test_rows_are_known_wherever_they_lie(folder, nyu_folder, tmp_path, monkeypatch):
    copy = shutil.copytree(nyu_folder, tmp_path / "elsewhere")
    assert measured(folder, copy, "--split", "train")[2] == 8
    archive = shutil.make_archive(tmp_path / "nyu", "zip", nyu_folder)
    assert measured(folder, archive, "--split", "train")[2] == 8
    (copy / "data/nyu2_train.csv").unlink()
    monkeypatch.chdir(copy)
    found = measured(folder, "data", "--depth-scale", 10 / 255, "--split", "test", dataset="folder")
    assert found == (10, "known", 8, 2)
    for image_format in ("original", "jpeg"):
        shards = tmp_path / image_format
        source = open_source("nyu", nyu_folder, "train")
        write_shards(source, shards, "test", image_format=image_format)
        assert measured(folder, shards, dataset="tfrecord")[1:] == ("known", 8, 2)


def test_other_pictures_of_the_same_names_are_not_known(folder, nyu_folder, tmp_path):
    other = shutil.copytree(nyu_folder, tmp_path / "other")
    for photo in (other / "data").glob("*.jpg"):
        cv2.imwrite(str(photo), 255 - cv2.imread(str(photo)) // 2)
    assert measured(folder, other, "--split", "train") == (10, "known", 0, 0)


def test_a_file_out_of_its_run_is_of_unknown_origin(folder, nyu_folder, tmp_path, capsys):
    alone = tmp_path / "alone.keras"
    shutil.copy(folder / "model.keras", alone)
    found = measured(folder, nyu_folder, "--split", "train", checkpoint=alone)
    assert found == (10, "unknown", None, None)
    said = capsys.readouterr().out
    assert "10 images, training data unknown, protocol" in said
    assert "note: training data: unknown" in said
    in_run = measured(folder, nyu_folder, "--split", "train", checkpoint=folder / "model.keras")
    assert in_run == (10, "known", 8, 2)


def test_a_calibrated_copy_knows_its_rows(folder, tmp_path):
    densedepth_tf.save_rescaled(folder, tmp_path / "copy", 2.0)
    assert find_seen_samples(tmp_path / "copy").count(TRAINING) == 8


def test_what_is_exported_knows_its_rows(folder, nyu_folder, tmp_path):
    artefact = tmp_path / "model.onnx"
    densedepth_tf.export.exporters.export_checkpoint(folder, "onnx", artefact)
    found = measured(tmp_path, nyu_folder, "--split", "train", checkpoint=artefact)
    assert found == (10, "known", 8, 2)
    # Of weights that nobody knows the origin of, no list of an earlier artefact stays.
    shutil.copy(folder / "model.keras", tmp_path / "alone.keras")
    densedepth_tf.export.exporters.export_checkpoint(tmp_path / "alone.keras", "onnx", artefact)
    assert find_seen_samples(artefact) is None


def test_a_run_that_goes_on_keeps_its_list(run, finished_run):
    folder = finished_run(keep_backup=True).folder.path
    with open(folder / "training_samples.csv", "a") as file:
        file.write("training,before,0000000a,000102030405060708090a0b\n")
    run(epochs=3, keep_backup=True)
    assert find_seen_samples(folder).count(TRAINING) == 9


def test_weights_bring_what_they_have_seen(run, folder, nyu_folder, tmp_path):
    more = {"start_from": str(folder), "holdout_every": 4}
    run(workdir=str(tmp_path / "next"), **more)
    assert measured(tmp_path / "next", nyu_folder, "--split", "train") == (10, "known", 10, 0)

    alone = tmp_path / "alone.keras"
    shutil.copy(folder / "model.keras", alone)
    run(workdir=str(tmp_path / "last"), **{**more, "start_from": str(alone)})
    seen = read_seen_samples(tmp_path / "last/training_samples.csv")
    assert seen.origin == "alone.keras"
    found = measured(tmp_path / "last", nyu_folder, "--split", "train")
    assert found == (10, "partly known", 8, 2)


def test_a_new_run_forgets_the_old_list(run, folder):
    run(overwrite=True, num_images=2)
    assert find_seen_samples(folder).count(TRAINING) == 2
    assert densedepth_tf.load(folder) is not None
