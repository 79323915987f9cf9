"""Small files in the buckets that TensorFlow opens by itself, for `bucket_claims`."""

import contextlib
import datetime
from collections.abc import Iterator

import tensorflow as tf


class FilesOfTensorFlow:
    """The file system of an address; every method raises OSError with the address if it refuses."""

    def write(self, address: str, content: bytes) -> None:
        """Writes a file; one of this name is replaced."""
        with _told(address), tf.io.gfile.GFile(address, "wb") as file:
            file.write(content)

    def read(self, address: str, most_bytes: int) -> bytes:
        """The content of a file, at most so many bytes of it."""
        with _told(address), tf.io.gfile.GFile(address, "rb") as file:
            return bytes(file.read(most_bytes))

    def remove(self, address: str) -> None:
        """Removes a file."""
        with _told(address):
            tf.io.gfile.remove(address)

    def file(self, address: str) -> str | None:
        """The address of a file, None if there is none."""
        with _told(address):
            return address if tf.io.gfile.exists(address) else None

    def files_called(self, folder: str, start: str) -> list[str]:
        """The addresses of the files in a folder whose names begin with `start`."""
        with _told(folder):
            try:
                names = tf.io.gfile.listdir(folder)
            except tf.errors.NotFoundError:
                return []
        return [f"{folder}/{name}" for name in names if name.startswith(start)]

    def written_at(self, address: str) -> datetime.datetime | None:
        """When a file was written, by the bucket's clock; None if there is none."""
        with _told(address):
            try:
                seconds = tf.io.gfile.stat(address).mtime_nsec / 1e9
            except tf.errors.NotFoundError:
                return None
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


@contextlib.contextmanager
def _told(address: str) -> Iterator[None]:
    try:
        yield
    except tf.errors.OpError as error:
        raise OSError(f"Cannot write to '{address}': {error.message}") from error
