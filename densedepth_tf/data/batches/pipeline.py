"""From a source of samples to batches of (image, target): decode, augment, resize, target."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from densedepth_tf.data.batches.augmentation import NO_AUGMENTATION, Augmentation, flip_and_reorder
from densedepth_tf.data.batches.loader import SampleLoader
from densedepth_tf.data.batches.resize_depth import halve_depth, resize_depth
from densedepth_tf.data.batches.share import ALL, Share
from densedepth_tf.geometry.region import WHOLE_IMAGE, Region
from densedepth_tf.geometry.resizing.resize import resize_bilinear
from densedepth_tf.process.memory import keep_freed_memory

FOREVER = np.iinfo(np.int64).max

# An index or a serialised record, and the position in the run -> a loader's arrays.
Load = Callable[[Any, int], tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class BatchFormat:
    """What a model wants to be fed.

    Args:
        image_size: `(height, width)` of the images.
        target_size: `(height, width)` of the network's output.
        to_target: Metres `(h, w, 1)`, 0 = missing, to the training target; the model's codec.
        batch_size: Samples in a batch.
        target_region: The part of the image that the network's output covers.
    """

    image_size: tuple[int, int]
    target_size: tuple[int, int]
    to_target: Callable[[tf.Tensor], tf.Tensor]
    batch_size: int
    target_region: Region = WHOLE_IMAGE


def training_batches(
    loader: SampleLoader,
    format: BatchFormat,
    augmentation: Augmentation,
    seed: int,
    start: int = 0,
    share: Share = ALL,
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
        share: The part of every batch that is read here.

    Returns:
        Dataset of `(images, targets)`: RGB `(N, H, W, 3)` and float32 `(N, h, w, 1)` in target
        space, 0 = missing. Networks take images as uint8 and as float32 in [0, 1]. They stay uint8,
        a quarter of the bytes, where the first has the network's size and the augmentation leaves
        whole grey levels; any of another size are then rounded to them.
    """
    keep_freed_memory()
    records = share.of_endless(shuffled_records(loader, seed, start), format.batch_size)
    as_bytes = augmentation.keeps_bytes and loader.first_image_size() == format.image_size
    samples = prepared_samples(records, loader.load, format, augmentation, seed, as_bytes)
    size = share.batch_size(format.batch_size)
    return share.endless(samples.batch(size, drop_remainder=True)).prefetch(tf.data.AUTOTUNE)


def validation_batches(
    loader: SampleLoader, format: BatchFormat, share: Share = ALL
) -> tf.data.Dataset:
    """Every sample once, in order, unchanged; the last batch may be smaller.

    A bad sample is a black image without depth, see `SampleLoader.load_or_empty`.

    Returns:
        Dataset of `(images, targets)` as from `training_batches`.
    """
    as_bytes = loader.first_image_size() == format.image_size

    def prepare(records: tf.data.Dataset) -> tf.data.Dataset:
        load = loader.load_or_empty
        return prepared_samples(records, load, format, NO_AUGMENTATION, 0, as_bytes)

    records = loader.records().enumerate()
    batches = share.batched(records, len(loader.source), format.batch_size, prepare)
    return batches.prefetch(tf.data.AUTOTUNE)


def shuffled_records(loader: SampleLoader, seed: int, start: int) -> tf.data.Dataset:
    """Endless `(position, record)`, every record once a pass, in an order that is the seed's.

    Args:
        loader: Tells how many records there are.
        seed: Any integer.
        start: Position of the first one.
    """
    first_pass, offset = divmod(start, len(loader.source))
    passes = tf.data.Dataset.range(first_pass, FOREVER)
    records = passes.flat_map(lambda number: loader.shuffled(seed, number))
    return records.skip(offset).enumerate(start)


def prepared_samples(
    records: tf.data.Dataset,
    load: Load,
    format: BatchFormat,
    augmentation: Augmentation,
    seed: int,
    as_bytes: bool,
) -> tf.data.Dataset:
    """Samples that only have to be put into batches.

    Args:
        records: Dataset of `(position, record)`.
        load: Reads a record.
        format: Sizes and target.
        augmentation: What to vary.
        seed: With a sample's position it decides how it is varied.
        as_bytes: Images stay uint8.

    Returns:
        Dataset of `(image, target)`, in the order of the records.
    """

    def prepare(position: tf.Tensor, record: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        sample_seed = tf.stack([tf.constant(seed, tf.int64), position])
        if augmentation.moves_pixels:
            image, depth = _arrays(load, [record, position])
            image, depth = augmentation.before_resizing(image, depth, sample_seed)
        else:
            draws = augmentation.draw_flip_and_order(sample_seed)
            image, depth = _arrays(_load_and_flip(load, format), [record, position, *draws])
        if as_bytes:
            image = resize_bytes(image, format.image_size)
        else:
            image = resize_image(image, format.image_size)
            image = augmentation.after_resizing(image, sample_seed)
        depth = resize_depth(depth, format.target_size, format.target_region)
        return image, format.to_target(depth)

    return records.map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _arrays(
    function: Callable[..., tuple[np.ndarray, ...]], arguments: list[tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Calls a function of arrays that returns an image and its depth."""
    image, depth = tf.numpy_function(function, arguments, (tf.uint8, tf.float32), stateful=False)
    image.set_shape((None, None, 3))
    depth.set_shape((None, None, 1))
    return image, depth


def _load_and_flip(load: Load, format: BatchFormat) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Reads, halves and flips in one call, whose depth is a quarter to hand over and to flip.

    A flip may come after halving, which treats both sides alike.
    """
    whole = format.target_region == WHOLE_IMAGE
    twice = tuple(2 * side for side in format.target_size)

    def load_and_flip(
        record: int | bytes, position: int, flip: bool, order: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        image, depth = load(record, position)
        if whole and depth.shape[:2] == twice:
            depth = halve_depth(depth)
        return flip_and_reorder(image, depth, flip, order)

    return load_and_flip


def resize_image(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """uint8 of any size to float32 in [0, 1] of the network's size, as `predict_depth` does it.

    Args:
        image: Tensor `(H, W, 3)` or a batch `(N, H, W, 3)`.
        size: `(height, width)`.
    """
    resized = tf.cond(
        _has_size(image, size),
        lambda: tf.cast(image, tf.float32),
        lambda: resize_bilinear(image, size, antialias=True),
    )
    return tf.ensure_shape(resized, (*image.shape[:-3], *size, 3)) / 255.0


def resize_bytes(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """`resize_image` to whole grey levels: uint8, untouched if it has the size."""
    resized = tf.cond(
        _has_size(image, size),
        lambda: image,
        lambda: tf.cast(tf.round(resize_bilinear(image, size, antialias=True)), tf.uint8),
    )
    return tf.ensure_shape(resized, (*image.shape[:-3], *size, 3))


def _has_size(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    return tf.reduce_all(tf.shape(image)[-3:-1] == size)
