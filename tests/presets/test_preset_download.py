"""Downloads, from a server on this machine that breaks off, goes on, lies or is gone."""

import hashlib
import http.server
import threading
from pathlib import Path

import keras
import numpy as np
import pytest

from densedepth_tf import DenseDepth
from densedepth_tf.files.claims import claim
from densedepth_tf.presets import presets
from densedepth_tf.presets.download import cached_download, download

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT at any path; what the path's name says goes wrong."""

    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.asked.append(asked)
        if "gone" in self.path:
            return self.send_error(404)
        start = 0
        if asked and "plain" not in self.path:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(CONTENT):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(CONTENT)}")
                return self.end_headers()
            self.send_response(206)
        else:
            self.send_response(200)
        self.send_header("Content-Type", "text/html" if "page" in self.path else "binary/x")
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        end = 100_000 if "breaks" in self.path and len(server.asked) == 1 else None
        self.wfile.write(CONTENT[start:end])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "densedepth_tf"


def test_it_is_downloaded_once(server, cache):
    for _ in range(2):
        path = cached_download("a.h5", [f"{server.address}/a"], SHA256)
    assert path == cache / "a.h5" and path.read_bytes() == CONTENT
    assert server.asked == [None]
    assert [each.name for each in cache.iterdir()] == ["a.h5"]


@pytest.mark.parametrize("path", ["breaks", "breaks_plain"])
def test_what_broke_off_goes_on(server, cache, path):
    """`plain`: a server without ranges sends all of it again."""
    address = f"{server.address}/{path}"
    with pytest.raises(OSError, match=r"100000 of 300000 bytes.*Get it from the page"):
        cached_download("a.h5", [address], SHA256, "the page")
    assert not (cache / "a.h5").exists()
    assert (cache / "a.h5.part").stat().st_size == 100_000
    assert cached_download("a.h5", [address], SHA256).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=100000-"]


def test_a_second_process_is_told_and_adds_nothing(server, cache):
    with claim(cache, ["a.h5"]):
        (cache / "a.h5.part").write_bytes(CONTENT[:100])
        with pytest.raises(OSError, match=r"Another process .* is writing '.*a\.h5'"):
            cached_download("a.h5", [f"{server.address}/a"])
        assert (cache / "a.h5.part").read_bytes() == CONTENT[:100] and not server.asked
    assert cached_download("a.h5", [f"{server.address}/a"]).read_bytes() == CONTENT


def test_a_part_that_is_whole_is_taken(server, tmp_path):
    (tmp_path / "a.part").write_bytes(CONTENT)
    download(f"{server.address}/a", tmp_path / "a", SHA256)
    assert (tmp_path / "a").read_bytes() == CONTENT
    (tmp_path / "b.part").write_bytes(CONTENT + b"!")
    with pytest.raises(OSError, match="did not fit"):
        download(f"{server.address}/b", tmp_path / "b")
    assert not (tmp_path / "b.part").exists()


def test_a_wrong_checksum_leaves_nothing(server, cache):
    with pytest.raises(OSError, match=rf"SHA-256 is {SHA256}, not 0000"):
        cached_download("a.h5", [f"{server.address}/a"], "0000")
    assert not list(cache.iterdir())


def test_the_next_address_is_tried(server, cache):
    addresses = [f"{server.address}/gone", f"{server.address}/page", f"{server.address}/a"]
    assert cached_download("a.h5", addresses, SHA256).read_bytes() == CONTENT


def test_dead_links_tell_the_manual_way(server, cache, monkeypatch):
    dead = presets.dataclasses.replace(
        presets.PRESETS["nyu"], addresses=(f"{server.address}/gone", f"{server.address}/page")
    )
    monkeypatch.setitem(presets.PRESETS, "nyu", dead)
    with pytest.raises(OSError) as failure:
        DenseDepth.from_preset("nyu")
    message = str(failure.value)
    for word in ("nyu.h5", "404", "a web page", "DenseDepth (165 MB)", "`path='nyu.h5'`"):
        assert word in message
    assert str(cache / "nyu.h5") in message and "\n" not in message


def test_keras_finds_it_too(server, cache):
    path = cached_download("a.h5", [f"{server.address}/a"], SHA256)
    found = keras.utils.get_file(
        "a.h5", f"{server.address}/gone", cache_dir=cache.parent, cache_subdir="densedepth_tf"
    )
    assert path == Path(found) and server.asked == [None]


def test_a_file_put_there_by_hand_is_used(cache, monkeypatch):
    monkeypatch.setitem(
        presets.PRESETS,
        "nyu",
        presets.dataclasses.replace(presets.PRESETS["nyu"], addresses=("http://127.0.0.1:9/x",)),
    )
    cache.mkdir(parents=True)
    (cache / "nyu.h5").write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match=r"Cannot read Keras 2 weights.*nyu\.h5"):
        DenseDepth.from_preset("nyu")
