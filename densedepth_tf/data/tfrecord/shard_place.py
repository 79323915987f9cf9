"""Where shards are written: a folder, a bucket that TensorFlow knows, or any other bucket."""

import contextlib
import os
from collections.abc import Iterator

import tensorflow as tf

from densedepth_tf.data.tfrecord.files_of_tensorflow import FilesOfTensorFlow
from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.files.bucket import Bucket, is_bucket
from densedepth_tf.files.bucket_claims import claim_in_bucket
from densedepth_tf.files.claims import claim
from densedepth_tf.files.workspace import Workspace
from densedepth_tf.files.writable_folder import named_path


class ShardPlace:
    """A folder.

    Attributes:
        title: Its path, or its address.

    Raises:
        ValueError: If it says nothing.
    """

    def __init__(self, title: str):
        named_path(title, "output_dir", buckets=True)
        self.title = title

    def check_writable(self) -> None:
        """Raises OSError where it is found out early that nothing can be written."""

    def path(self, name: str) -> str:
        """A file's path; buckets have forward slashes on every system."""
        return f"{self.title.rstrip('/')}/{name}"

    def claim(self, name: str) -> contextlib.AbstractContextManager[None]:
        """Keeps other processes from writing a file."""
        return claim(self.title, [name])

    def exists(self, name: str) -> bool:
        """Whether a file is there."""
        return os.path.exists(self.path(name))

    @contextlib.contextmanager
    def publish(self, name: str) -> Iterator[str]:
        """Yields a temporary path that becomes the file of this name on success, in one step.

        Raises:
            OSError: If it cannot be written.
        """
        with atomic_path(self.path(name)) as temporary:
            yield str(temporary)

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path(name))


class _BucketOfTensorFlow(ShardPlace):
    def claim(self, name: str) -> contextlib.AbstractContextManager[None]:
        return claim_in_bucket(FilesOfTensorFlow(), self.title.rstrip("/"), [name])

    def exists(self, name: str) -> bool:
        with self._told():
            return bool(tf.io.gfile.exists(self.path(name)))

    @contextlib.contextmanager
    def publish(self, name: str) -> Iterator[str]:
        path = self.path(name)
        temporary = f"{path}.partial"
        try:
            with self._told():
                yield temporary
                tf.io.gfile.rename(temporary, path, overwrite=True)
        except BaseException:
            with contextlib.suppress(tf.errors.OpError):
                tf.io.gfile.remove(temporary)
            raise

    def remove(self, name: str) -> None:
        with contextlib.suppress(tf.errors.OpError):
            tf.io.gfile.remove(self.path(name))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except tf.errors.OpError as error:
            raise OSError(f"Cannot write to '{self.title}': {error.message}") from error


class _OtherBucket(ShardPlace):
    """A file is written whole on this machine, uploaded, and removed here."""

    def __init__(self, title: str):
        super().__init__(title)
        self._bucket = Bucket(title)
        self._bucket.check_takes_files(title)

    def check_writable(self) -> None:
        self._bucket.check_writable(self.title)

    def claim(self, name: str) -> contextlib.AbstractContextManager[None]:
        return claim_in_bucket(self._bucket, self.title.rstrip("/"), [name])

    def exists(self, name: str) -> bool:
        return self._bucket.file(self.path(name)) is not None

    @contextlib.contextmanager
    def publish(self, name: str) -> Iterator[str]:
        with Workspace() as folder:
            yield str(folder / name)
            self._bucket.upload(folder / name, self.path(name))

    def remove(self, name: str) -> None:
        if self.exists(name):
            self._bucket.remove(self.path(name))


def shard_place(output_dir: str | os.PathLike) -> ShardPlace:
    """The place that is meant by a path or an address.

    Raises:
        ValueError: If it says nothing, or is a bucket that is only read here.
        ImportError: If the package for that kind of bucket is not installed.
        OSError: If there are no credentials that it can start with.
    """
    title = os.fspath(output_dir)
    if "://" not in title:
        return ShardPlace(title)
    # What TensorFlow reads, it writes.
    is_other = is_bucket(title) and not title.startswith("gs://")
    return (_OtherBucket if is_other else _BucketOfTensorFlow)(title)
