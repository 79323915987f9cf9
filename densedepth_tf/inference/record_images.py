"""Shards of TFRecords -> the images in them, named by their records.

An image is brought out of its record when it is read, by its place in the shard: nothing but names
is kept of a shard, however large it is. TensorFlow is not needed.
"""

import collections
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from densedepth_tf.data.tfrecord.record_spans import (
    RecordSpan,
    camera_of_record,
    image_of_record,
    record_spans,
)
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import Bucket, BucketFile
from densedepth_tf.files.file_tree import relative_name
from densedepth_tf.files.staged_file import Stage, Staged, StagedFile
from densedepth_tf.files.suffixes import IMAGE_SUFFIXES, RECORD_SUFFIXES, suffix_of
from densedepth_tf.geometry.cameras.camera_file import CAMERA_OF_RECORD
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.process.first_line import first_line
from densedepth_tf.process.wording import counted

_LONGEST_PART, _LONGEST_NAME = 200, 1000  # bytes: outputs' names are longer, and file systems' end


@dataclass(frozen=True)
class RecordImage(Staged):
    """An image in a record.

    Attributes:
        shard: The shard's path, or its address.
        span: The record.
        label: What the record is called.
        file: The shard in its bucket, None where it is on this machine.
        bucket: Its bucket.
    """

    shard: str
    span: RecordSpan
    label: str
    file: BucketFile | None = None
    bucket: Bucket | None = None

    def __reduce__(self) -> tuple[type["RecordImage"], tuple[object, ...]]:
        own = self.shard, self.span, self.label, self.file, self.bucket
        return RecordImage, (self.path, None, *own)

    @property
    @override
    def title(self) -> str:
        return f"{self.shard}:{self.label}"

    @property
    @override
    def size(self) -> int:
        return self.span.length or 0

    @property
    @override
    def version(self) -> str:
        return f"{self.span.checksum:08x}"

    @property
    @override
    def here(self) -> Path | None:
        return Path(self.shard) if self.bucket is None else None

    @override
    def bring(self) -> None:
        if os.path.exists(self.path):
            return
        problem = self.span.problem
        try:
            if not problem:
                record = memoryview(self._read())
                image = image_of_record(record, self.span.checksum)
                camera = camera_of_record(record)
                # It need not outlast a power cut.
                self.path.parent.mkdir(parents=True, exist_ok=True)
                partial = self.path.with_name("partial")
                partial.write_bytes(image)
                if camera is not None:
                    text = " ".join(map(repr, camera))
                    self.path.with_name(CAMERA_OF_RECORD).write_text(text, encoding="ascii")
                partial.replace(self.path)
                return
        except ValueError as error:
            problem = str(error)
        except OSError as error:
            problem = error.strerror or str(error)
        raise BadSampleError(f"Record {self.span.number} of '{self.shard}': {problem}.")

    @override
    def release(self) -> None:
        super().release()
        self.path.with_name(CAMERA_OF_RECORD).unlink(missing_ok=True)

    def _read(self) -> bytes:
        start, length = self.span.start, self.size
        if self.bucket is not None and self.file is not None:
            return self.bucket.part(self.file, start, start + length)
        with open(self.shard, "rb") as file:
            file.seek(start)
            return file.read(length)


def split_records(files: Sequence[ImageFile]) -> tuple[list[ImageFile], list[ImageFile]]:
    """Puts the images of shards in place of the shards among files.

    A record's image is called as the record is, without a suffix that images have. Where several
    have the same name, they keep the suffix; where that is not enough, they are called by the shard
    and their number in it. A record that cannot be used is an image that cannot be read.

    Args:
        files: From `find_images`; those that end in `RECORD_SUFFIXES` are shards.

    Returns:
        The images, and the shards.

    Raises:
        ValueError: If there are shards and no record in them but predictions of this package.
    """
    shards = [file for file in files if suffix_of(file.title) in RECORD_SUFFIXES]
    if not shards:
        return list(files), []
    images: list[ImageFile] = []
    full: dict[int, tuple[str, str]] = {}
    stage, results = Stage(), list[str]()
    for file in files:
        if suffix_of(file.title) not in RECORD_SUFFIXES:
            images.append(file)
            continue
        for span in _spans(file):
            if span.is_result:
                results.append(file.title)
                break
            image, name = _image(file, span, stage)
            full[len(images)] = name, f"{file.name}/{span.number}"
            images.append(image)
    if results:
        warnings.warn(
            f"Left out: {counted(len(results), 'file')} of predictions that this package wrote, "
            f"first: {results[0]}",
            stacklevel=2,
        )
    if not images:
        raise ValueError(f"There is no record to predict in '{shards[0].title}'.")
    return _apart(images, full), shards


def _spans(shard: ImageFile) -> Iterator[RecordSpan]:
    try:
        shard.bring()
        yield from record_spans(shard.path)
    except (OSError, BadSampleError) as error:
        yield RecordSpan(0, 0, problem=first_line(error).rstrip("."))
    finally:
        shard.release()


def _image(shard: ImageFile, span: RecordSpan, stage: Stage) -> tuple[ImageFile, str]:
    """A record's image, and the name with its suffix."""
    name, problem = f"{shard.name}/{span.number}", span.problem
    if not problem:
        try:
            name = _checked(span.name)
        except ValueError as error:
            problem = str(error)
    label = str(span.number) if problem else name
    if problem:
        span = RecordSpan(span.number, span.start, span.length, span.checksum, problem=problem)
    path, staged = stage.place("image"), shard.origin
    origin = RecordImage(path, stage, shard.title, span, label)
    if isinstance(staged, StagedFile):
        origin = RecordImage(path, stage, shard.title, span, label, staged.file, staged.bucket)
    short = os.path.splitext(name)[0] if suffix_of(name) in IMAGE_SUFFIXES else name
    return ImageFile(path, short, origin), name


def _checked(name: str | None) -> str:
    """A record's name as that of a file below the output folder."""
    if not name:
        raise ValueError("it has no feature `name`")
    name = relative_name(name)
    parts = [os.fsencode(part) for part in name.split("/")]
    is_long = len(os.fsencode(name)) > _LONGEST_NAME or max(map(len, parts)) > _LONGEST_PART
    if is_long or not name.isprintable():
        raise ValueError(f"its name is no file name: {ascii(name)[:_LONGEST_PART]}")
    return name


def _apart(images: list[ImageFile], full: dict[int, tuple[str, str]]) -> list[ImageFile]:
    """Gives records whose names are taken other ones: with their suffix, or by their numbers."""
    names = [image.name for image in images]
    for choice in range(2):
        taken = _taken(names)
        names = [
            full[index][choice] if name in taken and index in full else name
            for index, name in enumerate(names)
        ]
    return [
        ImageFile(image.path, name, image.origin) for image, name in zip(images, names, strict=True)
    ]


def _taken(names: Iterable[str]) -> set[str]:
    return {name for name, count in collections.Counter(names).items() if count > 1}
