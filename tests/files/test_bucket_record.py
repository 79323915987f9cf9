"""The record of outputs in a bucket, of which several processes write a part each."""

import pytest

from densedepth_tf.files.outputs.output_place import BucketPlace
from densedepth_tf.files.outputs.output_record import RECORD_FILE, stamp

ADDRESS = "s3://recorded/out"


@pytest.fixture
def source(s3_files, tmp_path):
    """A picture, and an empty bucket."""
    s3_files.mkdir("recorded")
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a picture")
    yield path
    s3_files.rm("recorded", recursive=True)


def write_part(source, names, note=None):
    """What a process does that writes a part of the outputs."""
    place = BucketPlace(ADDRESS, lists=False)
    with place.record_of_part("settings") as record:
        for name in names:
            (place.folder / name).write_bytes(name.encode())
        place.publish(names)
        record.add([source], names, [stamp(source)], note)
    return record.part


def names_there(s3_files):
    return {key.removeprefix("recorded/out/") for key in s3_files.find("recorded/out")}


def test_a_part_counts_before_the_record_has_it(source, s3_files):
    part = write_part(source, ["a.npy", "a.png"])
    write_part(source, ["b.npy"], note={"b": "a reason"})
    assert names_there(s3_files) > {"a.npy", "a.png", "b.npy", part.name}
    for _ in range(2):  # as parts, and once they are in the record
        with BucketPlace(ADDRESS).record("settings") as record:
            assert record.is_current([source], ["a.npy", "a.png", "b.npy"])
            assert record.note("b.npy") == {"b": "a reason"}
        assert names_there(s3_files) == {"a.npy", "a.png", "b.npy", RECORD_FILE}
    assert not BucketPlace(ADDRESS).record("others").is_current([source], ["a.npy"])


def test_a_part_that_was_taken_over_is_removed(source, s3_files):
    with BucketPlace(ADDRESS).record("settings") as record:
        record.take_over(write_part(source, ["a.npy"]))
        record.take_over(write_part(source, ["a.npy"]))  # done again
        assert not record.is_current([source], ["a.npy"])  # It is about what was there before.
    assert names_there(s3_files) == {"a.npy", RECORD_FILE}
    assert BucketPlace(ADDRESS).record("settings").is_current([source], ["a.npy"])
