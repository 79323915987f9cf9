"""Keeping the log of a run."""

from pathlib import Path
from typing import Any

import keras

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

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        figures = {name: str(float(value)) for name, value in sorted((logs or {}).items())}
        rows = [row for row in read_log(self.path) if int(row[EPOCH]) <= epoch]
        write_log(self.path, [*rows, {EPOCH: str(epoch + 1), **figures}])
