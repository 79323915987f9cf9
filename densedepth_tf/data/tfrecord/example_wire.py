"""What a serialised `tf.train.Example` holds, read without TensorFlow and without copies.

Protocol buffers, as their encoding is described at protobuf.dev: fields of a number and a kind, in
messages within messages: Example.features (1), Features.feature (1) with entries of a name (1) and
a Feature (2), whose bytes_list (1) and float_list (2) have their values in field 1.
"""

import struct
from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10


def feature_values(record: memoryview) -> dict[str, memoryview | None]:
    """The features of a record by their names: the first text of each, None where it has none.

    Args:
        record: A serialised Example. Only what stands between the values is looked at.

    Raises:
        ValueError: If it is none.
    """
    features: dict[str, memoryview | None] = {}
    for name, feature in _features(record):
        texts = next(_messages(feature, 1), memoryview(b""))
        features[name] = next(_messages(texts, 1), None)
    return features


def float_values(record: memoryview, wanted: str) -> tuple[float, ...]:
    """The numbers of a feature, packed as writers do; none where there is no such feature.

    Raises:
        ValueError: If it is no Example, or the feature holds no whole numbers of 32 bits.
    """
    for name, feature in _features(record):
        if name == wanted:
            numbers = next(_messages(feature, 2), memoryview(b""))
            packed = b"".join(_messages(numbers, 1))
            if len(packed) % 4:
                raise ValueError(f"its feature `{wanted}` is cut off")
            return struct.unpack(f"<{len(packed) // 4}f", packed)
    return ()


def _features(record: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Each feature's name and its lists."""
    for message in _messages(record, 1):
        for entry in _messages(message, 1):
            name = bytes(next(_messages(entry, 1), b"")).decode(errors="replace")
            yield name, next(_messages(entry, 2), memoryview(b""))


def _messages(content: memoryview, wanted: int) -> Iterator[memoryview]:
    """The fields of a number that hold bytes."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            _, at = _varint(content, at)
            continue
        if kind == _BYTES:
            length, at = _varint(content, at)
        elif kind in _SIZES:
            length = _SIZES[kind]
        else:
            raise ValueError(f"no field of a record is of kind {kind}")
        if not number or at + length > len(content):
            raise ValueError("a field of the record runs past its end")
        if number == wanted and kind == _BYTES:
            yield content[at : at + length]
        at += length


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        if at + index >= len(content):
            break
        byte = content[at + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, at + index + 1
    raise ValueError("a number in the record has no end")
