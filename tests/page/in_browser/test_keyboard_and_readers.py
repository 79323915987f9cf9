"""Nobody needs a mouse, good eyes or a large screen."""

import pytest

from densedepth_tf.page.page_files import BUILT_PAGE

AXE = BUILT_PAGE.parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = """async () => {
    const found = await axe.run();
    return found.violations.map((each) => [each.id, each.nodes.map((node) => node.target).join()]);
}"""


def press_until(tab, selector, key="Tab", most=60):
    for _ in range(most):
        if tab.evaluate("what => document.activeElement.matches(what)", selector):
            return
        tab.keyboard.press(key)
    raise AssertionError(f"{selector} cannot be reached with {key}")


def test_all_six_with_the_keyboard_alone(visit, says, served):
    tab = visit(served)
    says(tab, "#engine", "Ready")
    press_until(tab, "#file")
    press_until(tab, "[data-sample]")
    tab.keyboard.press("Enter")
    says(tab, "#engine", "Depth in")
    press_until(tab, "#pointing")
    for key in ("Shift+ArrowLeft", "ArrowUp"):
        tab.keyboard.press(key)
    says(tab, "#reading", r"\d m here")
    tab.keyboard.press("Enter")
    for _ in range(5):
        tab.keyboard.press("Shift+ArrowRight")
    tab.keyboard.press("Enter")
    says(tab, "#measured", r"\d\.\d\d m")
    press_until(tab, "#wipe")
    tab.keyboard.press("ArrowRight")
    assert tab.input_value("#wipe") == "51"
    press_until(tab, "#known")
    tab.keyboard.type("1.25")
    tab.keyboard.press("Enter")
    says(tab, "#measured", r"1\.25 m")
    press_until(tab, "#fov")
    press_until(tab, "[data-take=npy]")
    with tab.expect_download() as saved:
        tab.keyboard.press("Enter")
    assert saved.value.suggested_filename == "study.depth.npy"
    press_until(tab, "#edges")
    tab.keyboard.press("ArrowRight")
    says(tab, "#edges-shown", "86°")
    press_until(tab, "#show-room")
    tab.keyboard.press("Enter")
    press_until(tab, "#as-surface")
    tab.keyboard.press("Enter")
    press_until(tab, "#room")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("Enter")
    says(tab, "#measured", "One end is set")
    press_until(tab, "#another")
    tab.keyboard.press("Enter")
    press_until(tab, "#camera")
    tab.keyboard.press("Enter")
    says(tab, "#engine", "frames/s")
    press_until(tab, "#stop")
    tab.keyboard.press("Enter")
    tab.locator("#stop").wait_for(state="hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_violation_of_accessibility(visit, says, served, scheme, width):
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (`make web`)")
    tab = visit(served, color_scheme=scheme, viewport={"width": width, "height": 844})
    says(tab, "#engine", "Ready")
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    assert tab.evaluate(RULES) == []
    tab.click("[data-sample]")
    says(tab, "#engine", "Depth in")
    assert tab.evaluate(RULES) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.click("#show-room")
    assert tab.evaluate(RULES) == []
