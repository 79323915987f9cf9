"""Stopping at the first loss that is not a number."""

import math
from collections.abc import Mapping

import keras
from typing_extensions import override

from densedepth_tf.data.batches.loader import ReadSamples

ADVICE = (
    "Look at them with `inspect`, or lower `learning_rate`; the last finished epoch is kept in "
    "the run folder"
)


class NonFiniteLossError(ValueError):
    """The loss became NaN or infinite; the message names the samples of that step."""


class StopOnNonFiniteLoss(keras.callbacks.Callback):
    """Raises `NonFiniteLossError` at the first step whose loss is NaN or infinite.

    Validation counts too: it is where an epoch's last update shows, and must not pass weights
    that are not numbers on to the backup.

    Args:
        training: Knows which samples a training step was made of.
        validation: The same for a validation step.
        batch_size: Samples of a step.
    """

    def __init__(self, training: ReadSamples, validation: ReadSamples, batch_size: int):
        super().__init__()
        self.training = training
        self.validation = validation
        self.batch_size = batch_size
        self._epoch = 0

    @override
    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._epoch = epoch

    @override
    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        step = self._epoch * self.params["steps"] + batch
        self._check("loss", batch, logs, self.training, step)

    @override
    def on_test_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        self._check("validation loss", batch, logs, self.validation, batch)

    def _check(
        self,
        title: str,
        batch: int,
        logs: Mapping[str, float] | None,
        loader: ReadSamples,
        step: int,
    ) -> None:
        # A mean over the epoch so far: finite until the first step that is not.
        loss = float((logs or {})["loss"])
        if math.isfinite(loss):
            return
        names = loader.names(range(step * self.batch_size, (step + 1) * self.batch_size))
        raise NonFiniteLossError(
            f"The {title} became {loss} in epoch {self._epoch + 1}, step {batch + 1}. Its samples: "
            f"{', '.join(names) or 'unknown'}. {ADVICE}"
        )
