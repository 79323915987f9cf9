"""A person's way through the page: photograph, depth, measuring, the room, files, the camera."""

import base64
import re

import numpy as np
import pytest

from densedepth_tf.geometry.back_projection import back_project
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_from_fov
from densedepth_tf.geometry.cameras.intrinsics_source import assumed_intrinsics
from densedepth_tf.geometry.depth_model import lens_factor_of
from densedepth_tf.inference.quick_load import quick_load
from densedepth_tf.page.page_files import BUILT_PAGE

SAMPLE = BUILT_PAGE / "samples" / "study.jpg"
PUT_IN = """([kind, text]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "photograph.jpg", { type: "image/jpeg" }));
    const event = kind === "drop"
        ? new DragEvent("drop", { dataTransfer: data, bubbles: true })
        : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
    document.body.dispatchEvent(event);
}"""
PIXELS = """(id) => {
    const canvas = document.getElementById(id);
    const [width, height] = [240, Math.round((240 * canvas.height) / canvas.width)];
    const copy = new OffscreenCanvas(width, height).getContext("2d");
    copy.imageSmoothingEnabled = false;
    copy.drawImage(canvas, 0, 0, width, height);
    return Array.from(copy.getImageData(0, 0, width, height).data);
}"""


BACKGROUND = (0x10, 0x14, 0x1C, 255)


def number(text):
    return float(re.search(r"\d+\.\d+", text)[0])


def distance(depth, intrinsics, pixels):
    space = back_project(depth, intrinsics)
    return np.linalg.norm(space[pixels[0]] - space[pixels[1]])


def click_pixel(tab, pixel, size):
    box = tab.locator("#pointing").bounding_box()
    (row, column), (height, width) = pixel, size
    across = box["x"] + (column + 0.5) * box["width"] / width
    tab.mouse.click(across, box["y"] + (row + 0.5) * box["height"] / height)


@pytest.mark.parametrize("kind", ["drop", "paste", "sample"])
def test_a_photograph_comes_in(visit, says, served, kind):
    tab = visit(served)
    if kind == "sample":
        tab.click("[data-sample]")
    else:
        content = base64.b64encode(SAMPLE.read_bytes()).decode()
        tab.evaluate(PUT_IN, [kind, content])
    says(tab, "#engine", "Depth in")
    assert tab.locator("#bar-ticks span").count() >= 3
    says(tab, "#bar-ticks", r"\d m")


def test_the_slide_uncovers_the_depth(visit, show, served):
    tab = visit(served)
    show(tab, SAMPLE)
    for value, hidden in (("0", "100%"), ("100", "0%")):
        tab.locator("#wipe").fill(value)
        assert hidden in tab.locator("#depth").evaluate("each => each.style.clipPath")


def test_measuring_and_calibration(site, visit, show, take, says):
    tab = visit(site)
    show(tab, SAMPLE)
    depth = np.load(take(tab, "npy"))
    pixels = [(100, 120), (400, 500)]
    for pixel in pixels:
        click_pixel(tab, pixel, depth.shape)
        assert number(tab.inner_text("#tip")) == pytest.approx(depth[pixel], abs=0.006)
    length = distance(depth, assumed_intrinsics(depth.shape), pixels)
    assert number(tab.inner_text("#measured")) == pytest.approx(length, abs=0.006)
    says(tab, "#measured", "lens not known, 63° from left to right assumed")

    tab.locator("#fov").fill("50")
    longer = intrinsics_from_fov(50, depth.shape)
    factor = lens_factor_of(quick_load("nyu_small"), longer, depth.shape)
    brought = np.load(take(tab, "npy"))
    np.testing.assert_allclose(brought, depth * factor, rtol=1e-5)
    # A click falls on whole pixels of the screen, which may be beside the pixel that is meant.
    expected = pytest.approx(distance(brought, longer, pixels), rel=0.005)
    assert number(tab.inner_text("#measured")) == expected
    says(tab, "#measured", rf"brought to this lens \(.\s{factor:.3f}\)")
    tab.click("#own-lens")
    assert number(tab.inner_text("#measured")) == pytest.approx(length, abs=0.006)

    tab.fill("#known", "2.5")
    tab.click("#calibrate [type=submit]")
    says(tab, "#measured", r"2\.50 m.*calibrated")
    calibrated = np.load(take(tab, "npy"))
    np.testing.assert_allclose(calibrated, depth * (2.5 / length), rtol=1e-3)
    tab.locator("#fov").fill("90")
    says(tab, "#measured", "lens as you set it")
    assert number(tab.inner_text("#measured")) > 2.5  # a wider lens, further apart


def test_the_room_is_shown_turned_and_measured(site, visit, show, says, drawn):
    tab = visit(site)
    show(tab, SAMPLE)
    tab.click("#show-room")
    seen = drawn(tab, PIXELS, "room", lambda pixels: len(np.unique(pixels, axis=0)) > 1000)
    tab.focus("#room")
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    drawn(tab, PIXELS, "room", lambda turned: (seen != turned).any(axis=1).mean() > 0.1)
    tab.click("#reset")
    points = drawn(tab, PIXELS, "room", lambda again: np.array_equal(again, seen))
    tab.click("#as-surface")
    surface = drawn(tab, PIXELS, "room", lambda now: (now != points).any(axis=1).mean() > 0.01)
    is_empty = (surface == BACKGROUND).all(axis=1)
    assert is_empty.mean() < 0.6  # it covers what the points have covered
    tab.locator("#edges").fill("60")
    says(tab, "#edges-shown", "60°")
    drawn(tab, PIXELS, "room", lambda now: (now == BACKGROUND).all(1).sum() > 1.02 * is_empty.sum())
    tab.locator("#edges").fill("90")
    says(tab, "#edges-shown", "all are kept")
    drawn(tab, PIXELS, "room", lambda now: (now == BACKGROUND).all(1).sum() < is_empty.sum())
    box = tab.locator("#room").bounding_box()
    for share in (0.4, 0.6):
        tab.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
    says(tab, "#measured", r"\d\.\d\d m")


def test_the_camera_is_shown_live_and_its_last_frame_measured(site, visit, says):
    tab = visit(site)
    says(tab, "#engine", "Ready")
    tab.click("#camera")
    says(tab, "#engine", r"([1-9]\d*\.\d|0\.[1-9]) frames/s · WebAssembly, \d+ thread")
    tab.click("#stop")
    tab.locator("#stop").wait_for(state="hidden")
    click_pixel(tab, (10, 10), (240, 320))
    click_pixel(tab, (200, 300), (240, 320))
    says(tab, "#measured", r"\d\.\d\d m")
