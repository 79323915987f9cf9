"""Two processes never write one output: the second is told."""

import subprocess
import sys

import pytest

from densedepth_tf.files.claims import claim

HOLD = """
import sys
from densedepth_tf.files.claims import claim
with claim(sys.argv[1], sys.argv[2:]):
    print("claimed", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that writes `out/a.png` and `out/sub/b.png`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "out"), "a.png", "sub/b.png"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "claimed\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_is_told_and_others_go_on(other, tmp_path):
    out = tmp_path / "out"
    (tmp_path / "link").symlink_to(out)
    for spelled in (out, tmp_path / "other/../out", tmp_path / "link"):
        (tmp_path / "other").mkdir(exist_ok=True)
        with pytest.raises(OSError, match=rf"process \({other.pid} on .*sub/b\.png'"):
            claim(spelled, ["c.png", "sub/b.png"]).__enter__()
    with pytest.raises(OSError, match=r"a\.png' and 1 more"):
        claim(out, ["a.png", "sub/b.png"]).__enter__()
    with claim(out, ["c.png"]), pytest.raises(OSError, match=r"c\.png'"):  # of this very process
        claim(out, ["c.png"]).__enter__()
    other.communicate("")
    assert other.returncode == 0 and not out.exists()  # nothing was written to it
    with claim(out, ["a.png"]):
        (out / "a.png").touch()
    assert [entry.name for entry in out.iterdir()] == ["a.png"]


def test_what_a_killed_process_claimed_is_free(other, tmp_path):
    other.kill()
    other.wait()
    assert list((tmp_path / "out").iterdir())
    with claim(tmp_path / "out", ["a.png"]):
        pass
    assert not list((tmp_path / "out").iterdir())
