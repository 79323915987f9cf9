"""From frames with neighbours to batches for learning depth from motion and stereo."""

import tensorflow as tf

from densedepth_tf.data.batches.pipeline import shuffled_records
from densedepth_tf.data.batches.sequence_augmentation import (
    NO_SEQUENCE_AUGMENTATION,
    SequenceAugmentation,
)
from densedepth_tf.data.batches.sequence_camera import resized_camera
from densedepth_tf.data.batches.sequence_loader import SequenceLoader
from densedepth_tf.data.batches.share import ALL, Share
from densedepth_tf.geometry.resizing.lanczos import resize_lanczos


def sequence_training_batches(
    loader: SequenceLoader,
    batch_size: int,
    augmentation: SequenceAugmentation,
    seed: int,
    start: int = 0,
    share: Share = ALL,
) -> tf.data.Dataset:
    """Endless shuffled and augmented batches, see `pipeline.training_batches`.

    Args:
        loader: Reads the samples, knows the networks' image size.
        batch_size: Samples in a batch.
        augmentation: What to vary.
        seed: Any integer.
        start: Number of samples already seen.
        share: The part of every batch that is read here.

    Returns:
        Dataset of dictionaries, all float32: `image` `(N, H, W, 3)` and `frames`
        `(N, F, H, W, 3)`, RGB in [0, 1], as the loss sees them; `seen_image` and `seen_frames`,
        the same as the networks see them; `intrinsics` `(N, 3, 3)` in pixels;
        `stereo_transform` `(N, 4, 4)` in units of depth.
    """
    records = share.of_endless(shuffled_records(loader, seed, start), batch_size)
    samples = _samples(records, loader, augmentation, seed)
    size = share.batch_size(batch_size)
    return share.endless(samples.batch(size, drop_remainder=True)).prefetch(tf.data.AUTOTUNE)


def sequence_validation_batches(
    loader: SequenceLoader, batch_size: int, share: Share = ALL
) -> tf.data.Dataset:
    """Every sample once, in order, unchanged; the last batch may be smaller.

    A bad sample is replaced by the next good one.

    Returns:
        Dataset as from `sequence_training_batches`.
    """

    def prepare(records: tf.data.Dataset) -> tf.data.Dataset:
        return _samples(records, loader, NO_SEQUENCE_AUGMENTATION, seed=0)

    number = len(loader.source)
    records = tf.data.Dataset.range(number).enumerate()
    return share.batched(records, number, batch_size, prepare).prefetch(tf.data.AUTOTUNE)


def _samples(
    records: tf.data.Dataset,
    loader: SequenceLoader,
    augmentation: SequenceAugmentation,
    seed: int,
) -> tf.data.Dataset:
    number = 1 + len(loader.frame_offsets)

    def prepare(position: tf.Tensor, record: tf.Tensor) -> dict[str, tf.Tensor]:
        types = (tf.uint8, tf.float32, tf.float32)
        arrays = tf.numpy_function(loader.load, [record, position], types, stateful=False)
        shapes = ((number, None, None, 3), (3, 3), (4, 4))
        images, intrinsics, transform = map(tf.ensure_shape, arrays, shapes)
        sample_seed = tf.stack([tf.constant(seed, tf.int64), position])
        images, intrinsics, transform = augmentation.before_resizing(
            images, intrinsics, transform, sample_seed
        )
        intrinsics = resized_camera(intrinsics, tf.shape(images)[1:3], loader.image_size)
        images = _resized(images, loader.image_size)
        images, seen, intrinsics, transform = augmentation.after_resizing(
            images, intrinsics, transform, sample_seed
        )
        return {
            "image": images[0],
            "frames": images[1:],
            "seen_image": seen[0],
            "seen_frames": seen[1:],
            "intrinsics": intrinsics,
            "stereo_transform": transform,
        }

    return records.map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _resized(images: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """uint8 `(N, H, W, 3)` to float32 in [0, 1], as `Monodepth2.predict_depth` does it."""
    resized = tf.numpy_function(
        lambda frames: resize_lanczos(frames, size), [images], tf.uint8, stateful=False
    )
    return tf.cast(tf.ensure_shape(resized, (images.shape[0], *size, 3)), tf.float32) / 255.0
