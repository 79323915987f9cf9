"""Folders and zip archives in buckets, `s3://`, `gs://` and `hf://`, read through fsspec.

Nothing is downloaded as a whole: a file is one request, a member of an archive two.
"""

import functools

from typing_extensions import override

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import Bucket, one_line
from densedepth_tf.files.file_tree import FileTree, ZipTree
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


class BucketTree(FileTree):
    """The files below an address.

    Args:
        address: The folder, without a slash at its end.
        bucket: Its bucket.
    """

    def __init__(self, address: str, bucket: Bucket):
        self.title = address
        self._bucket = bucket

    @override
    def exists(self, name: str) -> bool:
        return self._bucket.file(self.path(name)) is not None

    @override
    def read(self, name: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        try:
            return self._bucket.read(self.path(name), most_bytes)
        except OSError as error:
            raise BadSampleError(f"{error}.") from error

    @override
    def at(self, folder: str) -> "BucketTree":
        return BucketTree(self.path(folder), self._bucket) if folder else self
