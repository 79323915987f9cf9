"""The server gives the page's files, nothing else, and says what a browser must know."""

import pytest

from densedepth_tf.commands.web import main
from densedepth_tf.page.page_files import BUILT_PAGE, built_page, write_page
from densedepth_tf.page.page_server import PageServer, is_loopback


def test_files_come_with_their_kind_and_isolation(serve, ask, tmp_path):
    script = tmp_path / "a.js"
    script.write_bytes(b"1;")
    server = serve({"index.html": b"<p>", "assets/a.js": script, "model/model.onnx": b"\x08"})
    assert server.server_address[0] == "127.0.0.1"
    status, headers, content = ask(server, "/")
    assert (status, content) == (200, b"<p>")
    assert headers["Content-Type"].startswith("text/html")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "'unsafe-eval'" not in headers["Content-Security-Policy"]
    status, headers, content = ask(server, "/assets/a.js?v=1")
    assert (status, content) == (200, b"1;")
    assert headers["Content-Type"].startswith("text/javascript")
    status, headers, content = ask(server, "/model/model.onnx", "HEAD")
    assert (status, headers["Content-Length"], content) == (200, "1", b"")


@pytest.mark.parametrize(
    "address",
    [
        "/../secret",
        "/%2e%2e/secret",
        "//etc/passwd",
        "/assets/../../secret",
        "/..%5csecret",
        "/%00",
    ],
)
def test_no_other_file_can_be_asked_for(serve, ask, tmp_path, address):
    (tmp_path / "page").mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    index = tmp_path / "page" / "index.html"
    index.write_bytes(b"<p>")
    status, _, content = ask(serve({"index.html": index}), address)
    assert status == 404
    assert b"secret" not in content


def test_nothing_can_be_sent(serve, ask):
    assert ask(serve({"index.html": b"<p>"}), "/", "POST")[0] == 501


def test_a_taken_port_is_named(serve):
    port = serve({}).server_address[1]
    with pytest.raises(OSError, match=f"port {port} is taken"):
        PageServer({}, port=port)


def test_the_command_says_in_a_line_that_the_port_is_taken(serve, capsys):
    if not (BUILT_PAGE / "index.html").is_file():
        pytest.skip("The page has not been built (`make web`)")
    port = serve({}).server_address[1]
    with pytest.raises(SystemExit) as leaving:
        main(["--no-browser", "--port", str(port)])
    assert leaving.value.code == 2
    printed, told = capsys.readouterr()
    assert printed == "" and f"port {port} is taken; choose another --port" in told
    assert told.count("\n") == 1


def test_hosts_of_others_are_refused():
    with pytest.raises(OSError, match=r"cannot listen on 203\.0\.113\.1 port 0"):
        PageServer({}, host="203.0.113.1")
    assert is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("example.org")


def test_a_page_that_is_not_built_says_how(tmp_path):
    with pytest.raises(FileNotFoundError, match="`make web`"):
        built_page(tmp_path)


def test_a_written_page_has_every_file(tmp_path):
    (tmp_path / "in.css").write_bytes(b"p{}")
    files = {"index.html": b"<p>", "assets/in.css": tmp_path / "in.css"}
    assert write_page(files, tmp_path / "out" / "page") == 6
    assert (tmp_path / "out/page/index.html").read_bytes() == b"<p>"
    assert (tmp_path / "out/page/assets/in.css").read_bytes() == b"p{}"


def test_the_viewer_of_shared_files_is_no_part_of_the_page():
    if not (BUILT_PAGE / "index.html").is_file():
        pytest.skip("The page has not been built (`make web`)")
    assert "index.html" in built_page() and "share/viewer.js" not in built_page()
