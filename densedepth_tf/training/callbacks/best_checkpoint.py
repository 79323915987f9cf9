"""Keeping the best model of a run, or the last."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
from typing_extensions import override

from densedepth_tf.checkpoints import MODEL_FILE
from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.training.callbacks.averaged_weights import averaged_weights


class BestCheckpoint(keras.callbacks.Callback):
    """Writes the run's models whenever the monitored value falls to a new minimum, or always.

    A file appears in one step: a run killed while writing keeps its last one.

    Args:
        folder: Where the files are.
        files: Names the files and says what is in them, given the model in training.
        file: The file that must be there, whatever the value.
        monitor: Name of the logged value, smaller is better.
        ema: The callback that swaps averaged weights in, if the run averages them.
        keep: "best", or "last": every epoch replaces the one before.
    """

    def __init__(
        self,
        folder: Path,
        files: Callable[[keras.Model], dict[str, keras.Model]],
        file: str = MODEL_FILE,
        monitor: str = "val_loss",
        ema: keras.callbacks.SwapEMAWeights | None = None,
        keep: str = "best",
    ):
        super().__init__()
        self.folder = Path(folder)
        self.files = files
        self.file = file
        self.monitor = monitor
        self.ema = ema
        self.keep = keep
        self.best = math.inf

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        value = float((logs or {})[self.monitor])
        is_kept = self.keep == "last" or value < self.best
        if not is_kept and (self.folder / self.file).exists():
            return
        self.best = value if self.keep == "best" else min(value, self.best)
        with averaged_weights(self.ema):
            files = self.files(self.model)
        for name, model in files.items():
            with atomic_path(self.folder / name) as temporary:
                model.save(temporary)
