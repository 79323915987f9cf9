"""Folders and zip archives in buckets, `s3://`, `gs://` and `hf://`, read through fsspec.

Nothing is downloaded as a whole: a file is two requests, a member of an archive two.
"""

import functools
from collections.abc import Container

from typing_extensions import override

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import Bucket, one_line
from densedepth_tf.files.file_tree import FileTree, ZipTree, relative_name, visible_names
from densedepth_tf.files.images.image_size import MAX_FILE_BYTES

_INDEX_BYTES = 2**20  # What is read at once of an archive's index.


def open_bucket_tree(address: str) -> FileTree:
    """Opens a folder, or a zip archive, in a bucket as a tree of files.

    Raises:
        ImportError: If the package for its kind of bucket is not installed.
        ValueError: If there is nothing, or it is no complete archive.
        OSError: If it may not be read, or the bucket cannot be reached.
    """
    bucket = Bucket(address)
    address = address.rstrip("/")
    if bucket.file(address) is None:
        if not bucket.is_folder(address):
            raise ValueError(f"There is no data folder or file '{address}'; check `data_dir`.")
        return BucketTree(address, bucket)
    opened = functools.partial(bucket.files.open, address, "rb")
    with one_line(address):
        return ZipTree(
            address,
            functools.partial(opened, block_size=_INDEX_BYTES),
            functools.partial(opened, cache_type="none"),
        )


def open_bucket_folder(folder: str, address: str) -> "BucketTree":
    """Opens a folder as `open_bucket_tree` does.

    Args:
        folder: Its address.
        address: What was given: the folder, or a file in it.

    Raises:
        ImportError, OSError: As `open_bucket_tree`.
        ValueError: If there is nothing at `address`.
    """
    bucket = Bucket(folder)
    found = bucket.is_folder(folder) if folder == address else bucket.file(address)
    if not found:
        raise ValueError(f"There is no data folder or file '{address}'; check `data_dir`.")
    return BucketTree(folder, bucket)


class BucketTree(FileTree):
    """The files below an address.

    Args:
        address: The folder, without a slash at its end.
        bucket: Its bucket.
        listed: The names of its files where they are known, or can be asked for many times.
    """

    def __init__(self, address: str, bucket: Bucket, listed: Container[str] | None = None):
        self.title = address
        self._bucket = bucket
        self._listed = listed

    def listed(self) -> "BucketTree":
        """This tree with the names of all its files, listed once and for all."""
        return BucketTree(self.title, self._bucket, frozenset(self._bucket.find(self.title)))

    def listed_by_folder(self) -> "BucketTree":
        """This tree, which lists the folder of a file when it is asked whether there is one."""
        return BucketTree(self.title, self._bucket, _FolderNames(self.title, self._bucket))

    @override
    def names(self) -> list[str]:
        listed = self._listed
        names = listed if isinstance(listed, frozenset) else self._bucket.find(self.title)
        return visible_names(name for name in names if _is_plain(name))

    @override
    def exists(self, name: str) -> bool:
        if self._listed is not None:
            return name in self._listed
        return self._bucket.file(self.path(name)) is not None

    @override
    def read(self, name: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        try:
            return self._bucket.read(self.path(name), most_bytes)
        except OSError as error:
            raise BadSampleError(f"{error}.") from error

    @override
    def at(self, folder: str) -> "BucketTree":
        if not folder:
            return self
        below = None
        if isinstance(self._listed, frozenset):
            start = f"{folder}/"
            inside = (name for name in self._listed if name.startswith(start))
            below = frozenset(name.removeprefix(start) for name in inside)
        return BucketTree(self.path(folder), self._bucket, below)


class _FolderNames:
    """The names of files below an address; a folder is listed once, when it is first needed."""

    def __init__(self, address: str, bucket: Bucket):
        self._address = address
        self._bucket = bucket
        self._folders: dict[str, frozenset[str]] = {}

    def __contains__(self, name: object) -> bool:
        folder, _, file = str(name).rpartition("/")
        if folder not in self._folders:
            address = f"{self._address}/{folder}".rstrip("/")
            self._folders[folder] = frozenset(self._bucket.names_in(address))
        return file in self._folders[folder]


def _is_plain(name: str) -> bool:
    try:
        return relative_name(name) == name
    except ValueError:
        return False
