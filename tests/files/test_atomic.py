"""Files are written whole or not at all."""

import pytest

from densedepth_tf.files.atomic import write_bytes, write_json


def test_a_full_disk_names_the_file_and_leaves_the_old_one(full_disk, tmp_path):
    path = tmp_path / "metrics.json"
    write_json(path, {"a": 1})
    before = path.read_bytes()
    with full_disk(100), pytest.raises(OSError, match=r"Cannot write '.*metrics\.json': "):
        write_bytes(path, bytes(1000))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_in_the_way_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"Cannot write to folder '.*file'"):
        write_bytes(tmp_path / "file" / "a.json", b"")
    (tmp_path / "a.json" / "b").mkdir(parents=True)
    with pytest.raises(OSError, match=r"Cannot write '.*/a\.json'"):
        write_bytes(tmp_path / "a.json", b"")
