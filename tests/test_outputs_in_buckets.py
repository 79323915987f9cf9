"""What commands write to a bucket is what they write to a folder, whole or not at all."""

import csv
import json
import re
import socket

import cv2
import made_up_kitti as kitti
import numpy as np
import pytest
from output_writers import (
    WRITERS,
    Flat,
    contents,
    drive,
    evaluated,
    filled,
    in_bucket,
    kept_frames,
    rendered,
    run,
    true_depth,
)
from PIL import Image

from densedepth_tf.commands import evaluate, fill, preflight, rooms
from densedepth_tf.data.sources import open_source
from densedepth_tf.evaluation.comparison import Candidate, compare
from densedepth_tf.evaluation.evaluator import evaluate as measured
from densedepth_tf.evaluation.predictions.sample_predictor import as_sample_predictor
from densedepth_tf.evaluation.report import write_report
from densedepth_tf.files.bucket import Bucket
from densedepth_tf.files.depth.depth_file import encode_depth_png
from densedepth_tf.files.outputs.output_record import RECORD_FILE


@pytest.fixture(scope="module")
def bucket(s3_files):
    s3_files.mkdir("results")
    yield s3_files
    s3_files.rm("results", recursive=True)


@pytest.fixture(autouse=True)
def empty(bucket, tmp_path, monkeypatch):
    """Nothing from other tests in the bucket, and nothing hidden left in it."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    yield
    left = bucket.find("results")
    assert not [key for key in left if "/.densedepth_tf" in key and not key.endswith(RECORD_FILE)]
    if left:
        bucket.rm(left)


@pytest.fixture
def data(tmp_path, rng):
    """Three photographs with depth that has holes, and predictions of them."""
    folder, predictions = tmp_path / "data", tmp_path / "theirs"
    folder.mkdir()
    predictions.mkdir()
    rows = []
    for number in range(3):
        depth = cv2.resize(rng.uniform(1, 6, (3, 4)).astype(np.float32), (32, 24))
        np.save(predictions / f"{number}.npy", depth * np.float32(1 + number / 10))
        depth[:4, :4] = 0
        image = rng.integers(0, 256, (24, 32, 3), np.uint8)
        Image.fromarray(image).save(folder / f"{number}.png")
        (folder / f"{number}_depth.png").write_bytes(encode_depth_png(depth))
        rows.append(f"{number}.png,{number}_depth.png")
    (folder / "test.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


@pytest.mark.parametrize("what", WRITERS)
def test_a_bucket_gets_what_a_folder_gets(bucket, data, what, capsys):
    pictures = data / "theirs_as_pictures/sub"
    pictures.mkdir(parents=True)
    Image.new("RGB", (32, 24)).save(pictures / "a.png")
    bucket.pipe_file("results/out/mine.txt", b"of mine")
    for _ in range(2):  # an earlier output is no hindrance
        code = WRITERS[what](data, data / "out")
        assert code in (0, 1)
        assert WRITERS[what](data, "s3://results/out") == code, capsys.readouterr().err
        shown = capsys.readouterr()
        assert "/tmp" not in shown.out.replace(str(data), "")
        here, there = contents(data / "out"), in_bucket(bucket)
        assert there.pop("mine.txt") == b"of mine"
        assert there.keys() == here.keys() and here
        for name, content in here.items():
            if name.endswith(("metrics.json", "odometry.json")):
                told, expected = json.loads(there[name]), json.loads(content)
                assert told.pop("seconds_per_image", 0) >= 0
                expected.pop("seconds_per_image", 0)
                assert told == expected
            else:
                assert there[name] == content, name


def test_reports_of_the_library_go_there(bucket, data):
    source = open_source("folder", str(data / "data"), "test")
    candidates = [Candidate(name, Flat) for name in ("one", "two")]
    for output in (data / "out", "s3://results/out"):
        compare(candidates, source, "full", output, progress=False)
    here, there = contents(data / "out"), in_bucket(bucket)
    assert there.keys() == here.keys() >= {"comparison.md", "one/metrics.json"}
    assert there["comparison.png"] == here["comparison.png"]
    result = measured(Flat(), source, output="s3://results/one", progress=False)
    write_report(result, "s3://results/again", as_sample_predictor(Flat()), source)
    assert in_bucket(bucket, "results/one") == in_bucket(bucket, "results/again")
    with pytest.raises(OSError, match="'s3://nobody/x': The specified bucket does not exist"):
        measured(Flat(), source, output="s3://nobody/x", progress=False)


def test_an_earlier_report_is_replaced_as_a_whole(bucket, data):
    assert evaluated(data, "s3://results/out") == 0
    bucket.pipe_file("results/out/panels/worst_9_old.png", b"of an earlier one")
    bucket.pipe_file("results/out/panels/mine.png", b"of mine")
    assert evaluated(data, "s3://results/out", "--num-images", 1) == 0
    there = in_bucket(bucket)
    assert json.loads(there["metrics.json"])["num_images"] == 1
    panels = {name for name in there if name.startswith("panels/")}
    assert panels == {"panels/best_1_0.png", "panels/mine.png"}


def test_what_makes_a_report_whole_comes_last(bucket, data, monkeypatch):
    assert evaluated(data, "s3://results/out") == 0
    before, upload, sent = in_bucket(bucket), Bucket.upload, []

    def breaks(self, path, address):
        if len(sent) == 2:
            raise OSError(f"Cannot write '{address}': the network has gone")
        sent.append(address.rpartition("/")[2])
        return upload(self, path, address)

    monkeypatch.setattr(Bucket, "upload", breaks)
    assert evaluated(data, "s3://results/out", "--cap", 3) == 2
    assert "metrics.json" not in sent and "metrics.json" not in in_bucket(bucket)
    sent.clear()
    assert evaluated(data, "s3://results/new") == 2
    assert len(sent) == 2 and not in_bucket(bucket, "results/new")  # what had come is gone again
    monkeypatch.undo()
    monkeypatch.setenv("KERAS_HOME", str(data / "cache"))
    assert evaluated(data, "s3://results/out") == 0
    assert in_bucket(bucket).keys() == before.keys()


def test_a_failure_changes_nothing(bucket, data, capsys):
    bucket.pipe_file("results/out/metrics.json", b"{}")
    assert evaluated(data, "s3://results/out", "--min-depth", 50, "--cap", 60) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Traceback" not in error
    assert in_bucket(bucket) == {"metrics.json": b"{}"}


def test_rooms_and_filling_go_on_where_they_stopped(bucket, data, capsys):
    assert rendered(data, "s3://results/out") == 0
    bucket.rm_file("results/out/train/00001.png")
    bucket.pipe_file("results/out/test/00000.jpg", b"")
    assert rendered(data, "s3://results/out") == 0
    assert "2 rendered, 1 kept" in capsys.readouterr().out
    listed = bucket.cat_file("results/out/train.csv").decode()
    assert list(csv.reader(listed.splitlines()))[1] == ["train/00001.jpg", "train/00001.png"]
    given = ("--output", "s3://results/out", "--num-train", 2, "--image-size", "24x32")
    assert run(rooms, *given, "--seed", 1) == 2
    error = capsys.readouterr().err
    assert "'s3://results/out' holds rooms rendered with another seed" in error

    assert filled(data, "s3://results/maps") == 0
    bucket.pipe_file("results/maps/1_depth.png", b"part")
    assert filled(data, "s3://results/maps") == 0
    assert "1 depth maps filled (exact), metres = value * 0.001, 2 were" in capsys.readouterr().out
    bucket.rm_file(f"results/maps/{RECORD_FILE}")  # whole maps that nobody recorded stay
    assert filled(data, "s3://results/maps") == 0
    assert "0 depth maps filled (exact), metres = value * 0.001, 3 were" in capsys.readouterr().out


def test_files_of_others_are_in_the_way(bucket, data, capsys):
    name = f"{kitti.NAME}/proj_depth/groundtruth/image_02/0000000000.png"
    bucket.pipe_file(f"results/out/{name}", b"of mine")
    assert true_depth(data, "s3://results/out") == 2
    assert f"'s3://results/out/{name}' is in the way" in capsys.readouterr().err
    bucket.pipe_file("results/out/lists/keep.txt", b"remember the milk\n")
    assert kept_frames(data, "s3://results/out") == 2
    assert "'s3://results/out/lists/keep.txt' is in the way" in capsys.readouterr().err
    assert len(in_bucket(bucket)) == 2


def test_no_output_replaces_an_input_in_the_bucket(bucket, data, capsys):
    bucket.put(str(data / "data"), "results/data", recursive=True)
    before = in_bucket(bucket, "results/data")
    given = ("--data-dir", "s3://results/data/", "--output", "s3://results/data")
    assert run(fill, *given) == 2
    assert "would replace an input" in capsys.readouterr().err
    poses = ("--dataset", "folder", "--predictions", data / "theirs")
    assert run(evaluate, *given, *poses) == 2
    assert "would replace the input 's3://results/data/'" in capsys.readouterr().err
    assert in_bucket(bucket, "results/data") == before


WRONG = {
    "s3://": r"An address is s3://BUCKET, or s3://BUCKET/FOLDER\. Received: 's3://'",
    "s3:///": r"An address is s3://BUCKET.*Received: 's3:///'",
    "s3:/results/x": "an address as text.*Received: 's3:/results/x'",
    "S3://results/x": "Received: 'S3://results/x'",
    "az://results/x": "Received: 'az://results/x'",
    "s3://results/../x": r"no folders `\.` and `\.\.`.*Received: 's3://results/\.\./x'",
    "s3://results/x/..": r"no folders `\.` and `\.\.`",
    "s3://nobody/x": "'s3://nobody(/x)?': The specified bucket does not exist",
    "s3://B_AD!/x": 'Invalid bucket name "B_AD!"',
}


@pytest.mark.parametrize("address", WRONG)
def test_wrong_addresses_are_one_line(bucket, data, address, capsys, monkeypatch):
    monkeypatch.chdir(data)
    look = ("--dataset", "kitti", "--data-dir", drive(data))
    before = sorted(data.rglob("*"))
    for command, flags in (
        (rooms, ("--num-train", 1, "--image-size", "24x32", "--output", address)),
        (evaluate, ("--dataset", "folder", "--data-dir", "data", "--output", address)),
        (preflight, (*look, "--keep", address)),
    ):
        given = ("--predictions", "theirs") if command is evaluate else ()
        assert run(command, *given, *flags) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and re.search(WRONG[address], error), error
    assert not in_bucket(bucket, "results") and sorted(data.rglob("*")) == before


def test_keys_may_have_any_letters(bucket, data, tmp_path):
    for address in ("results/a b/ü ☂", "results/out/", "results"):
        assert evaluated(data, f"s3://{address}") == 0
        assert "metrics.json" in in_bucket(bucket, address.rstrip("/"))
    assert kept_frames(data, "s3://results/ü ☂") == kept_frames(data, tmp_path / "here")
    assert bucket.cat_file("results/ü ☂/lists/keep.txt") == (
        (tmp_path / "here/lists/keep.txt").read_bytes()
    )


def test_no_server_is_one_line(data, monkeypatch, capsys):
    s3fs = pytest.importorskip("s3fs")
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        assert rendered(data, "s3://results/out") == 2
    finally:
        s3fs.S3FileSystem.clear_instance_cache()
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Cannot write to 's3://results/out'" in error


def test_googles_get_the_same(gs_files, data):
    gs_files.mkdir("results")
    for what in ("a report", "filled maps", "rooms"):
        folder = what.replace(" ", "-")
        for _ in range(2):
            assert WRITERS[what](data, data / folder) == 0
            assert WRITERS[what](data, f"gs://results/{folder}") == 0
        there = in_bucket(gs_files, f"results/{folder}")
        assert there.keys() == contents(data / folder).keys()
    left = gs_files.find("results")
    assert not [key for key in left if "/.densedepth_tf" in key and not key.endswith(RECORD_FILE)]
    gs_files.rm("results", recursive=True)
