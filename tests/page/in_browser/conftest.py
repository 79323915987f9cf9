"""A real browser on the built page, as `densedepth web` serves it and as plain files elsewhere."""

import contextlib
import functools
import http.server
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import pytest

from densedepth_tf.page.page_files import BUILT_PAGE, page_files, write_page
from densedepth_tf.page.page_model import page_model

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SUB_PATH = "a/site/below"
FLAGS = ("--headless=new", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
SECONDS = 120  # for whatever the page is to say; a machine may be busy


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.long)


@dataclass
class Site:
    """An address of the page, and every request that left it."""

    address: str
    elsewhere: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def launch():
    """`launch(*flags)`: Debian's Chromium or another, headless, driven by Playwright."""
    driver = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed (the extra `test` brings it)"
    )
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"There is no browser; one of {', '.join(BROWSERS)} would do")
    if not (BUILT_PAGE / "index.html").is_file():
        pytest.skip("The page has not been built (`make web`)")
    with driver.sync_playwright() as playwright, contextlib.ExitStack() as stack:

        @functools.cache
        def start(*flags):
            browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
            stack.callback(browser.close)
            return browser

        yield start


@pytest.fixture
def drawn():
    """`drawn(tab, script, argument, until)`: the pixels of a canvas, once `until` is true of them.

    How long drawing takes says how busy the machine is.
    """

    def wait(tab, script, argument, until):
        pixels = np.zeros((0, 4))
        for _ in range(10 * SECONDS):
            pixels = np.array(tab.evaluate(script, argument)).reshape(-1, 4)
            if until(pixels):
                return pixels
            tab.wait_for_timeout(100)
        raise AssertionError(f"not drawn after {SECONDS} s: {np.unique(pixels, axis=0)[:5]}")

    return wait


@pytest.fixture(scope="session")
def written_page(tmp_path_factory, launch):
    """The folder that holds the page below `SUB_PATH`."""
    folder = tmp_path_factory.mktemp("host")
    write_page(page_files(page_model("nyu_small")), folder / SUB_PATH)
    return folder


@pytest.fixture(scope="session")
def host():
    """`host(folder, **headers)`: its address on a server that knows nothing of the page."""
    with contextlib.ExitStack() as stack:

        def start(folder, **headers):
            class Handler(http.server.SimpleHTTPRequestHandler):
                def end_headers(self):
                    for name, value in headers.items():
                        self.send_header(name.replace("_", "-"), value)
                    super().end_headers()

                def log_message(self, *_):
                    pass

            handler = functools.partial(Handler, directory=folder)
            server = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/"

        yield start


@pytest.fixture(scope="session")
def served(launch):
    """The address that `densedepth web` prints."""
    command = [sys.executable, "-m", "densedepth_tf", "web", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            yield re.match(r"http://127\.0\.0\.1:\d+/", line)[0]
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def below(host, written_page):
    """The address of the same page as plain files below a path."""
    return urljoin(host(written_page), f"{SUB_PATH}/")


@pytest.fixture(params=["served", "below"])
def site(request):
    return Site(request.getfixturevalue(request.param))


@pytest.fixture
def visit(launch):
    """`visit(site)`: a tab that may ask for nothing outside the page; checked at the end."""
    with contextlib.ExitStack() as stack:
        sites, errors = [], []

        def start(site, flags=FAKE_CAMERA, **options):
            site = Site(site) if isinstance(site, str) else site
            context = launch(*flags).new_context(**options)
            stack.callback(context.close)
            context.set_default_timeout(1000 * SECONDS)
            own = (urljoin(site.address, "."), f"blob:{urljoin(site.address, '/')}", "data:")

            def decide(route):
                if route.request.url.startswith(own):
                    route.continue_()
                else:
                    site.elsewhere.append(route.request.url)
                    route.abort()

            context.route("**/*", decide)
            tab = context.new_page()
            tab.on("pageerror", lambda error: errors.append(str(error)))
            tab.goto(site.address)
            sites.append(site)
            return tab

        yield start
        assert not [address for site in sites for address in site.elsewhere]
        assert not errors


@pytest.fixture
def says():
    """`says(tab, where, what)`: waits until an element's text matches."""
    from playwright.sync_api import expect

    def wait(tab, where, what):
        expect(tab.locator(where)).to_have_text(re.compile(what), timeout=1000 * SECONDS)

    return wait


@pytest.fixture
def show(says):
    """`show(tab, path)`: the tab shows a photograph's depth."""

    def choose(tab, path):
        says(tab, "#engine", "Ready|Depth in|frames")
        tab.set_input_files("#file", path)
        says(tab, "#reading", f"^{re.escape(Path(path).stem)}, ")
        says(tab, "#engine", "Depth in")

    return choose


@pytest.fixture
def take(tmp_path):
    """`take(tab, word)`: the path of a file that the page has saved."""

    def save(tab, word):
        with tab.expect_download() as expected:
            tab.click(f"[data-take={word}]")
        path = tmp_path / expected.value.suggested_filename
        expected.value.save_as(path)
        return path

    return save
