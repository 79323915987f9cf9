"""Learning from a teacher as well: its predictions become a part of the training target."""

import numpy as np
import tensorflow as tf

from densedepth_tf.data.batches.pipeline import BatchFormat
from densedepth_tf.data.batches.share import ALL, Share
from densedepth_tf.geometry.depth_model import as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.geometry.finite import check_finite_depth
from densedepth_tf.geometry.region import Region, pixels_inside
from densedepth_tf.models.image_range import as_float


class Distillation:
    """Blends training targets with what a teacher predicts for the very same augmented images.

    The student learns the teacher's function on views that no data set holds ("function matching",
    Beyer et al. 2022, section 3). Images may be mixed in pairs: what their depth is, the teacher
    alone can say.

    Args:
        teacher: Has `predict_depth`, and may see a part of the image; see `DepthModel`.
        weight: The teacher's share of the target where depth is known, in 0..1; elsewhere it is 1.
            Targets of -1 become the teacher's, negated: only their proportions are to be learnt,
            see `ScaleFreeLoss`. An image that is mixed with such a one is such a one.
        mixup: Probability that an image is mixed with another one of its batch.
        format: Sizes and target of the batches.
        seed: Any integer.
        share: The part of every batch that is read here; images are mixed with others of it.
    """

    def __init__(
        self,
        teacher: DepthPredictor,
        weight: float,
        mixup: float,
        format: BatchFormat,
        seed: int = 0,
        share: Share = ALL,
    ):
        self._teacher = as_depth_model(teacher)
        self._weight = weight
        self._mixup = mixup
        self._format = format
        self._seed = seed
        self._share = share
        self._size = share.batch_size(format.batch_size)

    def batches(self, batches: tf.data.Dataset, start: int) -> tf.data.Dataset:
        """The same batches with the teacher's share in them.

        Args:
            batches: `(images, targets)`, as from `training_batches`.
            start: Number of batches seen before; what is drawn depends on it and the seed alone.
        """
        return batches.enumerate(start).map(self._teach).prefetch(tf.data.AUTOTUNE)

    def _teach(
        self, number: tf.Tensor, batch: tuple[tf.Tensor, tf.Tensor]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        images, targets = batch
        if self._mixup:
            images, targets = self._mix(as_float(images), targets, number)
        # Of a scale that is not to be learnt, see `data.batches.mixture`.
        free, targets = targets < 0, tf.maximum(targets, 0.0)
        depth = tf.numpy_function(self._predict, [images], tf.float32, stateful=False)
        depth = tf.ensure_shape(depth, (*images.shape[:3], 1))
        depth = tf.image.resize(depth, self._format.target_size, antialias=True)
        known = tf.constant(_inside(Region(*self._teacher.view), self._format.target_size))
        taught = self._format.to_target(tf.where(known, depth, 0.0))
        blend = targets + self._weight * (taught - targets)
        blend = tf.where(targets > 0, blend, taught)
        blend = tf.where(known, blend, targets)
        return images, tf.where(free, -blend, blend)

    def _mix(
        self, images: tf.Tensor, targets: tf.Tensor, number: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        seeds = tf.random.split(self._share.seed_of(self._seed, number), 2)
        shape = (self._size, 1, 1, 1)
        share = tf.random.stateless_uniform(shape, seeds[0], 0.0, 0.5)
        mixed = tf.random.stateless_uniform(shape, seeds[1]) < self._mixup
        share = tf.where(mixed, share, 0.0)
        images = images + share * (tf.roll(images, 1, axis=0) - images)
        free = tf.reduce_any(targets < 0, axis=(1, 2, 3), keepdims=True)
        unknown = tf.where(free | tf.roll(free, 1, axis=0), -1.0, 0.0)
        return images, tf.where(mixed, unknown, targets)

    def _predict(self, images: np.ndarray) -> np.ndarray:
        depth = self._teacher.predict_depth(images)
        check_finite_depth(depth, f"teacher {self._teacher.name}")
        return depth


def _inside(view: Region, size: tuple[int, int]) -> np.ndarray:
    """True where a pixel lies in the view, `(height, width, 1)`."""
    rows = pixels_inside(size[0], view.top, view.bottom)
    columns = pixels_inside(size[1], view.left, view.right)
    return (rows[:, None] & columns)[..., None]
