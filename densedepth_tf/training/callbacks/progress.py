"""A progress bar with the time that is left and images per second."""

import time
from collections.abc import Mapping

import keras
from typing_extensions import override

from densedepth_tf.process.progress_bar import ProgressBar
from densedepth_tf.process.wording import tell

SHOWN = ("loss", "val_loss", "val_delta1", "val_abs_rel", "val_rmse", "val_explained")


class Progress(keras.callbacks.Callback):
    """One bar an epoch, counting images, and one line of results under it.

    Args:
        batch_size: Images in a step.
        epochs: Of the whole run, whose stages are fitted one after the other.
    """

    def __init__(self, batch_size: int, epochs: int):
        super().__init__()
        self.epochs = epochs
        self.batch_size = batch_size
        self._bar: ProgressBar | None = None
        self._started = 0.0
        self._epoch_started = 0.0
        self._images_per_second = 0.0
        self._first_epoch = 0

    @override
    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        self._started = time.monotonic()
        self._first_epoch = -1

    @override
    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if self._first_epoch < 0:
            self._first_epoch = epoch
        self._epoch_started = time.monotonic()
        self._bar = ProgressBar(
            total=self.params["steps"] * self.batch_size,
            desc=f"epoch {epoch + 1}/{self.epochs}",
            unit="img",
            dynamic_ncols=True,
            mininterval=0.5,
        )

    @override
    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        done = (batch + 1) * self.batch_size
        if self._bar is not None and logs:
            self._bar.set_postfix_str(f"loss {logs['loss']:.4f}", refresh=False)
            self._bar.update(self.batch_size)
        self._images_per_second = done / (time.monotonic() - self._epoch_started)

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self.close()
        spent = time.monotonic() - self._started
        left = spent / (epoch + 1 - self._first_epoch) * (self.epochs - epoch - 1)
        logs = logs or {}
        values = "  ".join(f"{name} {logs[name]:.4f}" for name in SHOWN if name in logs)
        tell(
            f"epoch {epoch + 1}/{self.epochs}  {values}  "
            f"{self._images_per_second:.1f} img/s  {ProgressBar.format_interval(left)} left"
        )

    def close(self) -> None:
        """Ends the bar's line, also where an error ended the epoch."""
        if self._bar is not None:
            self._bar.close()
