"""Readers of TFRecord shards."""

import json
import struct
from pathlib import Path

from reader_registry import file, reader, write_pairs


def _shards(folder: Path) -> Path:
    from densedepth_tf.data.pairs.folder import FolderSource
    from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards

    source = FolderSource(write_pairs(folder), "train")
    write_shards(source, folder / "shards", "train", 1)
    return folder / "shards" / "train.json"


def _read_shards(path: Path) -> None:
    from densedepth_tf.data.tfrecord.tfrecord_source import TFRecordSource

    for _ in TFRecordSource(path.parent):
        pass


@reader("shard index", _shards, is_text=True, tf=True)
def _(path: Path) -> None:
    _read_shards(path)


@reader("tfrecord", lambda f: next(_shards(f).parent.glob("*.tfrecord")), tf=True)
def _(path: Path) -> None:
    index = path.parent / "train.json"
    described = json.loads(index.read_text())
    described["shards"][0]["num_bytes"] = path.stat().st_size
    index.write_text(json.dumps(described))
    _read_shards(path)


@reader("pictures of a tfrecord", lambda f: next(_shards(f).parent.glob("*.tfrecord")), tf=True)
def _(path: Path) -> None:
    from densedepth_tf.geometry.cameras.photograph_file import read_input_image
    from densedepth_tf.inference.image_sources import ImageFile
    from densedepth_tf.inference.record_images import split_records

    images, _ = split_records([ImageFile(path, "a")])
    for image in images:
        image.release()
        image.bring()
        read_input_image(image.path, image.title)


def _record(folder: Path) -> Path:
    content = next(_shards(folder).parent.glob("*.tfrecord")).read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    return file("a.bin", content[12 : 12 + length])(folder)


@reader("record", _record, tf=True)
def _(path: Path) -> None:
    from densedepth_tf.data.tfrecord.tfrecord_example import decode_sample

    decode_sample(path.read_bytes(), "a")
