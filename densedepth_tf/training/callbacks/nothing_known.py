"""Stopping after an epoch, or a validation, in which no depth was known."""

from collections.abc import Mapping

import keras
import tensorflow as tf
from typing_extensions import override

from densedepth_tf.data.batches.loader import ReadSamples
from densedepth_tf.models.depth_metric import DepthMetric


class NothingKnownError(ValueError):
    """An epoch or a validation had no pixel of known depth; the message says what was read."""


class StopOnNothingKnown(keras.callbacks.Callback):
    """Raises `NothingKnownError` after an epoch or a validation without a pixel of known depth.

    Without one every loss is 0, which would pass for the best model there is. Must come before the
    callbacks that keep models. Models without a `DepthMetric` learn from other things than depth.

    Args:
        training: Says how many samples there are and which of them are bad.
        validation: The same for the samples of a validation.
    """

    def __init__(self, training: ReadSamples, validation: ReadSamples):
        super().__init__()
        self.training = training
        self.validation = validation
        self._epoch = 0

    @override
    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._epoch = epoch

    @override
    def on_test_begin(self, logs: Mapping[str, float] | None = None) -> None:
        # The metrics still hold what the epoch was trained on.
        self._check("trained on", self.training)

    @override
    def on_test_end(self, logs: Mapping[str, float] | None = None) -> None:
        self._check("validated on", self.validation)

    def _check(self, what: str, loader: ReadSamples) -> None:
        # Mirrored variables become numbers by way of a tensor.
        counts = [float(tf.convert_to_tensor(m.count)) for m in _depth_metrics(self.model)]
        if not counts or max(counts) > 0:
            return
        skipped = list(loader.skipped.values())
        reason = (
            f"{len(skipped)} samples cannot be read, the first: {skipped[0]}"
            if skipped
            else "at the size that the network predicts, all depth is missing. Look at the data "
            "with `inspect`."
        )
        raise NothingKnownError(
            f"No depth was known in any of the pixels that epoch {self._epoch + 1} was {what}, "
            f"of {len(loader.source)} samples of {loader.source.title}: {reason}"
        )


def _depth_metrics(model: keras.Model) -> list[DepthMetric]:
    metrics = [each for metric in model.metrics for each in getattr(metric, "metrics", [metric])]
    return [metric for metric in metrics if isinstance(metric, DepthMetric)]
