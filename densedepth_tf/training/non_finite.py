"""Stopping at the first loss that is not a number."""

import math
from typing import Any

import keras

from densedepth_tf.data.loader import Loader


class NonFiniteLossError(ValueError):
    """The loss became NaN or infinite; the message names the samples of that step."""


class StopOnNonFiniteLoss(keras.callbacks.Callback):
    """Raises `NonFiniteLossError` at the first step whose loss is NaN or infinite.

    Args:
        loader: Knows which samples a step was made of.
        batch_size: Samples of a step.
    """

    def __init__(self, loader: Loader, batch_size: int):
        super().__init__()
        self.loader = loader
        self.batch_size = batch_size
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = float(logs["loss"])
        if math.isfinite(loss):
            return
        first = (self._epoch * self.params["steps"] + batch) * self.batch_size
        names = self.loader.names(range(first, first + self.batch_size))
        raise NonFiniteLossError(
            f"The loss became {loss} in epoch {self._epoch + 1}, step {batch + 1}. Its samples: "
            f"{', '.join(names) or 'unknown'}. Look at them with `inspect`, or lower "
            "--learning-rate; the last finished epoch is kept in the run folder"
        )
