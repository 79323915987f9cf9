"""Where the records of a TFRecord file lie and what they are called, without TensorFlow."""

import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from densedepth_tf.data.tfrecord.crc32c import masked_crc32c
from densedepth_tf.data.tfrecord.example_wire import feature_values, float_values
from densedepth_tf.files.images.image_size import MAX_FILE_BYTES
from densedepth_tf.files.regular_file import check_regular_file

_HEADER, _LENGTH, _CHECKSUM = struct.Struct("<QI"), struct.Struct("<Q"), struct.Struct("<I")
RESULT = "failure"  # a feature that predictions have, and samples have not


@dataclass(frozen=True)
class RecordSpan:
    """A record of a file.

    Attributes:
        number: From 0.
        start: The first byte of its content.
        length: Bytes of its content; None where nothing can be found from here on.
        checksum: Masked CRC-32C of the content.
        name: Its feature `name`, None without one.
        problem: What is wrong with it; "" for nothing so far.
        is_result: It is a prediction of this package, see `bulk.depth_shards`.
    """

    number: int
    start: int
    length: int | None = None
    checksum: int = 0
    name: str | None = None
    problem: str = ""
    is_result: bool = False


def record_spans(path: str | os.PathLike) -> Iterator[RecordSpan]:
    """The records of a file, of whose contents little more than the names is read.

    The last one is that with the damage from which on nothing can be found, where there is any.

    Raises:
        OSError: If it cannot be read.
    """
    size = check_regular_file(path).st_size
    if not size:
        return
    with open(path, "rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    start, number = 0, 0
    while start < size:
        span = _span(view, start, number)
        yield span
        if span.length is None:
            return
        start, number = span.start + span.length + _CHECKSUM.size, number + 1


def image_of_record(record: memoryview, checksum: int) -> bytes:
    """The encoded image of a record.

    Raises:
        ValueError: If the record is not as it was written, or has no image.
    """
    if masked_crc32c(record) != checksum:
        raise ValueError("it is damaged: its checksum is wrong")
    image = feature_values(record).get("image")
    if not image:
        raise ValueError("it has no feature `image`")
    return bytes(image)


def camera_of_record(record: memoryview) -> tuple[float, ...] | None:
    """The camera matrix of a record, row by row; None where it does not tell it.

    Raises:
        ValueError: If the record is damaged.
    """
    numbers = float_values(record, "intrinsics")
    return numbers if len(numbers) == 9 else None


def _span(view: memoryview, start: int, number: int) -> RecordSpan:
    body = start + _HEADER.size
    if body > len(view):
        return RecordSpan(number, start, problem="the file ends within it")
    length, checksum = _HEADER.unpack_from(view, start)
    if masked_crc32c(view[start : start + _LENGTH.size]) != checksum:
        problem = "the checksum of its length is wrong" if number else "this is no TFRecord file"
        return RecordSpan(number, start, problem=problem)
    end = body + length
    if end + _CHECKSUM.size > len(view):
        return RecordSpan(number, start, problem="the file ends within it")
    (checksum,) = _CHECKSUM.unpack_from(view, end)
    if length > MAX_FILE_BYTES:
        problem = f"it is too large: {length / 1e6:,.0f} MB"
        return RecordSpan(number, body, length, checksum, problem=problem)
    try:
        features = feature_values(view[body:end])
    except ValueError as error:
        return RecordSpan(number, body, length, checksum, problem=str(error))
    name = features.get("name")
    text = None if name is None else bytes(name).decode(errors="replace")
    return RecordSpan(number, body, length, checksum, text, is_result=RESULT in features)
