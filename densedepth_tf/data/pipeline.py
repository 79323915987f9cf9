"""From a source of samples to batches of (image, target): decode, augment, resize, target."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from densedepth_tf.data.augmentation import NO_AUGMENTATION, Augmentation
from densedepth_tf.data.loader import Loader, StreamLoader
from densedepth_tf.data.resize_depth import resize_depth
from densedepth_tf.geometry.resize import resize_bilinear

SHUFFLE_BUFFER = 1024
FOREVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class BatchFormat:
    """What a model wants to be fed.

    Args:
        image_size: `(height, width)` of the images.
        target_size: `(height, width)` of the network's output.
        to_target: Metres `(h, w, 1)`, 0 = missing, to the training target; the model's codec.
        batch_size: Samples in a batch.
    """

    image_size: tuple[int, int]
    target_size: tuple[int, int]
    to_target: Callable[[Any], Any]
    batch_size: int


def training_batches(
    loader: Loader,
    format: BatchFormat,
    augmentation: Augmentation,
    seed: int,
    start: int = 0,
) -> tf.data.Dataset:
    """Endless shuffled and augmented batches.

    Sample order and augmentation are functions of `seed` and of the position in the endless
    sequence alone: started at position `start`, it goes on as if it had never stopped.

    Args:
        loader: Reads the samples.
        format: Sizes and target.
        augmentation: What to vary.
        seed: Any integer.
        start: Number of samples already seen.

    Returns:
        Dataset of `(images, targets)`: float32 `(N, H, W, 3)` RGB in [0, 1] and float32
        `(N, h, w, 1)` in target space, 0 = missing.
    """
    records = shuffled_records(loader, seed, start)
    samples = _samples(records, loader.load, format, augmentation, seed)
    return samples.batch(format.batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)


def validation_batches(loader: Loader, format: BatchFormat) -> tf.data.Dataset:
    """Every sample once, in order, unchanged; the last batch may be smaller.

    A bad sample is a black picture without depth, see `Loader.load_or_empty`.

    Returns:
        Dataset of `(images, targets)` as from `training_batches`.
    """
    if isinstance(loader, StreamLoader):
        records = tf.data.TFRecordDataset(loader.source.shards)
        # Keras warns that data ran out where it does not know how much there is.
        count = tf.data.experimental.assert_cardinality(len(loader.source))
        records = records.take(len(loader.source)).apply(count).enumerate()
    else:
        records = tf.data.Dataset.range(len(loader.source)).enumerate()
    samples = _samples(records, loader.load_or_empty, format, NO_AUGMENTATION, seed=0)
    return samples.batch(format.batch_size).prefetch(tf.data.AUTOTUNE)


def shuffled_records(loader: Loader, seed: int, start: int) -> tf.data.Dataset:
    """Endless `(position, record)`, every record once a pass, in an order that is the seed's.

    Args:
        loader: Tells how many records there are.
        seed: Any integer.
        start: Position of the first one.
    """
    first_pass, offset = divmod(start, len(loader.source))
    passes = tf.data.Dataset.range(first_pass, FOREVER)
    records = passes.flat_map(lambda number: _shuffled_pass(loader, seed, number))
    return records.skip(offset).enumerate(start)


def _shuffled_pass(loader: Loader, seed: int, number: Any) -> tf.data.Dataset:
    """One pass over all records in an order given by seed and the pass's number."""
    pass_seed = tf.stack([tf.constant(seed, tf.int64), number])
    if isinstance(loader, StreamLoader):
        shards = tf.constant(loader.source.shards)
        if loader.source.is_whole:
            shards = tf.random.experimental.stateless_shuffle(shards, pass_seed)
        records = tf.data.TFRecordDataset(shards).take(len(loader.source))
        # A shuffle mixes in its graph's seed, which is the process's global one unless set here.
        # It must not be 0: TensorFlow would ask in Python whether the other one, a tensor, is 0.
        tf.compat.v1.get_default_graph().seed = 1 + seed % (tf.int32.max - 1)
        return records.shuffle(SHUFFLE_BUFFER, seed=number, reshuffle_each_iteration=False)
    indices = tf.range(len(loader.source), dtype=tf.int64)
    order = tf.random.experimental.stateless_shuffle(indices, pass_seed)
    return tf.data.Dataset.from_tensor_slices(order)


def _samples(
    records: tf.data.Dataset,
    load: Callable[[Any, Any], tuple[np.ndarray, np.ndarray]],
    format: BatchFormat,
    augmentation: Augmentation,
    seed: int,
) -> tf.data.Dataset:
    def prepare(position: Any, record: Any) -> tuple[Any, Any]:
        image, depth = tf.numpy_function(
            load, [record, position], (tf.uint8, tf.float32), stateful=False
        )
        image.set_shape((None, None, 3))
        depth.set_shape((None, None, 1))
        sample_seed = tf.stack([tf.constant(seed, tf.int64), position])
        image, depth = augmentation.before_resizing(image, depth, sample_seed)
        image = augmentation.after_resizing(resize_image(image, format.image_size), sample_seed)
        return image, format.to_target(resize_depth(depth, format.target_size))

    return records.map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def resize_image(image: Any, size: tuple[int, int]) -> Any:
    """uint8 of any size to float32 in [0, 1] of the network's size, as `predict_depth` does it.

    Args:
        image: Tensor `(H, W, 3)` or a batch `(N, H, W, 3)`.
        size: `(height, width)`.
    """
    resized = tf.cond(
        tf.reduce_all(tf.shape(image)[-3:-1] == size),
        lambda: tf.cast(image, tf.float32),
        lambda: resize_bilinear(image, size, antialias=True),
    )
    return tf.ensure_shape(resized, (*image.shape[:-3], *size, 3)) / 255.0
