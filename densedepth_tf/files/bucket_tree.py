"""Folders and zip archives in buckets, `s3://`, `gs://` and `hf://`, read through fsspec.

Nothing is downloaded as a whole: a file is one request, a member of an archive two.
"""

import contextlib
import functools
import os
from collections.abc import Iterator
from typing import Any

from typing_extensions import override

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.file_tree import FileTree, ZipTree
from densedepth_tf.files.images.image_size import MAX_FILE_BYTES
from densedepth_tf.process.first_line import first_line
from densedepth_tf.process.optional_package import require

# Scheme to the package that knows it; the extra has the scheme's name.
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "hf": "huggingface_hub"}
_INDEX_BYTES = 2**20  # What is read at once of an archive's index.


def is_bucket(path: str | os.PathLike) -> bool:
    """Whether it is an address that `open_bucket_tree` opens."""
    scheme, separator, _ = os.fspath(path).partition("://")
    return bool(separator) and scheme in _PACKAGES


def open_bucket_tree(address: str) -> FileTree:
    """Opens a folder, or a zip archive, in a bucket as a tree of files.

    Raises:
        ImportError: If the package for its kind of bucket is not installed.
        ValueError: If there is nothing, or it is no complete archive.
        OSError: If it may not be read, or the bucket cannot be reached.
    """
    address = address.rstrip("/")
    scheme = address.partition("://")[0]
    require(_PACKAGES[scheme], f"Reading {scheme}:// addresses", scheme)
    fsspec = require("fsspec", f"Reading {scheme}:// addresses", scheme)
    with _one_line(address):
        files = fsspec.filesystem(scheme)
        try:
            kind = files.info(address)["type"]
        except FileNotFoundError as error:
            raise ValueError(
                f"There is no data folder or file '{address}'; check `data_dir`."
            ) from error
        if kind == "directory":
            return BucketTree(address, files)
        opened = functools.partial(files.open, address, "rb")
        return ZipTree(
            address,
            functools.partial(opened, block_size=_INDEX_BYTES),
            functools.partial(opened, cache_type="none"),
        )


class BucketTree(FileTree):
    """The files below an address.

    Args:
        address: The folder, without a slash at its end.
        files: Its file system of fsspec.
    """

    def __init__(self, address: str, files: Any):  # noqa: ANN401 - fsspec says no types
        self.title = address
        self._files = files

    @override
    def exists(self, name: str) -> bool:
        with _one_line(self.path(name)):
            return bool(self._files.isfile(self.path(name)))

    @override
    def read(self, name: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        address = self.path(name)
        try:
            with _one_line(address):
                size = self._files.info(address)["size"]
                content = self._files.cat_file(address) if size <= most_bytes else b""
        except OSError as error:
            raise BadSampleError(f"{error}.") from error
        if size > most_bytes:
            raise BadSampleError(
                f"'{address}' is too large: {size / 1e6:,.0f} MB, where at most "
                f"{most_bytes / 1e6:,.0f} MB are read at once."
            )
        if len(content) != size:
            raise BadSampleError(f"'{address}' came incomplete: {len(content)} of {size} bytes.")
        return content

    @override
    def at(self, folder: str) -> "BucketTree":
        return BucketTree(self.path(folder), self._files) if folder else self


@contextlib.contextmanager
def _one_line(address: str) -> Iterator[None]:
    """What a bucket's library raises, of whatever kind, becomes an OSError with the address."""
    try:
        yield
    except ValueError:
        raise
    except Exception as error:
        raise OSError(f"Cannot read '{address}': {first_line(error)}") from error
