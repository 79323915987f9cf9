"""Pictures as a soft lens, a shaken hand or strong compression leaves them."""

import numpy as np
import tensorflow as tf

from densedepth_tf.data.batches.share import ALL, Share

_SHARE = 0.5  # Of the images, the others stay as sharp as they are.
_STREAM = 1  # Of random numbers; others draw from the same seed and number.


class SoftFocus:
    """Blurs images of training batches at random; what they are to teach stays as it is.

    Half of the images are mixed with a Gaussian blur of theirs, at a random share. Networks that
    learnt from one camera's sharp pictures predict less depth on soft ones.

    Args:
        deviation: Standard deviation of the blur in pixels of these images, above 0.
        seed: Any integer.
        share: The part of every batch that is read here.
    """

    def __init__(self, deviation: float, seed: int = 0, share: Share = ALL):
        self._kernel = _gaussian(deviation)
        self._seed = seed
        self._share = share

    def batches(self, batches: tf.data.Dataset, start: int) -> tf.data.Dataset:
        """The same batches, some of whose images are softer; float32 in [0, 1].

        Args:
            batches: `(images, targets)`, as from `training_batches`.
            start: Number of batches seen before; what is drawn depends on it and the seed alone.
        """
        return batches.enumerate(start).map(self._soften).prefetch(tf.data.AUTOTUNE)

    def _soften(
        self, number: tf.Tensor, batch: tuple[tf.Tensor, tf.Tensor]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        images, targets = tf.image.convert_image_dtype(batch[0], tf.float32), batch[1]
        seed = self._share.seed_of(self._seed, number)
        seeds = tf.random.split(tf.random.fold_in(seed, _STREAM), 2)
        shape = tf.stack([tf.shape(images)[0], 1, 1, 1])
        amount = tf.random.stateless_uniform(shape, seeds[0])
        softer = tf.random.stateless_uniform(shape, seeds[1]) < _SHARE
        amount = tf.where(softer, amount, 0.0)
        return images + amount * (self._blurred(images) - images), targets

    def _blurred(self, images: tf.Tensor) -> tf.Tensor:
        margin = [len(self._kernel) // 2] * 2
        none = [0, 0]
        for shape, ends in (
            ((-1, 1, 1, 1), [none, margin, none, none]),
            ((1, -1, 1, 1), [none, none, margin, none]),
        ):
            padded = tf.pad(images, ends, mode="SYMMETRIC")
            taps = tf.constant(np.repeat(self._kernel.reshape(shape), 3, axis=2))
            images = tf.nn.depthwise_conv2d(padded, taps, [1, 1, 1, 1], "VALID")
        return images


def _gaussian(deviation: float) -> np.ndarray:
    """Taps of a blur out to three deviations, float32 `(2 n + 1,)`; their sum is 1."""
    reach = max(1, int(np.ceil(3 * deviation)))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    return (taps / taps.sum()).astype(np.float32)
