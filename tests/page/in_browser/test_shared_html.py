"""A file of `predict.py --save html`, opened from the disk."""

import re

import numpy as np

from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.page.page_files import BUILT_PAGE

SAMPLE = BUILT_PAGE / "samples" / "study.jpg"
DRAWN = """() => {
    const canvas = document.getElementById("room");
    const [width, height] = [240, Math.round((240 * canvas.height) / canvas.width)];
    const copy = new OffscreenCanvas(width, height).getContext("2d");
    copy.imageSmoothingEnabled = false;
    copy.drawImage(canvas, 0, 0, width, height);
    return Array.from(copy.getImageData(0, 0, width, height).data);
}"""


def test_the_room_turns_and_is_measured_without_any_request(
    launch, says, drawn, tmp_path, monkeypatch
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    predict_to_folder("nyu_small", [SAMPLE], tmp_path, ["html"])
    text = (tmp_path / "study.html").read_text()
    data = re.findall(r'base64,(.*?)"|id="units">(.*?)<', text)
    assert len(text) - sum(len(part) for found in data for part in found) < 3_000_000
    address = (tmp_path / "study.html").as_uri()
    context = launch().new_context()
    asked, errors = [], []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(address)
    seen = drawn(tab, DRAWN, None, lambda pixels: len(np.unique(pixels, axis=0)) > 1000)
    box = tab.locator("#room").bounding_box()
    for share in (0.4, 0.6):
        tab.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
    says(tab, "#measured", r"\d\.\d\d m · lens: assumed 63 degrees")
    tab.click("#surface")
    drawn(tab, DRAWN, None, lambda surface: (surface != seen).any(axis=1).mean() > 0.01)
    tab.click("#colors")
    drawn(tab, DRAWN, None, lambda colored: (colored != seen).any(axis=1).mean() > 0.2)
    assert [url for url in asked if not re.match(re.escape(address) + "|data:|blob:", url)] == []
    assert errors == []
    context.close()
