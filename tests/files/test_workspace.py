"""What killed processes leave goes the next time; what lives, or is somebody else's, stays."""

import os
import subprocess
import sys
import threading
import time

import pytest

from densedepth_tf.files import workspace
from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.file_lock import is_held, lock
from densedepth_tf.files.workspace import Workspace, remove_leftovers

# Begins to replace a file and a folder, says so, and waits to be killed.
HALF_DONE = """
import sys, time
from pathlib import Path
from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.files.workspace import REPLACED, Workspace

folder = Path(sys.argv[1])
with atomic_path(folder / "a.txt") as temporary:
    temporary.write_text("half")
    with Workspace(folder, "model") as workspace:
        (folder / "model").rename(workspace / REPLACED)
        print("busy", flush=True)
        time.sleep(600)
"""


@pytest.fixture
def half_done(tmp_path):
    (tmp_path / "a.txt").write_text("earlier")
    (tmp_path / "model").mkdir()
    (tmp_path / "model/saved_model.pb").write_text("earlier")
    process = subprocess.Popen(
        [sys.executable, "-c", HALF_DONE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "busy\n"
    yield process
    process.kill()
    process.communicate()


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_leftovers_go_when_their_process_is_gone(half_done, tmp_path):
    while_it_lives = names(tmp_path)
    assert len(while_it_lives) == 3 and "model" not in while_it_lives
    remove_leftovers(tmp_path)
    assert names(tmp_path) == while_it_lives
    half_done.kill()
    half_done.wait()
    remove_leftovers(tmp_path)
    assert names(tmp_path) == ["a.txt", "model"]
    assert (tmp_path / "a.txt").read_text() == "earlier"
    assert (tmp_path / "model/saved_model.pb").read_text() == "earlier"


def test_what_others_called_alike_stays(tmp_path):
    (tmp_path / ".densedepth_tf.file").touch()
    (tmp_path / ".densedepth_tf.new").mkdir()  # its owner has not written its name yet
    (tmp_path / ".a.txt.12345678").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".densedepth_tf.link").symlink_to("elsewhere")
    before = names(tmp_path)
    remove_leftovers(tmp_path)
    assert names(tmp_path) == before
    hours_ago = time.time() - 7200
    os.utime(tmp_path / ".densedepth_tf.new", (hours_ago, hours_ago))
    remove_leftovers(tmp_path)
    assert names(tmp_path) == [name for name in before if name != ".densedepth_tf.new"]


def test_what_was_killed_before_it_had_an_owner_goes_after_a_while(tmp_path):
    for content in (None, b""):
        place = tmp_path / f"{workspace.PREFIX}{content is None}"
        place.mkdir()
        if content is not None:
            (place / "owner").write_bytes(content)
    remove_leftovers(tmp_path)
    remove_leftovers(tmp_path, unfinished_after=60)
    assert len(names(tmp_path)) == 2
    earlier = time.time() - 61
    for path in (*tmp_path.rglob("*"),):
        os.utime(path, (earlier, earlier))
    remove_leftovers(tmp_path)
    assert len(names(tmp_path)) == 2
    remove_leftovers(tmp_path, unfinished_after=60)
    assert names(tmp_path) == []


def test_a_workspace_lasts_as_long_as_it_is_needed(tmp_path):
    with Workspace(tmp_path) as path:
        (path / "a").touch()
        remove_leftovers(tmp_path)
        assert (path / "a").exists()
    assert not list(tmp_path.iterdir())
    path = Workspace(tmp_path).path
    assert not path.exists()  # nobody holds it


def test_files_called_like_the_bookkeeping_are_written(tmp_path):
    for name in ("owner", "replaced", "new"):
        write_bytes(tmp_path / name, name.encode())
        write_bytes(tmp_path / name, name.encode())
    assert [(tmp_path / name).read_text() for name in names(tmp_path)] == names(tmp_path)
    assert names(tmp_path) == ["new", "owner", "replaced"]


def test_looking_for_leftovers_takes_no_lock_away(tmp_path, monkeypatch):
    looking = []

    def lock_while_another_looks(descriptor, wait=False):
        (owner,) = tmp_path.glob("*/owner")
        other = os.open(owner, os.O_RDWR)
        assert lock(other)
        looking.append(threading.Timer(0.05, os.close, [other]))
        looking[0].start()
        return lock(descriptor, wait)

    monkeypatch.setattr(workspace, "lock", lock_while_another_looks)
    with Workspace(tmp_path) as folder:
        looking[0].join()
        assert is_held(folder / "owner")
        remove_leftovers(tmp_path)
        assert folder.is_dir()
