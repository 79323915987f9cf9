"""Two processes in one folder of a bucket write different files."""

import contextlib
import datetime
import json
import subprocess
import sys
import time
import zlib

import pytest

from densedepth_tf.files import bucket_claims
from densedepth_tf.files.bucket import Bucket
from densedepth_tf.files.bucket_claims import CLAIM, claim_in_bucket
from densedepth_tf.files.outputs.output_place import output_place
from densedepth_tf.files.outputs.output_record import RECORD_FILE, stamp
from densedepth_tf.files.outputs.staged_output import staged_output

FOLDER = "claims/out"


@pytest.fixture(params=["s3", "gs"])
def place(request):
    """The files of a server, and the address of a folder there."""
    files = request.getfixturevalue(f"{request.param}_files")
    files.mkdir("claims")
    yield files, f"{request.param}://{FOLDER}"
    assert not [key for key in files.find("claims") if CLAIM in key]
    files.rm("claims", recursive=True)


def entered(address, *names):
    with claim_in_bucket(Bucket(address), address, names):
        pass


def test_a_second_process_is_told_whose_the_outputs_are(place):
    files, address = place
    with claim_in_bucket(Bucket(address), address, ["a", "sub/b"]):
        with pytest.raises(OSError, match=rf"Another process \(\d+ on .*'{address}/sub/b'; wait"):
            entered(address, "c", "sub/b")
        entered(address, "c")
        entered(f"{address}/sub", "b")  # another folder knows nothing of it
        assert len(files.find(FOLDER)) == 1  # whoever was refused has left nothing
        with pytest.raises(OSError, match="Another process"):
            entered(address, "a")
    entered(address, "a")


def test_outputs_of_all_kinds_are_claimed(place):
    _, address = place
    with output_place(address).claim(["a.png"]):
        with (
            pytest.raises(OSError, match=f"'{address}/a.png'"),
            staged_output(f"{address}/a.png", beside=()),
        ):
            pass
        with staged_output(f"{address}/b.onnx", beside=["a.png"]) as path:
            path.write_bytes(b"whole")
    with (
        staged_output(address, completes=["metrics.json"]),
        pytest.raises(OSError, match=f"'{address}/metrics.json'"),
        staged_output(address, completes=["metrics.json"]),
    ):
        pass


def dead_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_claim_ends_with_its_process(place):
    files, address = place
    for number, (process, host) in enumerate([(dead_process(), None), (1, "elsewhere")]):
        other = bucket_claims._this_process() | {"process": process, "names": ["a"]}
        other["host"] = host or other["host"]
        files.pipe_file(f"{FOLDER}/{CLAIM}{number}", zlib.compress(json.dumps(other).encode()))
    with pytest.raises(OSError, match=r"Another process \(1 on elsewhere\)"):
        entered(address, "a")
    files.rm_file(f"{FOLDER}/{CLAIM}1")
    entered(address, "a")


def test_an_old_claim_is_none(place, monkeypatch):
    _, address = place
    with claim_in_bucket(Bucket(address), address, ["a"]):
        # Servers tell whole seconds.
        monkeypatch.setattr(bucket_claims, "_STALE_AFTER", datetime.timedelta(seconds=-2))
        entered(address, "a")


def test_what_is_no_claim_keeps_nobody_out(place, monkeypatch):
    monkeypatch.setattr(bucket_claims, "_MOST_BYTES", 1000)
    files, address = place
    unpacks_to_much = bucket_claims._this_process() | {"names": ["a", "b" * 100_000]}
    contents = [b"", b"text", zlib.compress(b"[]"), zlib.compress(b'{"names": 3}')]
    contents.append(zlib.compress(json.dumps(unpacks_to_much).encode()))
    for number, content in enumerate(contents):
        files.pipe_file(f"{FOLDER}/{CLAIM}{number}", content)
    entered(address, "a")
    files.rm(FOLDER, recursive=True)


def test_a_claim_is_renewed(place, monkeypatch):
    files, address = place
    monkeypatch.setattr(bucket_claims, "_RENEWED_AFTER", 0.2)
    with claim_in_bucket(Bucket(address), address, ["a"]):
        (own,) = files.find(FOLDER)
        files.pipe_file(own, b"")
        deadline = time.monotonic() + 60
        while not files.cat_file(own) and time.monotonic() < deadline:
            time.sleep(0.01)
        monkeypatch.setattr(bucket_claims, "_RENEWED_AFTER", 3600)  # The server of gs:// is slow.
        with pytest.raises(OSError, match="Another process"):
            entered(address, "a")


def test_a_record_keeps_what_others_have_added(place, tmp_path):
    """Two processes with different outputs know both when they come again."""
    _, address = place
    sources, both = {}, [output_place(address), output_place(address)]
    with contextlib.ExitStack() as records:
        for name, each in zip("ab", both, strict=True):
            sources[name] = tmp_path / f"{name}.jpg"
            sources[name].write_text(name)
            record = records.enter_context(each.record("settings"))
            (each.folder / f"{name}.png").write_text(name)
            each.publish([f"{name}.png"])
            record.add([sources[name]], [f"{name}.png"], [stamp(sources[name])])
    with output_place(address).record("settings") as record:
        assert all(record.is_current([sources[name]], [f"{name}.png"]) for name in "ab")
    assert RECORD_FILE in Bucket(address).names_in(address)
