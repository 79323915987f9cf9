"""Keeping the best model of a run."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from densedepth_tf.atomic import atomic_path
from densedepth_tf.checkpoints import MODEL_FILE
from densedepth_tf.training.averaged_weights import averaged_weights


class BestCheckpoint(keras.callbacks.Callback):
    """Writes the run's models whenever the monitored value falls to a new minimum.

    A file appears in one step: a run killed while writing keeps its last one.

    Args:
        folder: Where the files are.
        files: Names the files and says what is in them, given the model in training.
        file: The file that must be there, whatever the value.
        monitor: Name of the logged value, smaller is better.
        ema: The callback that swaps averaged weights in, if the run averages them.
    """

    def __init__(
        self,
        folder: Path,
        files: Callable[[keras.Model], dict[str, keras.Model]],
        file: str = MODEL_FILE,
        monitor: str = "val_loss",
        ema: keras.callbacks.SwapEMAWeights | None = None,
    ):
        super().__init__()
        self.folder = Path(folder)
        self.files = files
        self.file = file
        self.monitor = monitor
        self.ema = ema
        self.best = math.inf

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        value = float((logs or {})[self.monitor])
        if not value < self.best and (self.folder / self.file).exists():
            return
        self.best = value
        with averaged_weights(self.ema):
            files = self.files(self.model)
        for name, model in files.items():
            with atomic_path(self.folder / name) as temporary:
                model.save(temporary)
