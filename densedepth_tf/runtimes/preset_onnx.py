"""A preset's graph and weights as one ONNX file, for runtimes that take nothing else.

The graph declares its weights without their values (`models/onnx_graph.py`). Putting these in
touches two fields of each tensor, so the file is rewritten as the protocol buffer that it is, and
the package `onnx` is not needed.
"""

from collections.abc import Iterator, Mapping

import numpy as np

# Field numbers of onnx.proto3: ModelProto.graph, GraphProto.initializer, TensorProto's.
_GRAPH, _INITIALIZER = 7, 5
_NAME, _RAW_DATA, _EXTERNAL_DATA, _DATA_LOCATION = 8, 9, 13, 14
_BYTES = 2  # The wire type of what has a length.


def whole_onnx(graph: bytes, weights: Mapping[str, np.ndarray]) -> bytes:
    """The graph with the weights in it.

    Args:
        graph: An ONNX file whose initializers of these names declare type and shape.
        weights: Values by name, of the declared types and shapes.

    Raises:
        ValueError: If the graph is damaged or declares a weight that is not given.
    """
    return b"".join(
        _field(number, _with_values(value, weights)) if number == _GRAPH else whole
        for number, value, whole in _fields(graph)
    )


def _with_values(graph: bytes, weights: Mapping[str, np.ndarray]) -> bytes:
    return b"".join(
        _field(number, _tensor(value, weights)) if number == _INITIALIZER else whole
        for number, value, whole in _fields(graph)
    )


def _tensor(tensor: bytes, weights: Mapping[str, np.ndarray]) -> bytes:
    fields = list(_fields(tensor))
    if not any(number == _DATA_LOCATION for number, _, _ in fields):
        return tensor
    name = next((value.decode() for number, value, _ in fields if number == _NAME), "")
    if name not in weights:
        raise ValueError(f"The graph's weight '{name}' is missing")
    values = np.ascontiguousarray(weights[name])
    values = values.astype(values.dtype.newbyteorder("<"), copy=False)
    kept = [whole for number, _, whole in fields if number not in (_EXTERNAL_DATA, _DATA_LOCATION)]
    return b"".join([*kept, _field(_RAW_DATA, values.tobytes())])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each field's number, its content if it has a length, and its whole encoding."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        content = b""
        match key & 7:
            case 0:
                _, at = _read_varint(message, at)
            case 1:
                at += 8
            case 5:
                at += 4
            case 2:
                length, at = _read_varint(message, at)
                content = message[at : at + length]
                at += length
            case other:
                raise ValueError(f"The graph is damaged: a field of wire type {other}")
        if at > len(message):
            raise ValueError("The graph is damaged: it is cut off")
        yield key >> 3, content, message[start:at]


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError("The graph is damaged: it is cut off")
