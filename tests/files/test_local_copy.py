"""Copies of what lies in a bucket: made once, whole or not at all, and where no name decides."""

import shutil
import socket
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import pytest

from densedepth_tf.files.bucket import Bucket
from densedepth_tf.files.local_copy import local_copy
from densedepth_tf.files.workspace import PREFIX


@pytest.fixture
def bucket(s3_files, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    s3_files.mkdir("models")
    for name in ("run/model.keras", "run/pose.keras", "run/logs/epochs.csv", "net.xml", "net.bin"):
        s3_files.pipe_file(f"models/{name}", name.encode())
    yield s3_files
    s3_files.rm("models", recursive=True)


def copied(address, of_folder=lambda names: names, beside=lambda name: set()):
    return local_copy(address, of_folder, beside)


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_folders_and_files_with_what_belongs_to_them(bucket):
    names = {"model.keras", "pose.keras"}
    run = copied("s3://models/run/", lambda given: {name for name in given if "/" not in name})
    assert run.name == "run" and contents(run) == {name: f"run/{name}".encode() for name in names}
    assert contents(copied("s3://models/run")).keys() == names | {"logs/epochs.csv"}
    net = copied("s3://models/net.xml", beside=lambda name: {"net.bin", "missing.csv"})
    assert net.name == "net.xml" and contents(net.parent).keys() == {"net.xml", "net.bin"}


def test_it_is_downloaded_again_when_it_has_changed(bucket):
    first = copied("s3://models/run/model.keras")
    first.write_bytes(b"mark of the copy")
    assert copied("s3://models/run/model.keras") == first
    assert first.read_bytes() == b"mark of the copy"
    bucket.pipe_file("models/run/model.keras", b"run/model.KERAS")  # as many bytes
    second = copied("s3://models/run/model.keras")
    assert second != first and second.read_bytes() == b"run/model.KERAS"


def test_what_is_missing_or_too_large_leaves_nothing(bucket, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"nothing to read there.*'s3://models/none'"):
        copied("s3://models/none")
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(free=20))
    with pytest.raises(OSError, match=r"'s3://models/run' has 0 MB, and the disk of"):
        copied("s3://models/run")
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {".lock"}


def test_several_that_need_it_download_it_once(bucket, monkeypatch):
    seen = []
    download = Bucket.download

    def record(self, file, *more):
        seen.append(file.name)
        download(self, file, *more)

    monkeypatch.setattr(Bucket, "download", record)
    with ThreadPoolExecutor(4) as pool:
        copies = set(pool.map(copied, ["s3://models/run"] * 4))
    assert len(copies) == 1 and sorted(seen) == ["epochs.csv", "model.keras", "pose.keras"]


def test_what_a_killed_download_left_is_removed(bucket, tmp_path):
    copy = copied("s3://models/net.bin")
    left = copy.parent.parent / f"{PREFIX}killed"
    left.mkdir()
    (left / "owner").write_bytes(socket.gethostname().encode() + b"\n")
    shutil.rmtree(copy.parent)
    assert copied("s3://models/net.bin") == copy and not left.exists()


@pytest.mark.parametrize("key", ["run/../../evil", "run//evil", "run/a\\..\\evil"])
def test_no_name_leads_out_of_the_cache(bucket, tmp_path, key):
    bucket.call_s3("put_object", Bucket="models", Key=key, Body=b"x")
    with pytest.raises(ValueError, match=r"name is no file name: .*evil'"):
        copied("s3://models/run")
    assert not list(tmp_path.rglob("*evil*"))
