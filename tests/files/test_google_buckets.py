"""What S3 is tested with file by file, once at gs:// addresses, on a server of this machine."""

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.sources import open_source
from densedepth_tf.files.bucket import Bucket
from densedepth_tf.files.local_copy import on_this_machine
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.training.run.bucket_run import BucketRun


class Bright:
    """Depth is brightness."""

    weights = (np.float32(1),)

    def predict_depth(self, images):
        return images.astype(np.float32).mean(axis=-1, keepdims=True) / 50


@pytest.fixture(scope="module")
def bucket(gs_files, tmp_path_factory, pictures):
    gs_files.mkdir("photos")
    folder = tmp_path_factory.mktemp("in") / "mine"
    for name in ("a", "sub/b"):
        pictures.pair(folder, f"{name}.jpg", f"{name}.png")
    for path in (path for path in sorted(folder.rglob("*")) if path.is_file()):
        gs_files.put_file(str(path), f"photos/mine/{path.relative_to(folder).as_posix()}")
    return folder


def names(files, folder):
    return {key.removeprefix(f"{folder}/") for key in files.find(folder)}


def test_pictures_and_results(bucket, gs_files):
    def predict():
        report = predict_to_folder(
            Bright(), ["gs://photos/mine/**/*.jpg"], "gs://photos/out", ["npy"], skip_existing=True
        )
        return report.num_predicted, report.num_skipped

    assert predict() == (2, 0) and predict() == (0, 2)
    found = {name for name in names(gs_files, "photos/out") if not name.startswith(".")}
    assert found == {"a.depth.npy", "sub/b.depth.npy"}
    content = gs_files.cat_file("photos/mine/a.jpg")
    gs_files.pipe_file("photos/mine/a.jpg", content + b" ")
    assert predict() == (1, 1)


def test_data_and_copies(bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    here, there = FolderSource(bucket), open_source("folder", "gs://photos/mine", "train")
    assert len(there) == len(here) == 2
    np.testing.assert_array_equal(there[1]["depth"], here[1]["depth"])
    copy = Path(on_this_machine("gs://photos/mine/sub"))
    assert {path.name for path in copy.iterdir()} == {"b.jpg", "b.png"}


def test_run_folders(gs_files, bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    run = BucketRun("gs://photos/runs/demo")
    run.check_writable()
    run.fetch()
    for epoch in (1, 2):
        shutil.rmtree(run.path / "backup", ignore_errors=True)
        state = run.path / f"backup/epoch-0000{epoch}"
        state.mkdir(parents=True)
        for name in ("state.json", "state.weights.h5"):
            (state / name).write_bytes(b"%d" % epoch)
        run.push()
    expected = {"backup/epoch-00002/state.json", "backup/epoch-00002/state.weights.h5"}
    assert names(gs_files, "photos/runs/demo") == expected
    again = BucketRun("gs://photos/runs/demo")
    again.fetch()
    assert (again.path / "backup/epoch-00002/state.json").read_bytes() == b"2"
    for each in (run, again):
        each.remove()


def test_libraries_log_nothing_beside_the_error(gs_files, capsys, monkeypatch):
    """As gcsfs does, pages of stacks, of a server that cannot be reached."""
    monkeypatch.setattr(logging.root, "handlers", [])
    Bucket("gs://photos")
    for library in ("gcsfs", "fsspec.asyn", "google.auth"):
        logging.getLogger(library).error("out of retries", stack_info=True)
    assert not capsys.readouterr().err


def test_an_unknown_bucket_is_told(gs_files):
    with pytest.raises(ValueError, match="no data folder or file 'gs://nobody/x'"):
        open_source("folder", "gs://nobody/x", "train")
    with pytest.raises(OSError, match="Cannot write to 'gs://nobody/out': "):
        BucketRun("gs://nobody/out").check_writable()
