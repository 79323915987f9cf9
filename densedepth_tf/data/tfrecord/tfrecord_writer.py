"""A data set -> the TFRecord shards of one split, see `tfrecord.py`."""

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from densedepth_tf.data.source import DepthSource
from densedepth_tf.data.tfrecord.tfrecord_example import IMAGE_FORMATS, encode_sample
from densedepth_tf.data.tfrecord.tfrecord_source import FORMAT, path_in
from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.claims import claim
from densedepth_tf.files.writable_folder import named_path
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

IMAGES_PER_SHARD = 1000


def write_shards(
    source: DepthSource,
    output_dir: str | os.PathLike,
    split: str,
    num_shards: int | None = None,
    *,
    image_format: str = "original",
    strict: bool = False,
) -> dict[str, Any]:
    """Writes a source as the shards of one split, with a progress bar.

    Sample i goes to shard i modulo `num_shards`. Depth is kept exactly. Bad samples are left out
    and counted. Shards appear one by one, each complete, and the index last; on any error, what
    this call wrote is removed. A second process that writes the split to the same folder is
    refused; buckets know no locks.

    Args:
        source: What to write.
        output_dir: A folder or a bucket. A split that is there already is never overwritten.
        split: "train", "validation" or "test": the name to give it.
        num_shards: Number of files; one per 1000 samples by default.
        image_format: "original" copies JPEG and PNG files unchanged, and makes quality-95 JPEGs
            of images that come from elsewhere; "jpeg" and "png" encode all of them anew.
        strict: A bad sample is an error.

    Returns:
        The index: `num_images`, `skipped` (messages of bad samples), `shards` and settings.

    Raises:
        ValueError: If an argument is wrong, the split exists, or no sample is good.
        BadSampleError: If a sample is bad and `strict`.
        OSError: If the output cannot be written, or another process is writing it.
    """
    output_dir = os.fspath(output_dir)
    if not _is_bucket(output_dir):
        named_path(output_dir, "output_dir")
    if num_shards is None:
        num_shards = max(1, round(len(source) / IMAGES_PER_SHARD))
    if not 1 <= num_shards <= len(source):
        raise ValueError(
            f"The number of shards must lie in 1..{len(source)}, the number of samples. "
            f"Received: {num_shards}"
        )
    if image_format not in IMAGE_FORMATS:
        raise ValueError(
            f"The image format must be one of {', '.join(IMAGE_FORMATS)}. "
            f"Received: '{image_format}'"
        )
    index_name = f"{split}.json"
    alone = contextlib.nullcontext() if _is_bucket(output_dir) else claim(output_dir, [index_name])
    with alone:
        return _write_split(source, output_dir, split, num_shards, image_format, strict)


def _write_split(
    source: DepthSource,
    output_dir: str,
    split: str,
    num_shards: int,
    image_format: str,
    strict: bool,
) -> dict[str, Any]:
    index_path = path_in(output_dir, f"{split}.json")
    if tf.io.gfile.exists(index_path):
        raise ValueError(
            f"'{output_dir}' already holds the split '{split}' ({split}.json); delete it or "
            "choose another output folder."
        )

    def encoded(index: int) -> bytes | BadSampleError:
        try:
            return encode_sample(source[index], source.image_content(index), image_format)
        except BadSampleError as error:
            if strict:
                raise
            return error

    shards: list[dict[str, Any]] = []
    skipped: list[str] = []
    published: list[str] = []
    try:
        with ProgressBar(total=len(source), unit="image", desc=f"writing {split}") as progress:
            for number in range(num_shards):
                file = f"{split}-{number:05d}-of-{num_shards:05d}.tfrecord"
                path = path_in(output_dir, file)
                records = map_ahead(encoded, range(number, len(source), num_shards), 4, 8)
                with _published(path) as temporary:
                    count, num_bytes = _write_shard(temporary, records, skipped, progress)
                published.append(path)
                shards.append({"file": file, "num_images": count, "num_bytes": num_bytes})
        if len(skipped) == len(source):
            raise ValueError(f"No sample of {source.title} can be read; the first: {skipped[0]}")
        index = {
            "format": FORMAT,
            "split": split,
            "source": source.title,
            "num_images": len(source) - len(skipped),
            "image_format": image_format,
            "skipped": skipped,
            "shards": shards,
        }
        with _published(index_path) as temporary, tf.io.gfile.GFile(temporary, "w") as file:
            file.write(json.dumps(index, indent=2) + "\n")
    except BaseException as error:
        for path in published:
            tf.io.gfile.remove(path)
        if isinstance(error, tf.errors.OpError):
            raise OSError(f"Cannot write to '{output_dir}': {error.message}") from error
        raise
    return index


def _is_bucket(path: str) -> bool:
    return "://" in path


@contextlib.contextmanager
def _published(path: str) -> Iterator[str]:
    """A temporary path that becomes `path` on success, on disks and in buckets."""
    if not _is_bucket(path):
        with atomic_path(path) as beside:
            yield str(beside)
        return
    temporary = f"{path}.partial"
    try:
        yield temporary
        tf.io.gfile.rename(temporary, path, overwrite=True)
    except BaseException:
        if tf.io.gfile.exists(temporary):
            tf.io.gfile.remove(temporary)
        raise


def _write_shard(
    path: str, records: Iterator[bytes | BadSampleError], skipped: list[str], progress: ProgressBar
) -> tuple[int, int]:
    """Writes one shard and returns its numbers of records and bytes."""
    count = 0
    with tf.io.TFRecordWriter(path) as writer:
        for record in records:
            if isinstance(record, BadSampleError):
                skipped.append(str(record))
                progress.set_postfix(skipped=len(skipped))
            else:
                writer.write(record)
                count += 1
            progress.update()
    return count, tf.io.gfile.stat(path).length
