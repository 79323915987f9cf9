"""Epochs in which an encoder that has learned elsewhere stays as it is."""

from collections.abc import Callable, Mapping

import keras
from typing_extensions import override

from densedepth_tf.models.depth_estimator import DepthEstimator


class FreezeEncoder(keras.callbacks.Callback):
    """Freezes the encoder at the beginning of a training, its statistics as well.

    The optimiser has been built for all weights, so that a run may be resumed in any epoch. What
    is kept of an epoch holds no frozen layers: whoever loads it goes on with all of them. Must
    come before the callbacks that keep models.

    Args:
        depth_network: The part of the trained model whose encoder it is.
        epochs: How many epochs it is frozen, from the run's first.
    """

    def __init__(self, depth_network: Callable[[keras.Model], DepthEstimator], epochs: int):
        super().__init__()
        self._depth_network, self._epochs = depth_network, epochs
        self._traced_frozen = False

    @override
    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        frozen = epoch < self._epochs
        self._depth_network(self.model).backbone.trainable = not frozen
        if frozen != self._traced_frozen:
            # A step that is traced already goes on with the layers that learned then.
            self.model.make_train_function(force=True)
            self._traced_frozen = frozen

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._depth_network(self.model).backbone.trainable = True
