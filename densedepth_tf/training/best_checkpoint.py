"""Keeping the best model of a run."""

import math
from pathlib import Path
from typing import Any

import keras

from densedepth_tf.atomic import atomic_path
from densedepth_tf.models.precision import in_float32
from densedepth_tf.training.averaged_weights import averaged_weights


class BestCheckpoint(keras.callbacks.Callback):
    """Writes `model.keras` whenever the monitored value falls to a new minimum.

    The file holds a float32 model without optimiser, and appears in one step: a run killed while
    writing keeps its last one.

    Args:
        path: The `.keras` file.
        monitor: Name of the logged value, smaller is better.
        ema: The callback that swaps averaged weights in, if the run averages them.
    """

    def __init__(
        self,
        path: Path,
        monitor: str = "val_loss",
        ema: keras.callbacks.SwapEMAWeights | None = None,
    ):
        super().__init__()
        self.path = Path(path)
        self.monitor = monitor
        self.ema = ema
        self.best = math.inf

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        value = float((logs or {})[self.monitor])
        if not value < self.best and self.path.exists():
            return
        self.best = value
        with averaged_weights(self.ema), atomic_path(self.path) as temporary:
            in_float32(self.model).save(temporary)
