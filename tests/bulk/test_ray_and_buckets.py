"""Outputs of Ray's actors in a bucket, on a real server of this machine."""

import io
import json
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from densedepth_tf.commands.tfrecord import main as tfrecord_command
from densedepth_tf.files.outputs.bucket_record import PARTS
from densedepth_tf.files.outputs.output_record import RECORD_FILE
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.presets.presets import DEFAULT_PRESET

pytest.importorskip("ray", reason="Ray is not installed: pip install 'densedepth-tf[ray]'")

from densedepth_tf.bulk.predict_on_ray import predict_on_ray

pytestmark = pytest.mark.long
FORMATS = ("png", "npy")


@pytest.fixture
def bucket(s3_files, shared_ray):
    """A bucket, and Ray that finds it."""
    s3_files.mkdir("rays")
    yield s3_files
    s3_files.rm("rays", recursive=True)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Twelve pictures, of which one is damaged."""
    folder, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for number in range(12):
        pixels = rng.integers(0, 255, (32, 32, 3)).astype(np.uint8)
        Image.fromarray(pixels).resize((64, 48)).save(folder / f"{number:02d}.jpg")
    (folder / "05.jpg").write_bytes(b"no picture")
    return folder


def contents(files, folder):
    return {key.removeprefix(f"{folder}/"): files.cat_file(key) for key in files.find(folder)}


def test_files_and_the_rest_when_one_is_missing(bucket, photos, tmp_path):
    predict_to_folder(DEFAULT_PRESET, [photos], tmp_path / "out", FORMATS, batch_size=1)
    expected = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    run = {"formats": FORMATS, "batch_size": 1, "skip_existing": True}
    for lost, count in ((None, 11), ("07.depth.npy", 1)):
        if lost is not None:
            bucket.rm_file(f"rays/files/{lost}")
        report = predict_on_ray(DEFAULT_PRESET, [photos], "s3://rays/files", **run)
        assert report.num_predicted == count and report.num_skipped == 11 - count
        assert [failure.source.name for failure in report.failures] == ["05"]
        there = contents(bucket, "rays/files")
        assert there.keys() == expected.keys()  # the record, and nothing else that is hidden
        for name in expected.keys() - {RECORD_FILE}:
            assert there[name] == expected[name], name
    again = predict_to_folder(DEFAULT_PRESET, [photos], "s3://rays/files", **run)
    assert again.num_skipped == 11


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(bucket, photos):
    command = [sys.executable, "-m", "densedepth_tf", "predict", "--engine", "ray", "--actors", "2"]
    command += ["--input", str(photos), "--output", "s3://rays/killed", "--save", "npy"]
    process = subprocess.Popen([*command, "--batch-size", "1"], stdout=subprocess.DEVNULL)
    while process.poll() is None and not bucket.find(f"rays/killed/{PARTS}"):
        time.sleep(0.01)
    process.kill()
    process.wait()
    there = contents(bucket, "rays/killed")
    assert RECORD_FILE not in there  # It is not what tells of what was done.
    run = {"formats": ["npy"], "batch_size": 1, "skip_existing": True}
    report = predict_on_ray(DEFAULT_PRESET, [photos], "s3://rays/killed", **run)
    assert report.num_skipped > 0 and report.num_skipped + report.num_predicted == 11
    names = {f"{number:02d}.depth.npy" for number in range(12) if number != 5}
    assert contents(bucket, "rays/killed").keys() == names | {RECORD_FILE}


def test_shards_and_the_rest_when_one_is_missing(bucket, photos):
    rows = pytest.importorskip("pyarrow.parquet").read_table
    run = {"shards": "parquet", "shard_size": 5, "skip_existing": True}
    report = predict_on_ray(DEFAULT_PRESET, [photos], "s3://rays/rows", **run)
    assert report.num_predicted == 11 and len(report.failures) == 1
    shards = {f"depth-0000{number}.parquet" for number in range(3)}
    there = contents(bucket, "rays/rows")
    assert there.keys() == {*shards, RECORD_FILE}
    found = [row for name in sorted(shards) for row in rows(io.BytesIO(there[name])).to_pylist()]
    assert sorted(row["name"] for row in found) == [f"{number:02d}" for number in range(12)]
    assert [row["name"] for row in found if row["failure"]] == ["05"]
    assert json.loads(found[0]["sidecar"])["max"] == pytest.approx(max(found[0]["depth"]))

    bucket.rm_file("rays/rows/depth-00000.parquet")
    again = predict_on_ray(DEFAULT_PRESET, [photos], "s3://rays/rows", **run)
    assert again.num_predicted == 5 and again.num_skipped == 6
    assert [failure.source.name for failure in again.failures] == ["05"]
    predict_on_ray(DEFAULT_PRESET, [photos / "0[0-3].jpg"], "s3://rays/rows", **run)
    assert contents(bucket, "rays/rows").keys() == {"depth-00000.parquet", RECORD_FILE}


def test_records_of_a_data_set(bucket, pictures, tmp_path, capsys):
    for number in range(5):
        pictures.pair(tmp_path / "mine", f"{number}.jpg", f"{number}.png", seed=number)
    flags = ["--dataset", "folder", "--data-dir", str(tmp_path / "mine"), "--num-shards", "2"]
    for output in (str(tmp_path / "out"), "s3://rays/records"):
        engine = ["--engine", "ray"] if "://" in output else []
        with pytest.raises(SystemExit) as leaving:
            tfrecord_command([*flags, "--output", output, *engine])
        assert not leaving.value.code
        assert "5 samples in 2 shards" in capsys.readouterr().out
    there = contents(bucket, "rays/records")
    assert there == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    images = [tmp_path / "mine" / f"{number}.jpg" for number in range(5)]
    predict_to_folder(DEFAULT_PRESET, images, tmp_path / "depth", ["npy"])
    report = predict_on_ray(DEFAULT_PRESET, ["s3://rays/records"], "s3://rays/depth", ["npy"])
    assert report.num_predicted == 5 and not report.failures
    depth = contents(bucket, "rays/depth")
    for number in range(5):
        name = f"{number}.depth.npy"
        assert depth[name] == (tmp_path / "depth" / name).read_bytes()
