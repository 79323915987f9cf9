"""The lengths that a TFRecord file declares, looked at before TensorFlow takes them at their word.

A record is its length (8 bytes), a checksum of that (4), the content and a checksum of it (4).
TensorFlow allocates whatever length is declared and ends the process if it cannot.
"""

import os
import struct

_LENGTH = struct.Struct("<Q4x")
_CHECKSUM_SIZE = 4


def check_record_lengths(path: str | os.PathLike) -> None:
    """Steps over the records of a file on this machine; reads 12 bytes of each.

    Raises:
        ValueError: If a record does not end within the file; the message names it.
        OSError: If it cannot be read.
    """
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        start, number = 0, 0
        while start < size:
            file.seek(start)
            header = file.read(_LENGTH.size)
            length = _LENGTH.unpack(header)[0] if len(header) == _LENGTH.size else size
            start += _LENGTH.size + length + _CHECKSUM_SIZE
            if start > size:
                raise ValueError(
                    f"Shard '{path}' is damaged: its record {number} runs past its end. "
                    "Copy or write it again."
                )
            number += 1
