"""A data set -> the TFRecord shards of one split, see `tfrecord.py`."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from densedepth_tf.data.source import DepthSource
from densedepth_tf.data.tfrecord.shard_place import ShardPlace, shard_place
from densedepth_tf.data.tfrecord.tfrecord_example import IMAGE_FORMATS, encode_sample
from densedepth_tf.data.tfrecord.tfrecord_source import FORMAT
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

IMAGES_PER_SHARD = 1000


@dataclass(frozen=True)
class ShardJob:
    """What is the same for all shards of a split.

    Attributes:
        output_dir: A folder or a bucket.
        split: The split's name.
        num_shards: How many files there are.
        image_format: See `write_shards`.
        strict: A bad sample is an error.
    """

    output_dir: str
    split: str
    num_shards: int
    image_format: str = "original"
    strict: bool = False

    def file(self, number: int) -> str:
        """The name of a shard's file."""
        return f"{self.split}-{number:05d}-of-{self.num_shards:05d}.tfrecord"


@dataclass(frozen=True)
class WrittenShard:
    """A shard that is there.

    Attributes:
        number: From 0.
        entry: What the index says of it: `file`, `num_images`, `num_bytes`.
        skipped: Messages of its bad samples.
    """

    number: int
    entry: dict[str, Any]
    skipped: list[str]


RunShards = Callable[[ShardJob, Sequence[int]], Iterator[WrittenShard]]


def write_shards(
    source: DepthSource,
    output_dir: str | os.PathLike,
    split: str,
    num_shards: int | None = None,
    *,
    image_format: str = "original",
    strict: bool = False,
    run: RunShards | None = None,
) -> dict[str, Any]:
    """Writes a source as the shards of one split, with a progress bar.

    Sample i goes to shard i modulo `num_shards`. Depth is kept exactly. Bad samples are left out
    and counted. Shards appear one by one, each complete, and the index last; on any error, what
    this call wrote is removed. A second process that writes the split to the same place is
    refused.

    Args:
        source: What to write.
        output_dir: A folder or a bucket; of other buckets than Google's, a shard at a time is
            written here and uploaded. A split that is there already is never overwritten.
        split: "train", "validation" or "test": the name to give it.
        num_shards: Number of files; one per 1000 samples by default.
        image_format: "original" copies JPEG and PNG files unchanged, and makes quality-95 JPEGs
            of images that come from elsewhere; "jpeg" and "png" encode all of them anew.
        strict: A bad sample is an error.
        run: Writes the shards of these numbers with `write_shard`, in any order, elsewhere than in
            this process.

    Returns:
        The index: `num_images`, `skipped` (messages of bad samples), `shards` and settings.

    Raises:
        ValueError: If an argument is wrong, the split exists, or no sample is good.
        BadSampleError: If a sample is bad and `strict`.
        OSError: If the output cannot be written, or another process is writing it.
    """
    place = shard_place(output_dir)
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
    place.check_writable()
    with place.claim(_index_file(split)):
        job = ShardJob(place.title, split, num_shards, image_format, strict)
        return _write_split(source, place, job, run)


def write_shard(
    source: DepthSource, job: ShardJob, number: int, advance: Callable[[bool], None] | None = None
) -> WrittenShard:
    """Writes one shard, in one step.

    Args:
        source: All samples of the split.
        job: The split.
        number: The shard's.
        advance: Called after every sample with whether it was left out.

    Raises:
        BadSampleError: If a sample is bad and the job is strict.
        OSError: If it cannot be written.
    """

    def encoded(index: int) -> bytes | BadSampleError:
        try:
            return encode_sample(source[index], source.image_content(index), job.image_format)
        except BadSampleError as error:
            if job.strict:
                raise
            return error

    file, skipped = job.file(number), list[str]()
    records = map_ahead(encoded, range(number, len(source), job.num_shards), 4, 8)
    try:
        with shard_place(job.output_dir).publish(file) as temporary:
            count, num_bytes = _write_records(temporary, records, skipped, advance)
    except tf.errors.OpError as error:
        raise OSError(f"Cannot write to '{job.output_dir}': {error.message}") from error
    entry = {"file": file, "num_images": count, "num_bytes": num_bytes}
    return WrittenShard(number, entry, skipped)


def _write_split(
    source: DepthSource, place: ShardPlace, job: ShardJob, run: RunShards | None
) -> dict[str, Any]:
    split = job.split
    if place.exists(_index_file(split)):
        raise ValueError(
            f"'{place.title}' already holds the split '{split}' ({split}.json); delete it or "
            "choose another output folder."
        )
    shards: dict[int, WrittenShard] = {}
    numbers = range(job.num_shards)
    try:
        with ProgressBar(total=len(source), unit="image", desc=f"writing {split}") as progress:
            num_skipped = 0

            def advance(is_skipped: bool) -> None:
                nonlocal num_skipped
                if is_skipped:
                    num_skipped += 1
                    progress.set_postfix(skipped=num_skipped)
                progress.update()

            if run is None:
                for number in numbers:
                    shards[number] = write_shard(source, job, number, advance)
            else:
                for shard in run(job, numbers):
                    shards[shard.number] = shard
                    progress.update(shard.entry["num_images"] + len(shard.skipped))
        in_order = [shards[number] for number in numbers]
        skipped = [message for shard in in_order for message in shard.skipped]
        if len(skipped) == len(source):
            raise ValueError(f"No sample of {source.title} can be read; the first: {skipped[0]}")
        index = {
            "format": FORMAT,
            "split": split,
            "source": source.title,
            "num_images": len(source) - len(skipped),
            "image_format": job.image_format,
            "skipped": skipped,
            "shards": [shard.entry for shard in in_order],
        }
        with (
            place.publish(_index_file(split)) as temporary,
            tf.io.gfile.GFile(temporary, "w") as file,
        ):
            file.write(json.dumps(index, indent=2) + "\n")
    except BaseException:
        # Those of other processes may be there before they are told of.
        remove_shards(job, shards if run is None else numbers)
        raise
    return index


def remove_shards(job: ShardJob, numbers: Iterable[int]) -> None:
    """Removes shards of a split without an index, those of them that are there."""
    place = shard_place(job.output_dir)
    for number in numbers:
        place.remove(job.file(number))


def _index_file(split: str) -> str:
    return f"{split}.json"


def _write_records(
    path: str,
    records: Iterator[bytes | BadSampleError],
    skipped: list[str],
    advance: Callable[[bool], None] | None,
) -> tuple[int, int]:
    """Writes one shard and returns its numbers of records and bytes."""
    count = 0
    with tf.io.TFRecordWriter(path) as writer:
        for record in records:
            is_bad = isinstance(record, BadSampleError)
            if isinstance(record, BadSampleError):
                skipped.append(str(record))
            else:
                writer.write(record)
                count += 1
            if advance is not None:
                advance(is_bad)
    return count, tf.io.gfile.stat(path).length
