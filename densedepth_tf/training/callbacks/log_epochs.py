"""Keeping the log of a run."""

from collections.abc import Mapping
from pathlib import Path

import keras
from typing_extensions import override

from densedepth_tf.training.run.epoch_log import EPOCH, read_log, write_log


class LogEpochs(keras.callbacks.Callback):
    """Adds a row after every epoch: its number, from 1, and the figures that Keras logs.

    The file is replaced in one step, so that a run killed in the middle leaves whole rows.

    Args:
        path: The CSV file.
    """

    def __init__(self, path: Path):
        super().__init__()
        self.path = Path(path)

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        figures = {name: str(float(value)) for name, value in sorted((logs or {}).items())}
        rows = [row for row in read_log(self.path) if int(row[EPOCH]) <= epoch]
        write_log(self.path, [*rows, {EPOCH: str(epoch + 1), **figures}])
