"""One set of moving statistics for all replicas."""

from collections.abc import Mapping

import keras
from typing_extensions import override

from densedepth_tf.training.distribution.replicas import Replicas


class AverageStatistics(keras.callbacks.Callback):
    """Before every validation, and so before an epoch is kept, averages what the replicas have.

    Batch normalisation keeps moving statistics of the images that a replica saw.

    Args:
        replicas: Which they are.
    """

    def __init__(self, replicas: Replicas):
        super().__init__()
        self._replicas = replicas

    @override
    def on_test_begin(self, logs: Mapping[str, float] | None = None) -> None:
        self._replicas.average_statistics(self.model)
