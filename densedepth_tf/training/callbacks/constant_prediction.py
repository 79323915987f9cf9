"""Noticing validations in which a network predicts one depth everywhere, and why."""

from collections.abc import Callable, Mapping

import keras
import numpy as np
from typing_extensions import override

from densedepth_tf.data.batches.pipeline import resize_image
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.process.wording import counted
from densedepth_tf.training.callbacks.averaged_weights import averaged_weights
from densedepth_tf.training.run.notes import CONSTANT, note
from densedepth_tf.training.run.run_folder import RunFolder

# Largest over smallest depth below which all of it is one constant.
VARIES = 1.02


class ConstantPrediction(keras.callbacks.Callback):
    """After every epoch, looks whether the depth of a few images differs anywhere.

    Where it does not, the usual reason is tried: with a batch's own statistics in place of the
    moving averages, which few steps leave at what they began with, the same weights predict depth.

    Args:
        images: Validation images, uint8 `(H, W, 3)`; none are looked at if there are none.
        image_size: `(height, width)` at which the network sees them.
        folder: Where it is noted.
        ema: The callback that swaps averaged weights in, if the run averages them.
        depth_network: The part of the model that predicts depth; None for all of it.
        takes_momentum: The run has an option `batch_norm_momentum`.
    """

    def __init__(
        self,
        images: list[np.ndarray],
        image_size: tuple[int, int],
        folder: RunFolder,
        ema: keras.callbacks.SwapEMAWeights | None = None,
        depth_network: Callable[[keras.Model], DepthEstimator] | None = None,
        takes_momentum: bool = True,
    ):
        super().__init__()
        self._depth_network, self._takes_momentum = depth_network, takes_momentum
        self.folder, self.ema = folder, ema
        self._images = np.array([resize_image(image, image_size) for image in images])

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if not len(self._images):
            return
        with averaged_weights(self.ema):
            low, high = self._range(training=False)
            if high >= VARIES * low:
                return
            with_batch = self._range_with_batch_statistics()
        unit = " m" if self._network.depth_unit else ""
        text = (
            f"in epoch {epoch + 1} the validation saw {low:.4g}{unit} everywhere, in all pixels of "
            f"{counted(len(self._images), 'image')}; its figures tell nothing. "
        )
        if with_batch[1] >= VARIES * with_batch[0]:
            steps = (epoch + 1) * self.params["steps"]
            cure = (
                "Lower `batch_norm_momentum` (0.9), or train" if self._takes_momentum else "Train"
            )
            text += (
                "Cause: the moving statistics of batch normalisation are too young after "
                f"{counted(steps, 'step')}; with those of the batch the same weights see "
                f"{with_batch[0]:.3g} to {with_batch[1]:.3g}{unit}. {cure} longer."
            )
        else:
            text += (
                "Batch statistics are not the cause: the network has learned one depth for all. "
                "Look at the data with `inspect`, lower `learning_rate`, or train longer."
            )
        note(self.folder.notes, CONSTANT, text, "warning")

    @property
    def _network(self) -> DepthEstimator:
        return self.model if self._depth_network is None else self._depth_network(self.model)

    def _range(self, training: bool) -> tuple[float, float]:
        network = self._network
        depth = np.asarray(network.to_depth(network(self._images, training=training)))
        return float(depth.min()), float(depth.max())

    def _range_with_batch_statistics(self) -> tuple[float, float]:
        """The same with the statistics of the images themselves; the model stays as it is."""
        kept = [weight for weight in self._network.variables if not weight.trainable]
        values = [np.array(weight) for weight in kept]
        try:
            return self._range(training=True)
        finally:
            for weight, value in zip(kept, values, strict=True):
                weight.assign(value)
