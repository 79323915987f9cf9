"""What a run ran on and how long it took, for whoever reports it."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras
from typing_extensions import override

from densedepth_tf.files.atomic import write_json
from densedepth_tf.training.run.machine import machine, versions

RECORD_FILE = "run.json"


@dataclass(frozen=True)
class RunRecord:
    """What a run tells of itself.

    Attributes:
        machine: Processor, cores, memory and GPUs of the last epoch.
        versions: Releases of this package, TensorFlow, Keras and Python.
        seconds: Number of the epoch, from 1, to its time: training, validation and images.
    """

    machine: str = ""
    versions: str = ""
    seconds: dict[int, float] = field(default_factory=dict)


class RecordRun(keras.callbacks.Callback):
    """Keeps a `RunRecord` in the run folder, renewed after every epoch.

    Args:
        path: The JSON file.
    """

    def __init__(self, path: Path):
        super().__init__()
        self.path = Path(path)
        self._started = 0.0

    @override
    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._started = time.monotonic()

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        spent = round(time.monotonic() - self._started, 3)
        before = read_record(self.path).seconds
        seconds = {number: value for number, value in before.items() if number <= epoch}
        record = RunRecord(machine(), versions(), {**seconds, epoch + 1: spent})
        write_json(self.path, asdict(record))


def read_record(path: Path) -> RunRecord:
    """The record of a run; an empty one where there is none, or a damaged one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        seconds = {int(epoch): float(value) for epoch, value in record["seconds"].items()}
        return RunRecord(str(record["machine"]), str(record["versions"]), seconds)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return RunRecord()
