"""The checksum of TFRecord files, CRC-32C (RFC 3720, B.4), masked as TensorFlow's format has it.

The remainder of a long text is that of its blocks, each carried over the blocks behind it: all
blocks are divided at the same time, two bytes of each in a step.
"""

import functools

import numpy as np

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, its bits turned round
_BLOCK = 512
_SHORT = 64  # bytes that are sooner divided one by one
_MASK = 0xA282EAD8


def masked_crc32c(content: bytes | memoryview) -> int:
    """The masked CRC-32C of a text, as it stands behind it in a TFRecord file."""
    data = np.frombuffer(content, np.uint8)
    if len(data) <= _SHORT:
        return _masked(~_plain(data.tobytes()) & 0xFFFFFFFF)
    # Zeros in front do not count, and the start value is what the first 4 bytes are turned by.
    padded = np.zeros(-(-len(data) // _BLOCK) * _BLOCK, np.uint8)
    start = len(padded) - len(data)
    padded[start:] = data
    padded[start : start + 4] ^= 0xFF
    a, b, c, d = _shifts()
    remainder = 0
    for block in _remainders(padded.reshape(-1, _BLOCK)).tolist():
        carried = a[remainder & 255] ^ b[remainder >> 8 & 255] ^ c[remainder >> 16 & 255]
        remainder = carried ^ d[remainder >> 24] ^ block
    return _masked(~remainder & 0xFFFFFFFF)


def _masked(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF


@functools.cache
def _table() -> np.ndarray:
    """The remainders of all bytes, uint32 (256,)."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> np.uint32(1)) ^ (table & np.uint32(1)) * np.uint32(_POLYNOMIAL)
    return table


@functools.cache
def _table_of_pairs() -> np.ndarray:
    """The remainders of all pairs of bytes, uint32 (65536,)."""
    table, state = _table(), np.arange(2**16, dtype=np.uint32)
    for _ in range(2):
        state = table[state & 0xFF] ^ (state >> 8)
    return state


def _plain(content: bytes) -> int:
    remainder, table = 0xFFFFFFFF, _table()
    for byte in content:
        remainder = int(table[(remainder ^ byte) & 0xFF]) ^ remainder >> 8
    return remainder


def _remainders(blocks: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """The remainders of blocks, uint8 (N, length), from start values on: uint32 (N,)."""
    table = _table_of_pairs()
    state = np.zeros(len(blocks), np.uint32) if start is None else start
    for column in np.ascontiguousarray(blocks.view("<u2").T):
        state = table[(state ^ column) & 0xFFFF] ^ (state >> 16)
    return state


@functools.cache
def _shifts() -> list[list[int]]:
    """What each byte of a remainder becomes behind a block of zeros."""
    values = np.arange(256, dtype=np.uint32)
    zeros = np.zeros((256, _BLOCK), np.uint8)
    return [_remainders(zeros, values << np.uint32(8 * byte)).tolist() for byte in range(4)]
