"""TFRecord shards: samples in a few large files, to stream from disks or buckets.

A split is `<split>-00000-of-00008.tfrecord` and so on, and an index `<split>.json`, written last.
"""

import os
from collections.abc import Collection, Iterator
from typing import Any

import tensorflow as tf
from typing_extensions import override

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.sample_check import UnitCheck
from densedepth_tf.data.source import Reader, RecordSource, record_readers
from densedepth_tf.data.subset import first_of
from densedepth_tf.data.tfrecord.tfrecord_example import decode_sample
from densedepth_tf.data.tfrecord.tfrecord_lengths import check_record_lengths
from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.file_tree import relative_name
from densedepth_tf.files.json_text import parse_json
from densedepth_tf.files.local_copy import local_copy
from densedepth_tf.files.regular_file import check_regular_file
from densedepth_tf.files.text_file import check_text_size

FORMAT = "densedepth-tf shards 1"


class TFRecordSource(RecordSource[Sample]):
    """The shards of one split, read in order; not by index.

    Args:
        data_dir: The folder that `tfrecord_writer.write_shards` wrote, or a bucket such as
            `gs://bucket/folder`.
        split: "train", "validation" or "test".
        num_images: At most so many samples, from the beginning.

    Attributes:
        title: What is read, for titles and reports.
        shards: Full paths of the shard files.
        is_whole: Whether it reads all there is, not only the first `num_images`.

    Raises:
        ValueError: If the split is not there, is incomplete, or a shard is cut off.
    """

    def __init__(
        self, data_dir: str | os.PathLike, split: str = "train", *, num_images: int | None = None
    ):
        data_dir = os.fspath(_readable(data_dir, split))
        index = _read_index(data_dir, split)
        self.title = f"{os.path.basename(os.path.normpath(data_dir))}/{split}"
        self.shards = [path_in(data_dir, shard["file"]) for shard in index["shards"]]
        self._counts = [shard["num_images"] for shard in index["shards"]]
        self._check_unit = UnitCheck(believed=True)
        self._num_images = min(index["num_images"], num_images or index["num_images"])
        self.is_whole = self._num_images == index["num_images"]
        self.title = first_of(self.title, self._num_images, index["num_images"])
        for path, shard in zip(self.shards, index["shards"], strict=True):
            _check_size(path, shard["num_bytes"])
            if "://" not in path:  # A bucket is asked by the request, and one's own.
                check_record_lengths(path)

    def __len__(self) -> int:
        return self._num_images

    @override
    def records(self) -> Iterator[bytes]:
        """Serialised records in the order of the shards.

        Raises:
            ValueError: If a shard is damaged (the message names it), or if the shards hold fewer
                records than their index promises.
        """
        return self._records_from(0)

    @override
    def readers(
        self, indexes: Collection[int] | None = None
    ) -> Iterator[tuple[int, Reader[Sample]]]:
        first = 0 if indexes is None else min(indexes, default=0)
        return record_readers(self._records_from(first), self.decode, indexes, first)

    def _records_from(self, first: int) -> Iterator[bytes]:
        """As `records`, without the `first` ones, whose shards are not opened."""
        remaining = self._num_images - first
        for shard, count in zip(self.shards, self._counts, strict=True):
            if first >= count:
                first -= count
                continue
            stored, first = tf.data.TFRecordDataset(shard).skip(first), 0
            try:
                for record in stored.take(remaining).as_numpy_iterator():
                    remaining -= 1
                    yield record
            except tf.errors.OpError as error:
                # TensorFlow puts the message between names of its own.
                reason = error.message.rsplit("}} ", 1)[-1].split(" [Op:")[0]
                raise ValueError(
                    f"Shard '{shard}' is damaged: {reason}. Copy or write it again."
                ) from error
        if remaining > 0:
            raise ValueError(self.too_few())

    @override
    def decode(self, serialized: bytes) -> Sample:
        """One record as a sample.

        Raises:
            BadSampleError: If the record is damaged or lacks a feature.
        """
        return decode_sample(serialized, self.title, self._check_unit)


def path_in(folder: str, file: str) -> str:
    """A file's path in a folder or bucket; buckets have forward slashes on every system."""
    return f"{folder.rstrip('/')}/{file}"


def _readable(data_dir: str | os.PathLike, split: str) -> str | os.PathLike:
    """Where TensorFlow reads the shards of a split: of buckets it knows Google's alone."""
    if not is_bucket(data_dir) or os.fspath(data_dir).startswith("gs://"):
        return data_dir
    return local_copy(
        os.fspath(data_dir),
        lambda names: {name for name in names if name.startswith((f"{split}.", f"{split}-"))},
        lambda name: set(),
    )


def _read_index(data_dir: str, split: str) -> dict[str, Any]:
    path = path_in(data_dir, f"{split}.json")
    try:
        if os.path.exists(path):
            check_regular_file(path)
        check_text_size(tf.io.gfile.stat(path).length, path)
        with tf.io.gfile.GFile(path) as file:
            index = parse_json(file.read())
        shards = index["shards"]
        files = [shard["file"] for shard in shards if _is_count(shard["num_bytes"])]
        is_index = index["format"] == FORMAT and _is_count(index["num_images"], 1)
        is_index &= len(files) == len(shards) and all(_is_count(s["num_images"]) for s in shards)
        is_index &= sum(shard["num_images"] for shard in index["shards"]) == index["num_images"]
        if not is_index or any(relative_name(file) != os.path.basename(file) for file in files):
            raise ValueError
    except tf.errors.NotFoundError as error:
        raise ValueError(
            f"'{data_dir}' has no complete split '{split}': there is no {split}.json. Write it "
            f"with `python -m densedepth_tf tfrecord --split {split}`."
        ) from error
    except tf.errors.OpError as error:
        raise ValueError(f"Cannot read '{path}': {error.message}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"'{path}' is not an index of shards, or is damaged.") from error
    return index


def _is_count(value: object, least: int = 0) -> bool:
    return type(value) is int and least <= value < 2**63


def _check_size(path: str, num_bytes: int) -> None:
    try:
        found = tf.io.gfile.stat(path).length
    except tf.errors.OpError as error:
        raise ValueError(f"Shard '{path}' cannot be read: {error.message}") from error
    if found != num_bytes:
        raise ValueError(
            f"Shard '{path}' is damaged: it has {found} bytes where its index says {num_bytes}. "
            "Copy or write it again."
        )
