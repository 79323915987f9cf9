"""Trainings as processes of their own: one, several devices of one, and several that train one."""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from free_ports import free_addresses

TRAIN = Path(__file__).parents[1] / "train_tiny.py"
LONGEST = 900  # seconds, of a machine that is busy with other things
# In how many parts a sum is computed decides its rounding, which 20 steps and moving statistics
# enlarge: with a thread for each core every machine would have other differences.
THREADS = {"TF_NUM_INTRAOP_THREADS": "2"}


@dataclass
class Ended:
    """How a process ended, and what it had recorded."""

    code: int
    output: str
    errors: str
    record: Path

    @property
    def losses(self):
        with np.load(self.record) as record:
            return record["losses"]

    @property
    def weights(self):
        with np.load(self.record) as record:
            return {name: record[name] for name in record if name != "losses"}

    @property
    def said(self):
        """The lines of an error, without what TensorFlow logs before it is told not to."""
        return [line for line in self.errors.splitlines() if line.startswith("train.py:")]


def train_together(processes, folder, environment=()):
    """Runs a training of several processes to its end.

    Args:
        processes: The arguments of each.
        folder: Where they leave what they record.
        environment: By number of a process, what is added to its environment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clean = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"} | THREADS
    with contextlib.ExitStack() as stack:
        started = []
        for number, arguments in enumerate(processes):
            files = [stack.enter_context(open(folder / f"{n}{number}", "w+")) for n in "oe"]
            record = folder / f"record{number}.npz"
            process = subprocess.Popen(
                [sys.executable, str(TRAIN), *arguments],
                env={**clean, "TEST_RECORD": str(record), **dict(environment).get(number, {})},
                stdout=files[0], stderr=files[1],
            )  # fmt: skip
            stack.callback(process.kill)
            started.append((process, files, record))
        ended = []
        for process, files, record in started:
            code = process.wait(LONGEST)
            texts = []
            for file in files:
                file.seek(0)
                texts.append(file.read())
            ended.append(Ended(code, *texts, record))
        return ended


def as_workers(number, options, *more):
    """The arguments of so many processes that train together; `more` is added to the last one's."""
    addresses = ",".join(free_addresses(number))
    common = [*options, "--strategy=multi-worker", f"--workers={addresses}"]
    workers = [[*common, f"--worker-index={index}"] for index in range(number)]
    workers[-1] += more
    return workers
