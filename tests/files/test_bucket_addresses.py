"""An address in a bucket is told of, and no folder of its name is made on this machine."""

import sys

import pytest

from densedepth_tf.checkpoints import load
from densedepth_tf.commands.predict import main as predict
from densedepth_tf.data.sources import open_source
from densedepth_tf.files.atomic import write_text
from densedepth_tf.files.web_address import check_no_bucket
from densedepth_tf.files.writable_folder import check_writable_folder, named_path
from densedepth_tf.inference.image_sources import find_images


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scheme", ["s3", "gs", "hf", "az", "S3", "abfss"])
def test_every_kind_is_known_as_given_and_as_a_path(scheme):
    for address in (f"{scheme}://bucket/a", f"{scheme}:/bucket/a"):
        with pytest.raises(
            ValueError, match=rf"^`data_dir`: Buckets are neither read.*Received: '{address}'"
        ):
            check_no_bucket(address, "data_dir")


@pytest.mark.parametrize("path", ["s3/bucket/a", "./gs", "C:/pictures", "hf", "camera:0"])
def test_paths_are_paths(path):
    check_no_bucket(path)


@pytest.mark.parametrize(
    "use",
    [
        load,
        named_path,
        check_writable_folder,
        lambda address: find_images([address]),
        lambda address: write_text(address, "all that is written in one step"),
        lambda address: open_source("folder", address, "train"),
    ],
    ids=["load", "output", "folder", "input", "file", "data"],
)
def test_readers_and_writers_refuse_them(use):
    with pytest.raises(ValueError, match="Buckets are neither read nor written here"):
        use("az://bucket/a")


def test_tfrecords_may_lie_there():
    assert named_path("gs://bucket/a", "output_dir", buckets=True).name == "a"


def test_a_command_tells_it_in_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        predict(["--input", "a.jpg", "--output", "az://bucket/depth"])
    error = capsys.readouterr().err
    assert ended.value.code == 2 and error.count("\n") == 1 and "--output: Buckets are" in error


@pytest.mark.parametrize(("scheme", "package"), [("s3", "s3fs"), ("gs", "gcsfs")])
def test_the_extra_to_install_is_named(scheme, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"'{package}': pip install 'densedepth-tf\[{scheme}\]'"):
        open_source("nyu", f"{scheme}://bucket/a", "train")
