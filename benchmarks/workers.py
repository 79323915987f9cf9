"""How two workers of one core each compare with one process that has both cores.

    python benchmarks/workers.py [--size 192x256] [--batch-size 8] [--steps 40] [--epochs 3]

DenseDepth on rendered rooms in files, `train.py` itself, the same joint batch in every step:

- one:   one process, both cores
- two:   two workers, a core each
- apart: two processes that know nothing of each other, a core and half the batch each: what two
         workers could do at most, if telling each other cost nothing

Of each: images/s within an epoch, from its first step's end to its last one's; the seconds between
the last step of an epoch and the first of the next (validation, pictures, saving), less a step; and
the seconds before the first step's end (imports, connections, tracing). The first epoch does not
count. Beside each stand the processor's seconds of all processes, user and system, which other
processes of the machine disturb least. The goal is two / one = .85. Wants a quiet machine with at
least two cores.
"""

import argparse
import contextlib
import json
import os
import resource
import runpy
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TRAIN = Path(__file__).parents[1] / "train.py"
GOAL = 0.85
VALIDATION = 2  # one image for each worker
TIMES = "DENSEDEPTH_TIMES"  # where a process that is measured writes what it measured


@dataclass(frozen=True)
class Figures:
    """What a turn took: seconds, and the processor's seconds of all processes.

    Attributes:
        step, step_cpu: Of a step within an epoch.
        between, between_cpu: From an epoch's last step to the next epoch's first, less a step.
        start, start_cpu: Until the first step's end.
    """

    step: float
    step_cpu: float
    between: float
    between_cpu: float
    start: float
    start_cpu: float


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # Not without ending what it started.
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="mobilenetv2")
    parser.add_argument("--size", default="192x256", metavar="HxW")
    parser.add_argument("--batch-size", type=int, default=8, help="of both workers together")
    parser.add_argument("--steps", type=int, default=40, help="of an epoch")
    parser.add_argument("--epochs", type=int, default=3, help="of which the first is not counted")
    parser.add_argument("--images", type=int, default=64, help="in files, read again and again")
    parser.add_argument("--runs", type=int, default=1, help="turns, of which the median is taken")
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--sync-batch-norm", action="store_true")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        print("One core only: the processor's seconds may be compared, rates may not.")
        cores *= 2
    if options.epochs < 3 or options.steps < 2:
        parser.error("three epochs of two steps are the least")
    turns: dict[str, list[Figures]] = {name: [] for name in options.cases}
    with tempfile.TemporaryDirectory() as rooms:
        _write_images(Path(rooms), options)
        for _ in range(options.runs):
            for name in options.cases:
                with tempfile.TemporaryDirectory() as folder:
                    turns[name].append(_turn(name, options, Path(rooms), Path(folder), cores))
    print(
        f"{options.encoder} at {options.size}, {options.batch_size} images a step, "
        f"{options.steps} steps an epoch, {os.cpu_count()} cores"
    )
    print("       images/s  cpu s/image   between epochs, cpu   start-up, cpu")
    rates = {}
    for name, figures in turns.items():
        middle = Figures(
            *(statistics.median(each) for each in zip(*map(_values, figures), strict=True))
        )
        rates[name] = options.batch_size / middle.step
        print(
            f"{name:6} {rates[name]:8.2f} {middle.step_cpu / options.batch_size:12.3f} "
            f"{middle.between:14.2f} s {middle.between_cpu:6.2f} s "
            f"{middle.start:8.1f} s {middle.start_cpu:5.1f} s"
        )
    for over, under in (("two", "one"), ("apart", "one"), ("two", "apart")):
        if over in rates and under in rates:
            goal = f", goal {GOAL}" if (over, under) == ("two", "one") else ""
            print(f"{over} / {under}: {rates[over] / rates[under]:.2f}{goal}")


def _one(cores: list[int], options: argparse.Namespace) -> list[tuple[list[int], int, list[str]]]:
    return [(sorted({*cores}), options.batch_size, [])]


def _two(cores: list[int], options: argparse.Namespace) -> list[tuple[list[int], int, list[str]]]:
    workers = ",".join(f"localhost:{port}" for port in _free_ports(len(cores)))
    common = ["--strategy", "multi-worker", "--workers", workers]
    common += ["--sync-batch-norm"] * options.sync_batch_norm
    return [
        ([core], options.batch_size, [*common, "--worker-index", str(index)])
        for index, core in enumerate(cores)
    ]


def _apart(cores: list[int], options: argparse.Namespace) -> list[tuple[list[int], int, list[str]]]:
    return [([core], options.batch_size // len(cores), []) for core in cores]


# Cores, batch size and further arguments of each process.
CASES = {"one": _one, "two": _two, "apart": _apart}


def _turn(
    name: str, options: argparse.Namespace, rooms: Path, folder: Path, cores: list[int]
) -> Figures:
    """Trains once and returns what it took."""
    files: list[Path] = []
    started = time.monotonic()
    with contextlib.ExitStack() as at_end:
        processes = []
        for index, (some, batch_size, more) in enumerate(CASES[name](cores, options)):
            files.append(folder / f"times{index}.json")
            arguments = [
                *("--dataset", "rooms", "--data-dir", str(rooms)),
                *("--encoder", options.encoder, "--encoder-weights", "none"),
                *("--image-size", options.size, "--batch-size", str(batch_size)),
                *("--steps-per-epoch", str(options.steps), "--epochs", str(options.epochs)),
                *("--num-images", str(options.images), "--num-validation-images", str(VALIDATION)),
                *("--workdir", str(folder / f"run{index}"), *more),
            ]
            pinned = ["taskset", "-c", ",".join(map(str, some))]
            processes.append(
                subprocess.Popen(
                    [*pinned, sys.executable, __file__, *arguments],
                    env={**os.environ, TIMES: str(files[-1])},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
            )
            at_end.callback(processes[-1].kill)
        for process in processes:
            _, errors = process.communicate()
            if process.returncode:
                sys.exit(errors.decode(errors="replace")[-1000:])
    return _figures([json.loads(file.read_text()) for file in files], started)


def _figures(times: list[list[tuple[int, int, float, float]]], started: float) -> Figures:
    """Figures of epoch, step, time and processor's time after every step of every process."""
    ends: dict[tuple[int, int], tuple[float, float]] = {}
    for rows in zip(*times, strict=True):  # Of one step: it has ended when it has for everybody.
        epoch, step = rows[0][:2]
        ends[epoch, step] = max(row[2] for row in rows), sum(row[3] for row in rows)
    epochs, last = max(epoch for epoch, _ in ends) + 1, max(step for _, step in ends)
    within = [_less(ends[epoch, last], ends[epoch, 0]) for epoch in range(1, epochs)]
    step, step_cpu = (statistics.median(each) / last for each in zip(*within, strict=True))
    # After the first epoch the validation is traced.
    across = [_less(ends[epoch, 0], ends[epoch - 1, last]) for epoch in range(2, epochs)]
    between, between_cpu = (statistics.median(each) for each in zip(*across, strict=True))
    start, start_cpu = ends[0, 0]
    return Figures(
        step, step_cpu, between - step, between_cpu - step_cpu, start - started, start_cpu
    )


def _less(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return one[0] - other[0], one[1] - other[1]


def _values(figures: Figures) -> tuple[float, ...]:
    return tuple(vars(figures).values())


def _write_images(folder: Path, options: argparse.Namespace) -> None:
    from densedepth_tf.data.rooms.rooms_writer import RoomsSettings, write_rooms

    height, width = map(int, options.size.split("x"))
    images = {"train": options.images, "validation": VALIDATION, "test": 1}
    write_rooms(folder, images, RoomsSettings(image_size=(height, width)), num_workers=2)


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]


def _measured() -> None:
    """`train.py` in this process, its steps timed."""
    import keras

    rows: list[tuple[int, int, float, float]] = []

    class Clock(keras.callbacks.Callback):
        epoch = 0

        def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
            self.epoch = epoch

        def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
            float((logs or {})["loss"])  # So that the step has ended.
            used = resource.getrusage(resource.RUSAGE_SELF)
            rows.append((self.epoch, batch, time.monotonic(), used.ru_utime + used.ru_stime))

    fit = keras.Model.fit

    def timed_fit(model: keras.Model, *arguments: Any, callbacks: Any, **more: Any) -> Any:
        return fit(model, *arguments, callbacks=[Clock(), *callbacks], **more)

    keras.Model.fit = timed_fit
    sys.path.insert(0, str(TRAIN.parent))
    try:
        runpy.run_path(str(TRAIN), run_name="__main__")
    finally:
        Path(os.environ[TIMES]).write_text(json.dumps(rows))


if __name__ == "__main__":
    if TIMES in os.environ:
        _measured()
    else:
        main()
