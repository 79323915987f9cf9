"""Predictions on a pool of Ray's actors, on this machine and on a cluster of two nodes."""

import io
import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.outputs.output_record import RECORD_FILE
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.presets.presets import DEFAULT_PRESET

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'densedepth-tf[ray]'")

from densedepth_tf.bulk.predict_on_ray import predict_on_ray  # noqa: E402

pytestmark = pytest.mark.long

FORMATS = ("png", "color", "npy")
SIZES = [(96, 128), (96, 128), (64, 96)]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """42 pictures of two sizes in a tree: two cannot be read, of one the camera is known."""
    folder, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    (folder / "sub").mkdir()
    for number in range(42):
        blocks = Image.fromarray(rng.integers(0, 255, (6, 8, 3)).astype(np.uint8))
        place = folder / "sub" if number % 4 == 0 else folder
        size = SIZES[number % 3]
        blocks.resize(size[::-1]).save(place / f"{number:03d}.{'jpg' if number % 2 else 'png'}")
    with Image.open(folder / "001.jpg") as image:
        exif = image.getexif()
        exif.get_ifd(0x8769)[0xA405] = 28  # the focal length on film, millimetres
        image.save(folder / "001.jpg", exif=exif)
    whole = (folder / "005.jpg").read_bytes()
    (folder / "007.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "sub" / "008.png").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def expected(photos, tmp_path_factory):
    """The files that `predict.py` writes of them."""
    output = tmp_path_factory.mktemp("expected")
    predict_to_folder(DEFAULT_PRESET, [photos], output, FORMATS, batch_size=2)
    return contents(output)


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD_FILE
    }


def test_the_same_files_and_the_rest_when_it_is_started_again(
    shared_ray, photos, expected, tmp_path
):
    output = tmp_path / "out"
    one = predict_on_ray(DEFAULT_PRESET, [photos / "00[1-5].*"], output, FORMATS)
    assert not one.failures and one.num_predicted == 4
    report = predict_on_ray(
        *(DEFAULT_PRESET, [photos], output, FORMATS), batch_size=2, skip_existing=True, actors=2
    )
    assert contents(output) == expected
    assert report.num_skipped == one.num_predicted
    assert report.num_predicted == 40 - report.num_skipped
    assert [failure.source.name for failure in report.failures] == ["007", "sub/008"]
    again = predict_to_folder(
        DEFAULT_PRESET, [photos], output, FORMATS, batch_size=2, skip_existing=True
    )
    assert again.num_skipped == 40 and again.num_predicted == 0
    assert one.lens is not None and one.lens.known.total() == 1


def test_pictures_in_a_bucket_are_brought_by_the_actors(
    shared_ray, photos, expected, tmp_path, s3_files
):
    s3_files.mkdir("bulk")
    for path in (path for path in sorted(photos.rglob("*")) if path.is_file()):
        s3_files.put_file(str(path), f"bulk/in/{path.relative_to(photos).as_posix()}")
    inputs, output = ["s3://bulk/in"], tmp_path / "out"
    settings = {"batch_size": 2, "skip_existing": True, "actors": 2}
    report = predict_on_ray(DEFAULT_PRESET, inputs, output, FORMATS, **settings)
    found = contents(output)
    assert found.keys() == expected.keys()
    unlike = {name for name in found if found[name] != expected[name]}
    assert unlike == {name for name in found if name.endswith(".json")}  # which name the picture
    assert json.loads(found["001.depth.json"])["image"] == "s3://bulk/in/001.jpg"
    assert [failure.source.title for failure in report.failures] == [
        "s3://bulk/in/007.jpg",
        "s3://bulk/in/sub/008.png",
    ]
    again = predict_to_folder(
        DEFAULT_PRESET, inputs, output, FORMATS, batch_size=2, skip_existing=True
    )
    assert again.num_skipped == 40
    predict_on_ray(DEFAULT_PRESET, ["s3://bulk/in/sub"], tmp_path / "rows", shards="parquet")
    rows = read_parquet_rows(tmp_path / "rows/depth-00000.parquet")
    images = {row["image"]: row["failure"] for row in rows}
    assert len(images) == 11 and images["s3://bulk/in/sub/000.png"] is None
    assert "'s3://bulk/in/sub/008.png'" in images["s3://bulk/in/sub/008.png"]
    s3_files.rm("bulk", recursive=True)


@pytest.mark.parametrize("kind", [pytest.param("parquet", marks=pytest.mark.slow), "tfrecord"])
def test_shards_hold_metres_descriptions_and_failures(shared_ray, kind, photos, expected, tmp_path):
    run = {"batch_size": 2, "shards": kind, "shard_size": 16, "actors": 2}
    report = predict_on_ray(DEFAULT_PRESET, [photos], tmp_path / "out", **run)
    assert report.num_predicted == 40 and len(report.failures) == 2
    shards = [f"depth-0000{number}.{kind}" for number in range(3)]
    assert sorted(contents(tmp_path / "out")) == shards
    rows = [row for shard in shards for row in READERS[kind](tmp_path / "out" / shard)]
    assert len(rows) == len({row["name"] for row in rows}) == 42
    for row in rows:
        if row["name"] in ("007", "sub/008"):
            assert row["image"] in row["failure"] and row["depth"] is None
            continue
        metres = np.load(io.BytesIO(expected[f"{row['name']}.depth.npy"]), allow_pickle=False)
        np.testing.assert_array_equal(row["depth"], metres)
        told = json.loads(row["sidecar"])
        assert not row["failure"] and told["image"] == row["image"]
        assert told["max"] == pytest.approx(metres.max()) and "metres_per_unit" not in told

    (tmp_path / "out" / shards[1]).unlink()
    again = predict_on_ray(DEFAULT_PRESET, [photos], tmp_path / "out", **run, skip_existing=True)
    assert again.num_predicted == sum(row["depth"] is not None for row in rows[16:32])
    assert again.num_predicted + again.num_skipped == 40
    assert sorted(failure.source.name for failure in again.failures) == ["007", "sub/008"]
    fewer = [photos / f"{number:03d}.*" for number in (1, 2, 3)]
    predict_on_ray(DEFAULT_PRESET, fewer, tmp_path / "out", **run)
    assert sorted(contents(tmp_path / "out")) == shards[:1]


def read_parquet_rows(path):
    return pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()


def read_parquet(path):
    table = pytest.importorskip("pyarrow.parquet").read_table(path)
    for row in table.to_pylist():
        if row["depth"] is not None:
            row["depth"] = np.asarray(row["depth"], np.float32).reshape(row["height"], row["width"])
        yield row


def read_tfrecord(path):
    tf = pytest.importorskip("tensorflow")
    for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
        features = tf.train.Example.FromString(record).features.feature
        row = {name: feature.bytes_list.value for name, feature in features.items()}
        row = {name: value[0] for name, value in row.items() if value}
        depth = row.pop("depth", None)
        yield {
            **{name: value.decode() for name, value in row.items()},
            "depth": None if depth is None else read_depth(depth)[..., 0],
        }


READERS = {"parquet": read_parquet, "tfrecord": read_tfrecord}


def test_a_node_that_dies_leaves_nothing_out(photos, expected, tmp_path, cluster):
    output, victim = tmp_path / "out", cluster.add_node(num_cpus=3)
    done, killed = threading.Event(), threading.Event()

    def kill():
        while not done.is_set() and len(list(output.glob("*.npy"))) < 4:
            time.sleep(0.01)
        cluster.remove_node(victim, allow_graceful=False)
        killed.set()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        report = predict_on_ray(
            *(DEFAULT_PRESET, [photos], output, FORMATS),
            **{"batch_size": 2, "address": cluster.address, "actors": 3},
        )
    finally:
        done.set()
        killer.join()
    assert killed.is_set() and contents(output) == expected
    assert report.num_predicted == 40 and len(report.failures) == 2
    again = predict_to_folder(
        DEFAULT_PRESET, [photos], output, FORMATS, batch_size=2, skip_existing=True
    )
    assert again.num_skipped == 40


def test_a_killed_run_goes_on_where_it_was(no_ray, photos, expected, tmp_path):
    output = tmp_path / "out"
    command = [sys.executable, "-m", "densedepth_tf", "predict", "--engine", "ray", "--actors", "2"]
    command += ["--input", str(photos), "--output", str(output), "--save", ",".join(FORMATS)]
    process = subprocess.Popen([*command, "--batch-size", "2"], stdout=subprocess.DEVNULL)
    while process.poll() is None and num_recorded(output) < 12:
        time.sleep(0.01)
    process.kill()
    process.wait()
    report = predict_on_ray(
        *(DEFAULT_PRESET, [photos], output, FORMATS), batch_size=2, skip_existing=True
    )
    assert contents(output) == expected
    assert report.num_skipped > 0 and report.num_skipped + report.num_predicted == 40
    assert not ray.is_initialized()


def num_recorded(output):
    record = output / RECORD_FILE
    return len(record.read_text().split("\n")) if record.exists() else 0


@pytest.fixture
def cluster(no_ray, monkeypatch):
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    options = {"num_cpus": 2, "include_dashboard": False, "object_store_memory": 2**27}
    cluster = Cluster(initialize_head=True, head_node_args=options)
    yield cluster
    cluster.shutdown()
