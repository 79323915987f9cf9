"""Predictions of the images in TFRecord shards, called as their records are."""

import json
import warnings

import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.commands.predict import main as predict_command
from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.tfrecord.tfrecord_example import encode_sample
from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards
from densedepth_tf.files.outputs.output_record import RECORD_FILE
from densedepth_tf.files.suffixes import RECORD_SUFFIXES
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix
from densedepth_tf.inference.image_sources import find_images
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.inference.record_images import split_records

NAMES = ("a.jpg", "b.png", "room/c.jpg", "room/d.0.jpg")


class Mean:
    """A model whose depth is the image's mean."""

    weights = (np.float32(1),)

    def predict_depth(self, images):
        return images.astype(np.float32).mean(axis=-1, keepdims=True) / 50 + 1


@pytest.fixture
def data(tmp_path, pictures):
    """Pictures with depth in `data`, and the same in two shards and an index in `shards`."""
    for seed, name in enumerate(NAMES):
        depth = name.replace(".jpg", "_depth.png").replace("b.png", "b_depth.png")
        pictures.pair(tmp_path / "data", name, depth, seed=seed)
    source = FolderSource(tmp_path / "data", "train")
    write_shards(source, tmp_path / "shards", "train", num_shards=2)
    return tmp_path


def predict(inputs, output, **options):
    return predict_to_folder(Mean(), inputs, output, ["npy"], **options)


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != RECORD_FILE)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_outputs_are_those_of_the_pictures(data):
    names = {name for name in NAMES if name in sample_names(data)}
    predict([data / "data" / name for name in sorted(names)], data / "expected")
    expected = contents(data / "expected")
    assert len(expected) >= 3
    shards = sorted((data / "shards").glob("*.tfrecord"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Of the index beside them nothing is said.
        for number, inputs in enumerate(
            ([data / "shards"], [f"{data}/shards/train-*.tfrecord"], shards)
        ):
            report = predict(inputs, data / f"out{number}")
            assert not report.failures and contents(data / f"out{number}") == expected


@pytest.mark.parametrize("known", [True, False])
def test_a_records_camera_is_its_images(tmp_path, pictures, known):
    image = pictures.image(0, 64, 96)
    camera = {"intrinsics": intrinsics_matrix(60, 61, 47, 31)} if known else {}
    sample = {"image": image, "depth": np.ones((64, 96, 1), np.float32), "name": "a.png", **camera}
    with tf.io.TFRecordWriter(str(tmp_path / "train.tfrecord")) as writer:
        writer.write(encode_sample(sample, None, "png"))
    model = Mean()
    model.focal_length, model.image_size = 0.8, (64, 96)
    predict_to_folder(model, [tmp_path / "train.tfrecord"], tmp_path / "out", ["json"])
    told = json.loads((tmp_path / "out/a.depth.json").read_text())
    factor = np.sqrt(60 * 61) / 96 / 0.8
    assert told["lens_factor"] == (pytest.approx(factor, rel=1e-5) if known else None)
    assert told["lens_from"] == ("its record" if known else None)
    if known:
        assert told["intrinsics"]["cx"] == 47 and told["intrinsics"]["fy"] == 61


def sample_names(data):
    return set(FolderSource(data / "data", "train").sample_names())


def test_shards_in_a_bucket(data, s3_files):
    s3_files.mkdir("shards")
    s3_files.put(f"{data}/shards", "shards/in", recursive=True)
    predict([data / "shards"], data / "here")
    report = predict(["s3://shards/in/train-*.tfrecord"], data / "there")
    assert contents(data / "there") == contents(data / "here") and not report.failures
    (first, *_) = split_records(find_images(["s3://shards/in"], suffixes=RECORD_SUFFIXES))[0]
    assert first.title == f"s3://shards/in/train-00000-of-00002.tfrecord:{NAMES[0]}"
    s3_files.rm("shards", recursive=True)


def test_only_what_has_changed_is_predicted_again(data, pictures):
    count = len(sample_names(data))
    assert predict([data / "shards"], data / "out", skip_existing=True).num_predicted == count
    assert predict([data / "shards"], data / "out", skip_existing=True).num_skipped == count
    pictures.pair(data / "data", "a.jpg", "a_depth.png", seed=99)
    (data / "shards" / "train.json").unlink()
    write_shards(FolderSource(data / "data", "train"), data / "shards", "train", num_shards=2)
    assert predict([data / "shards"], data / "out", skip_existing=True).num_predicted == 1


def test_bad_records_are_counted_and_named(data, rng):
    image = (data / "data" / "a.jpg").read_bytes()
    records = [
        {"name": b"good.jpg", "image": image},
        {"name": b"no_image.jpg", "depth": b"x"},
        {"name": b"no_picture.jpg", "image": b"none"},
        {"image": image},
        {"name": b"../out.jpg", "image": image},
        {"name": b"/abs.jpg", "image": image},
        {"name": b"x" * 300, "image": image},
        {"name": b"line\nbreak", "image": image},
        {"name": b"cut.jpg", "image": image[: len(image) // 2]},
        {"name": b"last.jpg", "image": image},
    ]
    path = data / "bad" / "x.tfrecord"
    write(path, records)
    path.write_bytes(path.read_bytes()[:-20])
    report = predict([path], data / "out")
    assert sorted(contents(data / "out")) == ["good.depth.npy"] and report.num_predicted == 1
    reasons = "\n".join(failure.reason for failure in report.failures)
    assert len(report.failures) == 9 and len(reasons.splitlines()) == 9
    assert f"Record 1 of '{path}': it has no feature `image`." in reasons
    assert f"{path}:no_picture.jpg'" in reasons and f"{path}:cut.jpg'" in reasons
    assert f"Record 3 of '{path}': it has no feature `name`." in reasons
    assert f"Record 9 of '{path}': the file ends within it." in reasons
    assert reasons.count("stay inside the data folder") == 2
    assert reasons.count("its name is no file name") == 2
    assert not list(data.glob("*.depth.npy"))


def test_names_that_are_taken(data):
    image = (data / "data" / "a.jpg").read_bytes()
    for shard, names in {"x": ["a.jpg", "a.png", "b", "b"], "y": ["b", "c"]}.items():
        write(
            data / "twice" / f"{shard}.tfrecord",
            [{"name": name.encode(), "image": image} for name in names],
        )
    images, shards = split_records(find_images([data / "twice"], suffixes=RECORD_SUFFIXES))
    assert [file.name for file in images] == ["a.jpg", "a.png", "x/2", "x/3", "y/0", "c"]
    assert [file.name for file in shards] == ["x", "y"]


def test_predictions_in_shards_are_no_samples(data):
    write(
        data / "shards" / "depth-00000.tfrecord",
        [{"name": b"a", "image": b"a.jpg", "failure": b"", "depth": b"x"}],
    )
    with pytest.warns(UserWarning, match="1 file of predictions that this package wrote"):
        report = predict([data / "shards"], data / "out")
    assert report.num_predicted == len(sample_names(data)) and not report.failures
    with (
        pytest.warns(UserWarning, match="of predictions"),
        pytest.raises(ValueError, match="There is no record to predict"),
    ):
        predict([data / "shards" / "depth-00000.tfrecord"], data / "out")


def test_what_is_no_shard_is_one_line(data, capsys):
    (data / "no.tfrecord").write_bytes(b"something else")
    with pytest.raises(SystemExit) as leaving:
        predict_command(["--input", f"{data}/no.tfrecord", "--output", f"{data}/out"])
    errors = capsys.readouterr().err
    assert leaving.value.code == 2 and errors.count("\n") == 1
    assert "this is no TFRecord file" in errors


def write(path, records):
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            feature = {
                name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                for name, value in record.items()
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString(deterministic=True))
