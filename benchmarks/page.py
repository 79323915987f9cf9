"""The page of `densedepth web` in a real browser: size, time to the first depth, frames/s, memory.

    python benchmarks/page.py [--runs 5] [--frames 500] [--line 50] [--gpu]

Needs the built page (`make web`), Playwright and an installed Chromium. The page is served twice:
as `densedepth web` does, so that it computes in several threads, and as a plain host would, every
file gzipped and no headers, so that it has one thread; there over a line of `--line` Mbit/s. The
camera is Chromium's imitated one. Times are medians of `--runs` openings, each with an empty cache;
memory is that of the tab's process, from /proc. `--gpu` adds WebGPU with the machine's own graphics
card; without one, frames/s of an imitated card would say nothing, so that it is left out.
"""

import argparse
import contextlib
import gzip
import statistics
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from densedepth_tf.page.page_files import PageFiles, page_files
from densedepth_tf.page.page_model import page_model
from densedepth_tf.page.page_server import KINDS, OTHER_KIND, PageServer

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
CARD = ("--enable-unsafe-webgpu", "--enable-features=Vulkan", "--ignore-gpu-blocklist")
PART = 16_384  # bytes that a slow line sends at once
SECONDS = 300  # at most, until the page says something
IS_ALIVE = "() => /%|Ready/.test(document.getElementById('engine')?.textContent)"
COUNT = """() => {
    window.frames_seen = 0;
    new MutationObserver(() => { window.frames_seen += 1; })
        .observe(document.getElementById("engine"), { childList: true });
}"""
GOAL_BYTES = 16e6


class SlowHost(ThreadingHTTPServer):
    """Any static host at the end of a line: gzipped files, none of the page's headers."""

    daemon_threads = True

    def __init__(self, files: PageFiles, megabits: float):
        self.zipped = {name: gzip.compress(content_of(each), 6) for name, each in files.items()}
        self.seconds_per_byte = 8 / (megabits * 1e6)
        self.line, self.free_at = threading.Lock(), 0.0
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}/"

    def wait_for_line(self, size: int) -> None:
        """Returns when so many bytes have passed, behind all that were sent before."""
        with self.line:
            self.free_at = max(self.free_at, time.monotonic()) + size * self.seconds_per_byte
            until = self.free_at
        time.sleep(max(0.0, until - time.monotonic()))


class _Handler(BaseHTTPRequestHandler):
    server: SlowHost
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].removeprefix("/") or "index.html"
        content = self.server.zipped.get(name)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Type", KINDS.get(Path(name).suffix, OTHER_KIND))
        self.send_header("Content-Encoding", "gzip" if content is not None else "identity")
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        for start in range(0, len(content or b""), PART):
            part = (content or b"")[start : start + PART]
            self.server.wait_for_line(len(part))
            self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        pass


def content_of(each: "Path | bytes") -> bytes:
    return each.read_bytes() if isinstance(each, Path) else each


def wire_sizes(files: PageFiles) -> dict[str, int]:
    """What -> bytes of its files, each gzipped."""
    sizes: dict[str, int] = {}
    for name, each in files.items():
        kind = "page and scripts"
        if name.endswith(".onnx"):
            kind = "model"
        elif name.startswith("samples/"):
            kind = "samples"
        elif Path(name).name.startswith("ort"):
            kind = f"ONNX Runtime for {'WebGPU' if 'jspi' in name else 'WebAssembly'}"
        sizes[kind] = sizes.get(kind, 0) + len(gzip.compress(content_of(each), 6))
    return sizes


def say_sizes(files: PageFiles) -> None:
    sizes = wire_sizes(files)
    for kind, size in sizes.items():
        print(f"{kind:32} {size / 1e6:6.2f} MB gzipped")
    for engine in ("WebAssembly", "WebGPU"):
        other = "WebGPU" if engine == "WebAssembly" else "WebAssembly"
        total = sum(size for kind, size in sizes.items() if not kind.endswith(other))
        verdict = "within" if total <= GOAL_BYTES else "above"
        print(f"{'all that ' + engine + ' fetches':32} {total / 1e6:6.2f} MB, {verdict} 16 MB")
    whole = sum(len(content_of(each)) for each in files.values())
    print(f"{'the folder on the disk':32} {whole / 1e6:6.2f} MB")


@contextlib.contextmanager
def opened(browser: Browser, address: str):
    """A tab with an empty cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(1000 * SECONDS)
    tab = context.new_page()
    tab.goto(address, wait_until="commit")
    yield tab
    context.close()


def until(tab: Page, word: str) -> None:
    tab.wait_for_function(
        "word => document.getElementById('engine')?.textContent.includes(word)", arg=word
    )


def first_depths(browser: Browser, address: str, runs: int) -> tuple[float, float]:
    """Median seconds from opening the page until it is ready, and until a sample's depth."""
    ready, depth = [], []
    for _ in range(runs):
        start = time.perf_counter()
        with opened(browser, address) as tab:
            until(tab, "Ready")
            ready.append(time.perf_counter() - start)
        start = time.perf_counter()
        with opened(browser, address) as tab:
            # While the model is on its way, as a person does; before its script, a button is dead.
            tab.wait_for_function(IS_ALIVE)
            tab.click("[data-sample]")
            until(tab, "Depth in")
            depth.append(time.perf_counter() - start)
    return statistics.median(ready), statistics.median(depth)


def tab_processes(browser: Browser) -> list[dict[str, Any]]:
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [each for each in found if each["type"] == "renderer"]


def memory(browser: Browser) -> float:
    """MB that the largest tab holds."""
    held = []
    for process in tab_processes(browser):
        lines = Path(f"/proc/{process['id']}/status").read_text().splitlines()
        held += [int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmRSS")]
    return max(held)


def watch_camera(browser: Browser, address: str, frames: int) -> None:
    """Prints frames/s of the camera, and memory before and after so many frames."""
    with opened(browser, address) as tab:
        until(tab, "Ready")
        tab.click("#camera")
        until(tab, "frames/s")
        engine = tab.inner_text("#engine").partition(" · ")[2]
        tab.wait_for_timeout(5000)
        tab.evaluate(COUNT)
        before, start = memory(browser), time.perf_counter()
        tab.wait_for_function("most => window.frames_seen >= most", arg=frames)
        seconds = time.perf_counter() - start
        print(
            f"{'camera, ' + engine:32} {frames / seconds:6.2f} frames/s, memory "
            f"{before:.0f} MB after 5 s, {memory(browser):.0f} MB after {frames} frames"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--line", type=float, default=50, metavar="MBIT")
    parser.add_argument("--gpu", action="store_true", help="this machine has a graphics card")
    parser.add_argument("--browser", default=CHROMIUM, metavar="PROGRAM")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]

    files = page_files(page_model("nyu_small"))
    say_sizes(files)
    with (
        sync_playwright() as playwright,
        PageServer(files) as own,
        SlowHost(files, options.line) as slow,
    ):
        for server in (own, slow):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        flags = [*FLAGS, *(CARD if options.gpu else SOFTWARE)]
        browser = playwright.chromium.launch(executable_path=options.browser, args=flags)
        print(f"Chromium {browser.version}")
        places = {"densedepth web": own.address, f"{options.line:g} Mbit/s": slow.address}
        for name, address in places.items():
            ready, depth = first_depths(browser, address, options.runs)
            print(f"{'ready, ' + name:32} {ready:6.2f} s")
            print(f"{'first depth, ' + name:32} {depth:6.2f} s")
        queries = ("?engine=wasm", "?engine=webgpu") if options.gpu else ("?engine=wasm",)
        for query in queries:
            watch_camera(browser, own.address + query, options.frames)
        watch_camera(browser, slow.address + "?engine=wasm", options.frames)
        browser.close()


if __name__ == "__main__":
    main()
