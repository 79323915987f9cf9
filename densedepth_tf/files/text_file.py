"""Text that other people wrote, lists and matrices, read no further than such files go."""

import os

from densedepth_tf.files.bucket import is_bucket, read_address
from densedepth_tf.files.regular_file import read_regular_file

# A list of a million frames has some 60 MB.
MOST_BYTES = 64 << 20


def read_text(path: str | os.PathLike, errors: str = "strict") -> str:
    """Reads a text file in UTF-8.

    Args:
        path: The file.
        errors: What becomes of bytes that are no UTF-8, as for `open`.

    Raises:
        UnicodeDecodeError: If it is not UTF-8, a `ValueError`.
        OSError: If it cannot be read, is no file, or has more than 64 MB.
    """
    return read_list(path).decode("utf-8-sig", errors)


def read_list(path: str | os.PathLike) -> bytes:
    """The bytes of a text file of at most 64 MB, or of one at an address in a bucket.

    What is no file raises as `read_regular_file`.
    """
    if is_bucket(path):
        return read_address(os.fspath(path), MOST_BYTES)
    return read_regular_file(path, MOST_BYTES)


def read_list_text(path: str | os.PathLike) -> str:
    """The text of a list, in UTF-8 or UTF-16, with or without a byte-order mark.

    Raises:
        ValueError: If it is no text.
        OSError: If it cannot be read.
    """
    try:
        content = read_list(path)
    except OSError as error:
        raise OSError(f"Cannot read the split file '{path}': {error.strerror or error}") from error
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):  # The editors of Windows write either.
            return content.decode("utf-16")
    except UnicodeDecodeError as error:
        raise ValueError(f"'{path}' is no split file: it is not text in UTF-16.") from error
    return content.decode("utf-8-sig", "surrogateescape")  # Names of folders need not be text.


def check_text_size(num_bytes: int, name: str) -> None:
    """Raises ValueError for a list or a matrix that is larger than any of them."""
    if num_bytes > MOST_BYTES:
        raise ValueError(
            f"'{name}' has more than {MOST_BYTES >> 20} MB, which is too large for such a file."
        )
