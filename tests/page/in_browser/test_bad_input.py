"""Whatever is missing or wrong is said in a sentence, and the page goes on."""

import shutil
import struct
import zlib
from urllib.parse import urljoin

import pytest

from densedepth_tf.page.page_files import BUILT_PAGE

SUB_PATH = "a/site/below"
SAMPLE = BUILT_PAGE / "samples" / "study.jpg"


def png_of(width, height):
    """A PNG that declares a size and has no pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk


BAD_FILES = {
    "notes.jpg": (b"no picture at all", "no picture that this browser can open"),
    "empty.png": (b"", "no picture that this browser can open"),
    "huge.png": (png_of(12_000, 9_000), "108 megapixels; this page takes up to 64"),
    "cut.png": (png_of(20, 10), "no picture that this browser can open"),
    "phone.heic": (b"\0\0\0\x18ftypheic", "HEIC.*Save it as JPEG"),
}


def test_bad_pictures_are_told_and_good_ones_still_work(visit, says, show, served, tmp_path):
    tab = visit(served)
    says(tab, "#engine", "Ready")
    for name, (content, sentence) in BAD_FILES.items():
        (tmp_path / name).write_bytes(content)
        tab.set_input_files("#file", tmp_path / name)
        says(tab, "#problem", sentence)
    show(tab, SAMPLE)
    assert not tab.is_visible("#problem")


def test_a_refused_and_a_missing_camera(visit, says, served):
    refused = visit(served, flags=("--deny-permission-prompts",))
    refused.click("#camera")
    says(refused, "#problem", "camera was refused|No camera was found")
    missing = visit(
        served,
        flags=(
            "--use-fake-device-for-media-stream=device-count=0",
            "--use-fake-ui-for-media-stream",
        ),
    )
    missing.click("#camera")
    says(missing, "#problem", "No camera was found")


def test_without_webgl_all_but_the_room_works(visit, says, show, served):
    tab = visit(served, flags=("--disable-3d-apis",))
    show(tab, SAMPLE)
    tab.click("#show-room")
    says(tab, "#problem", "no WebGL.*all else works")
    tab.click("#show-picture")
    tab.click("#pointing")
    says(tab, "#measured", "One end is set")


def test_blocked_webassembly(visit, says, host, written_page):
    address = host(written_page, Content_Security_Policy="script-src 'self'")
    tab = visit(urljoin(address, f"{SUB_PATH}/"))
    says(tab, "#problem", "WebAssembly is blocked")


@pytest.mark.parametrize(
    ("name", "kept", "sentence"),
    [
        ("model.onnx", None, "model is missing: model/model.onnx"),
        ("model.onnx", 100_000, "may be damaged"),
        ("model.json", None, "model is missing: model/model.json"),
        ("model.json", 20, "model.json is damaged"),
    ],
)
def test_a_missing_or_damaged_model(
    visit, says, host, written_page, tmp_path, name, kept, sentence
):
    shutil.copytree(written_page / SUB_PATH, tmp_path / "page")
    spoiled = tmp_path / "page" / "model" / name
    content = spoiled.read_bytes()
    spoiled.unlink()
    if kept is not None:
        spoiled.write_bytes(content[:kept])
    tab = visit(host(tmp_path / "page"))
    says(tab, "#problem", sentence)
    says(tab, "#engine", "No model")
