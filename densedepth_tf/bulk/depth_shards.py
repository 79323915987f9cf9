"""Predictions as rows of a few large files: Parquet, or TFRecord.

A row is a picture, those that could not be predicted included:

| column or feature | Parquet | TFRecord | content |
|---|---|---|---|
| `name` | string | bytes | what its outputs would be called |
| `image` | string | bytes | its path |
| `failure` | string | bytes, empty for none | why there is no depth; null where there is |
| `height`, `width` | int32 | int64 | pixels; null without depth |
| `depth` | list of float32 | bytes | metres row by row, 0 = missing; in TFRecord an exact depth \
file for `read_depth` |
| `sidecar` | string | bytes | JSON, see `outputs.sidecar`; null without depth |
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from densedepth_tf.process.optional_package import is_installed, require
from densedepth_tf.process.wording import did_you_mean

ROWS_AT_ONCE = 8  # pictures of a row group: what is in memory at a time


@dataclass(frozen=True)
class DepthRow:
    """A picture's row.

    Attributes:
        name: What its outputs would be called.
        image: Its path, as text.
        depth: float32 (H, W, 1) metres, None where there is none.
        sidecar: Its description as JSON.
        failure: Why there is no depth.
    """

    name: str
    image: str
    depth: np.ndarray | None = None
    sidecar: str | None = None
    failure: str | None = None


Add = Callable[[DepthRow], None]


@contextlib.contextmanager
def parquet_shard(path: Path) -> Iterator[Add]:
    """Yields a function that adds rows to a new Parquet file."""
    pa = require("pyarrow", "`shards='parquet'`", "ray")
    pq = require("pyarrow.parquet", "`shards='parquet'`", "ray")
    schema = pa.schema(
        [
            pa.field("name", pa.string(), nullable=False),
            pa.field("image", pa.string(), nullable=False),
            pa.field("failure", pa.string()),
            pa.field("height", pa.int32()),
            pa.field("width", pa.int32()),
            pa.field("depth", pa.list_(pa.float32())),
            pa.field("sidecar", pa.string()),
        ]
    )
    waiting: list[DepthRow] = []
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False) as writer:

        def flush() -> None:
            depths = [row.depth for row in waiting]
            columns = {
                "name": [row.name for row in waiting],
                "image": [row.image for row in waiting],
                "failure": [row.failure for row in waiting],
                "height": [None if depth is None else depth.shape[0] for depth in depths],
                "width": [None if depth is None else depth.shape[1] for depth in depths],
                "depth": [None if depth is None else depth.ravel() for depth in depths],
                "sidecar": [row.sidecar for row in waiting],
            }
            writer.write_table(pa.table(columns, schema=schema))
            waiting.clear()

        def add(row: DepthRow) -> None:
            waiting.append(row)
            if len(waiting) == ROWS_AT_ONCE:
                flush()

        yield add
        if waiting:
            flush()


@contextlib.contextmanager
def tfrecord_shard(path: Path) -> Iterator[Add]:
    """Yields a function that adds records to a new TFRecord file."""
    import tensorflow as tf

    from densedepth_tf.files.depth.exact_depth import encode_exactly

    def feature(value: str | bytes | int) -> tf.train.Feature:
        if isinstance(value, int):
            return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        content = value if isinstance(value, bytes) else value.encode()
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[content]))

    with tf.io.TFRecordWriter(str(path)) as writer:

        def add(row: DepthRow) -> None:
            values: dict[str, str | bytes | int] = {
                "name": row.name,
                "image": row.image,
                "failure": row.failure or "",
            }
            if row.depth is not None:
                height, width = row.depth.shape[:2]
                values |= {"height": height, "width": width, "sidecar": row.sidecar or ""}
                values["depth"] = encode_exactly(row.depth)
            features = {name: feature(value) for name, value in values.items()}
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString(deterministic=True))

        yield add


SHARD_KINDS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Add]]] = {
    "parquet": parquet_shard,
    "tfrecord": tfrecord_shard,
}


def check_kind(kind: str) -> None:
    """Raises ValueError if there are no shards of that kind, ImportError if they need a package."""
    if kind not in SHARD_KINDS:
        raise ValueError(
            f"`shards` are one of {', '.join(SHARD_KINDS)}.{did_you_mean(kind, SHARD_KINDS)} "
            f"Received: '{kind}'"
        )
    if kind == "tfrecord" and not is_installed("tensorflow"):
        raise ModuleNotFoundError("`shards='tfrecord'` needs TensorFlow", name="tensorflow")
