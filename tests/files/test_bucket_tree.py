"""Data in a bucket, from a real server on this machine: folders, zips and what can be wrong."""

import zipfile

import cv2
import numpy as np
import pytest

from densedepth_tf.data.sources import open_source
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.bucket_tree import open_bucket_tree


@pytest.fixture(scope="module")
def nyu(s3_files, tmp_path_factory):
    """Four pairs as the official archive has them, in a folder and in a zip of the bucket."""
    s3_files.mkdir("data")
    folder = tmp_path_factory.mktemp("nyu")
    (folder / "data").mkdir()
    rows = []
    for index in range(4):
        image = np.full((32, 48, 3), 40 * index + 20, np.uint8)
        cv2.imwrite(str(folder / f"data/{index}.jpg"), image)
        cv2.imwrite(str(folder / f"data/{index}.png"), np.full((32, 48), 51, np.uint8))
        rows.append(f"data/{index}.jpg,data/{index}.png\n")
    (folder / "data/nyu2_train.csv").write_text("".join(rows))
    names = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    with zipfile.ZipFile(folder / "nyu_data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in names:
            archive.write(path, path.relative_to(folder))
    for path in [*names, folder / "nyu_data.zip"]:
        s3_files.put_file(str(path), f"data/nyu/{path.relative_to(folder).as_posix()}")
    return folder


@pytest.mark.parametrize("place", ["nyu", "nyu/", "nyu/nyu_data.zip"])
def test_samples_are_those_of_the_folder(nyu, place):
    here = open_source("nyu", nyu, "train")
    there = open_source("nyu", f"s3://data/{place}", "train")
    assert len(there) == 4
    for index in range(4):
        for key in ("image", "depth"):
            np.testing.assert_array_equal(there[index][key], here[index][key])


def test_what_is_missing_is_told(nyu):
    for address in ("s3://data/nothing", "s3://nobody/nyu", "s3://data/nyu/data/0.zip"):
        with pytest.raises(ValueError, match=f"no data folder or file '{address}'"):
            open_source("nyu", address, "train")
    with pytest.raises(ValueError, match=r"'s3://data/nyu/data/0.jpg' is not a complete zip"):
        open_source("nyu", "s3://data/nyu/data/0.jpg", "train")
    with pytest.raises(BadSampleError, match=r"Cannot read 's3://data/nyu/none.jpg'"):
        open_bucket_tree("s3://data/nyu").read("none.jpg")
    with pytest.raises(BadSampleError, match="too large"):
        open_bucket_tree("s3://data/nyu").read("data/0.jpg", most_bytes=10)


def test_addresses_are_told_from_paths():
    assert is_bucket("s3://a/b") and is_bucket("gs://a") and is_bucket("hf://datasets/a/b")
    assert not is_bucket("s3:/a") and not is_bucket("a/b") and not is_bucket("https://a/b")
