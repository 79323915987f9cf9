"""Many pictures with `--engine ray`: its speed beside plain processes, and its memory.

    python benchmarks/bulk_prediction.py [--checkpoint nyu_small] [--pictures 400] [--runs 3]
    python benchmarks/bulk_prediction.py --skip-speed

Speed: `predict.py --engine ray --actors 2` beside two `predict.py` at a time, each on its own core
with half of the pictures. Starts do not count: a figure is the time of all pictures less that of a
tenth of them, medians of `--runs` in turns. Memory: the most that the command and all processes it
started have at a time (proportional set sizes), for 10 and 2,000 pictures.
Linux only; pictures are made up, 480x640 JPEGs.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from densedepth_tf.process.available_cores import available_cores

ROOT = Path(__file__).resolve().parents[1]
ACTORS = 2
SPEED_GOAL, MEMORY_GOAL = 0.9, 1.1
FEW, MANY = 10, 2000
SECONDS_BETWEEN_LOOKS = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default="nyu_small")
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--size", type=int, nargs=2, default=(480, 640), metavar=("H", "W"))
    parser.add_argument("--skip-speed", action="store_true")
    parser.add_argument("--skip-memory", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.checkpoint, tuple(options.size))
        if not options.skip_speed:
            measure_speed(bench, options.pictures, options.runs)
        if not options.skip_memory:
            measure_memory(bench)


def measure_speed(bench: "Bench", pictures: int, runs: int) -> None:
    if available_cores() < ACTORS:
        sys.exit(f"Speed is measured on {ACTORS} cores. Received: {available_cores()}")
    few = pictures // 10
    rates: dict[str, list[float]] = {"two predict.py": [], "two actors": []}
    for _ in range(runs):
        for name, run in (("two predict.py", bench.plain), ("two actors", bench.ray)):
            rates[name].append((pictures - few) / (run(pictures) - run(few)))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, median in medians.items():
        low, high = min(rates[name]), max(rates[name])
        print(f"{name:16}{median:8.2f} images/s  ({low:.2f} to {high:.2f})")
    share = medians["two actors"] / medians["two predict.py"]
    print(f"share of plain processes: {share:.2f} (goal {SPEED_GOAL})")


def measure_memory(bench: "Bench") -> None:
    peaks = {count: bench.ray_memory(count) for count in (FEW, MANY)}
    for count, parts in peaks.items():
        of_actors = sum(parts.values()) - parts["others"]
        print(
            f"{count:5} pictures: {of_actors / 2**20:7.0f} MB in {ACTORS} actors, "
            f"{parts['others'] / 2**20:6.0f} MB in Ray and the command"
        )
    actors = [sum(parts.values()) - parts["others"] for parts in peaks.values()]
    print(f"actors, {MANY} to {FEW} pictures: {actors[1] / actors[0]:.3f} (goal {MEMORY_GOAL})")


class Bench:
    """Made-up pictures, and the commands that predict them."""

    def __init__(self, folder: Path, checkpoint: str, size: tuple[int, int]):
        self.folder, self.checkpoint, self.size = folder, checkpoint, size
        self._rng = np.random.default_rng(0)

    def pictures(self, count: int) -> list[Path]:
        """Folders with half of the pictures each; made once, numbered on."""
        halves = [self.folder / f"{count}" / half for half in "ab"]
        if not halves[0].exists():
            for half in halves:
                half.mkdir(parents=True)
            small = self._rng.integers(0, 255, (60, 80, 3)).astype(np.uint8)
            for number in range(count):
                image = cv2.resize(np.roll(small, number, axis=1), self.size[::-1])
                cv2.imwrite(str(halves[number % 2] / f"{number:05d}.jpg"), image)
        return halves

    def plain(self, count: int) -> float:
        """Seconds of two processes, each on a core."""
        halves, cores = self.pictures(count), sorted(os.sched_getaffinity(0))
        start = time.perf_counter()
        processes = [
            self._start(half, ["taskset", "-c", str(core)])
            for half, core in zip(halves, cores, strict=False)
        ]
        for process in processes:
            _check(process)
        return time.perf_counter() - start

    def ray(self, count: int) -> float:
        """Seconds of two actors."""
        folder = self.pictures(count)[0].parent
        start = time.perf_counter()
        _check(self._start(folder, [], "--engine", "ray", "--actors", str(ACTORS)))
        return time.perf_counter() - start

    def ray_memory(self, count: int) -> dict[str, int]:
        """Bytes of every actor, by its process, and of all "others", when there were the most."""
        folder, peak = self.pictures(count)[0].parent, {"others": 0}
        process = self._start(folder, [], "--engine", "ray", "--actors", str(ACTORS))
        ended = threading.Event()

        def look() -> None:
            nonlocal peak
            while not ended.wait(SECONDS_BETWEEN_LOOKS):
                now = _memory(process.pid)
                if sum(now.values()) > sum(peak.values()):
                    peak = now

        looking = threading.Thread(target=look)
        looking.start()
        try:
            _check(process)
        finally:
            ended.set()
            looking.join()
        return peak

    def _start(self, pictures: Path, prefix: list[str], *flags: str) -> subprocess.Popen:
        output = self.folder / f"out_{pictures.parent.name}_{pictures.name}"
        shutil.rmtree(output, ignore_errors=True)
        command = [sys.executable, str(ROOT / "predict.py"), "--checkpoint", self.checkpoint]
        command += ["--input", str(pictures), "--output", str(output), "--save", "png"]
        return subprocess.Popen(
            [*prefix, *command, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )


def _check(process: subprocess.Popen) -> None:
    _, errors = process.communicate()
    if process.returncode:
        sys.exit(f"A command failed: {errors.decode()[-500:]}")


def _memory(root: int) -> dict[str, int]:
    parts = {"others": 0}
    for process in _tree(root):
        try:
            title = Path(f"/proc/{process}/cmdline").read_bytes()
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:  # It has just ended.
            continue
        size = next(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")
        name = f"actor {process}" if b"MapWorker" in title else "others"
        parts[name] = parts.get(name, 0) + size * 1024
    return parts


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry.parent.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


if __name__ == "__main__":
    main()
