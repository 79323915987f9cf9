"""Many pictures with `--engine ray`: its speed beside plain processes, its memory, its resume.

    python benchmarks/bulk_prediction.py [--checkpoint nyu_small] [--pictures 600] [--runs 3]
    python benchmarks/bulk_prediction.py --only memory

Speed: `predict.py --engine ray --actors 2` beside two `predict.py` at a time, each on its own core
with half of the pictures, in turns. A rate is that from the first picture done to the last, by the
times of the files; the whole time, with the start, is told, too. Memory: the most that each actor,
and all else that the command started, ever has (proportional set sizes), for few pictures and for
many, which may not need more.
Resume: the command is killed with SIGKILL in the middle and started again with --skip-existing;
what counts is how many pictures it makes again that were there. Linux only; pictures are made up,
480x640 JPEGs. On two cores it takes some four minutes.
"""

import argparse
import contextlib
import os
import re
import shutil
import signal
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
PARTS = ("speed", "memory", "resume")
ACTORS, BATCH = 2, 4
SPEED_GOAL, MEMORY_GOAL = 0.9, 1.1
SECONDS_BETWEEN_LOOKS, PATIENCE = 0.05, 10
SUFFIX = ".depth.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default="nyu_small")
    parser.add_argument("--pictures", type=int, default=600, help="for speed, and a resume")
    parser.add_argument("--runs", type=int, default=3, help="of each kind, for speed")
    parser.add_argument("--few", type=int, default=10, help="pictures, for memory")
    parser.add_argument("--many", type=int, default=2000, help="pictures, for memory")
    parser.add_argument("--size", type=int, nargs=2, default=(480, 640), metavar=("H", "W"))
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.checkpoint, tuple(options.size))
        if "speed" in options.only:
            measure_speed(bench, options.pictures, options.runs)
        if "memory" in options.only:
            measure_memory(bench, options.few, options.many)
        if "resume" in options.only:
            measure_resume(bench, options.pictures)


def measure_speed(bench: "Bench", pictures: int, runs: int) -> None:
    if available_cores() < ACTORS:
        sys.exit(f"Speed is measured on {ACTORS} cores. Received: {available_cores()}")
    rates: dict[str, list[float]] = {"two predict.py": [], "two actors": []}
    seconds: dict[str, list[float]] = {name: [] for name in rates}
    for _ in range(runs):
        for name, run in (("two predict.py", bench.plain), ("two actors", bench.ray)):
            rate, whole = run(pictures)
            rates[name].append(rate)
            seconds[name].append(whole)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, median in medians.items():
        low, high, whole = min(rates[name]), max(rates[name]), statistics.median(seconds[name])
        print(
            f"{name:16}{median:8.2f} images/s  ({low:.2f} to {high:.2f}), "
            f"{whole:6.1f} s for {pictures} pictures with the start"
        )
    share = medians["two actors"] / medians["two predict.py"]
    print(f"share of plain processes: {share:.3f} (goal {SPEED_GOAL})", flush=True)


def measure_memory(bench: "Bench", few: int, many: int) -> None:
    peaks = {count: bench.ray_memory(count) for count in (few, many)}
    for count, parts in peaks.items():
        of_actors = sum(parts.values()) - parts["others"]
        print(
            f"{count:5} pictures: {of_actors / 2**20:7.0f} MB in {len(parts) - 1} actors, "
            f"{parts['others'] / 2**20:6.0f} MB in Ray and the command"
        )
    actors = [sum(parts.values()) - parts["others"] for parts in peaks.values()]
    whole = [sum(parts.values()) for parts in peaks.values()]
    share = whole[1] / whole[0]
    print(f"all processes, {many} to {few} pictures: {share:.3f} (goal {MEMORY_GOAL})")
    print(f"actors alone: {actors[1] / actors[0]:.3f}", flush=True)


def measure_resume(bench: "Bench", pictures: int) -> None:
    output, process = bench.start_ray(pictures)
    while process.poll() is None and len(_done(output)) < pictures // 3:
        time.sleep(0.01)
    if process.poll() is not None:
        sys.exit("The command has ended before it could be killed: raise --pictures.")
    _kill(process)
    before = _done(output)
    _, again = bench.start_ray(pictures, "--skip-existing")
    said, _ = _check(again)
    after = _done(output)
    repeated = sum(after[name] != when for name, when in before.items())
    found = re.search(r"(\d+) were there already", said)
    print(
        f"killed after {len(before)} of {pictures} pictures: {found[1] if found else 0} skipped, "
        f"{repeated} made again (goal: at most the batches in flight, {ACTORS} of {BATCH})"
    )
    if len(after) != pictures:
        sys.exit(f"{pictures - len(after)} pictures are missing after the resume.")


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

    def plain(self, count: int) -> tuple[float, float]:
        """Images per second and seconds of two processes, each on a core."""
        halves, cores = self.pictures(count), sorted(os.sched_getaffinity(0))
        start = time.perf_counter()
        started = [
            self._start(half, ["taskset", "-c", str(core)])
            for half, core in zip(halves, cores, strict=False)
        ]
        for _, process in started:
            _check(process)
        seconds = time.perf_counter() - start
        return _rate([output for output, _ in started]), seconds

    def ray(self, count: int) -> tuple[float, float]:
        """Images per second and seconds of two actors."""
        self.pictures(count)
        start = time.perf_counter()
        output, process = self.start_ray(count)
        _check(process)
        return _rate([output]), time.perf_counter() - start

    def ray_memory(self, count: int) -> dict[str, int]:
        """The most bytes of every actor, by its process, and of all "others" together."""
        peak: dict[str, int] = {}
        _, process = self.start_ray(count)
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(SECONDS_BETWEEN_LOOKS):
                for name, size in _memory(process.pid).items():
                    peak[name] = max(size, peak.get(name, 0))

        looking = threading.Thread(target=look)
        looking.start()
        try:
            _check(process)
        finally:
            ended.set()
            looking.join()
        return peak

    def start_ray(self, count: int, *flags: str) -> tuple[Path, subprocess.Popen]:
        """The output folder, and the command."""
        folder = self.pictures(count)[0].parent
        return self._start(folder, [], "--engine", "ray", "--actors", str(ACTORS), *flags)

    def _start(
        self, pictures: Path, prefix: list[str], *flags: str
    ) -> tuple[Path, subprocess.Popen]:
        output = self.folder / f"out_{pictures.parent.name}_{pictures.name}"
        if "--skip-existing" not in flags:
            shutil.rmtree(output, ignore_errors=True)
        command = [sys.executable, str(ROOT / "predict.py"), "--checkpoint", self.checkpoint]
        command += ["--input", str(pictures), "--output", str(output), "--save", "png"]
        command += ["--batch-size", str(BATCH)]
        return output, subprocess.Popen(
            [*prefix, *command, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


def _check(process: subprocess.Popen) -> tuple[str, str]:
    said, errors = process.communicate()
    if process.returncode:
        sys.exit(f"A command failed: {errors[-500:]}")
    return said, errors


def _done(output: Path) -> dict[str, int]:
    """When every picture was done, in nanoseconds, by its file."""
    done = {}
    for folder, folders, files in os.walk(output):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(folder, name) for name in files if name.endswith(SUFFIX)):
            done[str(path.relative_to(output))] = path.stat().st_mtime_ns
    return done


def _rate(outputs: list[Path]) -> float:
    times = sorted(when for output in outputs for when in _done(output).values())
    return (len(times) - 1) / ((times[-1] - times[0]) / 1e9)


def _kill(process: subprocess.Popen) -> None:
    """Kills a command, and waits until the processes that it started have ended, too."""
    tree = _tree(process.pid)[1:]
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    deadline = time.monotonic() + PATIENCE
    while tree := [each for each in tree if _is_running(each)]:
        if time.monotonic() > deadline:
            for each in tree:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
        time.sleep(0.1)


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


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
