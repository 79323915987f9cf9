"""How two workers of one core each compare with one process that has both cores.

    python benchmarks/workers.py [--size 192x256] [--batch-size 8] [--epochs 3]

DenseDepth on rendered rooms in files, the same joint batch either way, `train.py` itself. The first
epoch, in which everything is traced, is left out; the rate is that of the median of the others,
validation and pictures included. Prints images/s of both and their ratio; the goal
is .85. Wants a quiet machine with at least two cores.
"""

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from densedepth_tf.data.rooms.rooms_writer import RoomsSettings, write_rooms

TRAIN = Path(__file__).parents[1] / "train.py"
GOAL = 0.85
VALIDATION = 2  # one image for each worker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="mobilenetv2")
    parser.add_argument("--size", default="192x256", metavar="HxW")
    parser.add_argument("--batch-size", type=int, default=8, help="of both workers together")
    parser.add_argument("--steps", type=int, default=6, help="of an epoch")
    parser.add_argument("--epochs", type=int, default=4, help="of which the first is not counted")
    parser.add_argument("--runs", type=int, default=3, help="turns, of which the median is taken")
    parser.add_argument("--sync-batch-norm", action="store_true")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        parser.error("two cores are needed")
    rates: dict[str, list[float]] = {"one": [], "two": []}
    with tempfile.TemporaryDirectory() as rooms:
        height, width = map(int, options.size.split("x"))
        images = {"train": options.batch_size * options.steps, "validation": VALIDATION, "test": 1}
        write_rooms(Path(rooms), images, RoomsSettings(image_size=(height, width)), num_workers=2)
        for _ in range(options.runs):
            for name, shared in (("one", [cores]), ("two", [[core] for core in cores])):
                with tempfile.TemporaryDirectory() as folder:
                    rates[name].append(_train(options, Path(rooms), Path(folder), shared))
    one, two = (statistics.median(rates[name]) for name in ("one", "two"))
    print(f"one process, two cores:  {one:.2f} img/s  (of {_listed(rates['one'])})")
    print(f"two workers, a core each: {two:.2f} img/s  (of {_listed(rates['two'])})")
    print(f"ratio {two / one:.2f}, goal {GOAL}")


def _train(options: argparse.Namespace, rooms: Path, folder: Path, cores: list[list[int]]) -> float:
    """Images per second of a training whose processes have these cores."""
    images = options.batch_size * options.steps
    arguments = [
        *("--dataset", "rooms", "--data-dir", str(rooms)),
        *("--encoder", options.encoder, "--encoder-weights", "none"),
        *("--image-size", options.size, "--batch-size", str(options.batch_size)),
        *("--num-images", str(images), "--num-validation-images", str(VALIDATION)),
        *("--epochs", str(options.epochs), "--workdir", str(folder / "run")),
    ]
    if len(cores) > 1:
        workers = ",".join(f"localhost:{port}" for port in _free_ports(len(cores)))
        arguments += ["--strategy", "multi-worker", "--workers", workers]
        arguments += ["--sync-batch-norm"] * options.sync_batch_norm
    processes = [
        subprocess.Popen(
            [
                *("taskset", "-c", ",".join(map(str, some)), sys.executable, str(TRAIN)),
                *arguments,
                *(["--worker-index", str(index)] if len(cores) > 1 else []),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for index, some in enumerate(cores)
    ]
    for process in processes:
        _, errors = process.communicate()
        if process.returncode:
            sys.exit(errors.decode(errors="replace")[-1000:])
    record = json.loads((folder / "run/logs/run.json").read_text())
    seconds = [value for epoch, value in record["seconds"].items() if epoch != "1"]
    return images / statistics.median(seconds)


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


if __name__ == "__main__":
    main()
