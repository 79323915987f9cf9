"""Files in buckets at `s3://`, `gs://` and `hf://` addresses, through fsspec.

fsspec's packages find credentials and servers where they always are: environment variables such as
`AWS_ACCESS_KEY_ID` and `AWS_ENDPOINT_URL`, or the files of the provider's own tools.
"""

import contextlib
import datetime
import importlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.process.first_line import first_line
from densedepth_tf.process.optional_package import require

# Scheme to the package that knows it; the extra has the scheme's name.
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "hf": "huggingface_hub"}
_ONLY_READ = ("hf",)
_UNSAID = logging.NullHandler()
MOST_SAID = 200  # characters of an error that takes several lines
# What providers call the state of a file's content, the best first.
_VERSIONS = ("ETag", "etag", "generation", "blob_id", "md5Hash", "LastModified", "mtime")


@dataclass(frozen=True)
class BucketFile:
    """A file in a bucket as it was when it was listed.

    Attributes:
        address: Its full address.
        size: Bytes.
        version: Another text where the content is another.
    """

    address: str
    size: int
    version: str

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.address.rpartition("/")[2]


def is_bucket(path: str | os.PathLike) -> bool:
    """Whether it is an address that `Bucket` opens."""
    scheme, separator, _ = os.fspath(path).partition("://")
    return bool(separator) and scheme in _PACKAGES


class Bucket:
    """The file system that an address belongs to. Safe to use from several threads.

    Every method takes full addresses, and raises OSError with the address if the bucket is not
    reached or refuses.

    Args:
        address: Any address in it.

    Attributes:
        files: The file system of fsspec.

    Raises:
        ImportError: If the package for its kind of bucket is not installed.
        ValueError: If the address has no bucket, or leads upwards.
        OSError: If there are no credentials that it can start with.
    """

    def __init__(self, address: str):
        scheme, _, rest = address.partition("://")
        if not rest.strip("/"):
            raise ValueError(
                f"An address is {scheme}://BUCKET, or {scheme}://BUCKET/FOLDER. "
                f"Received: '{address}'"
            )
        if any(part in (".", "..") for part in rest.split("/")):
            raise ValueError(
                "Buckets have no folders `.` and `..`: name them as they are. "
                f"Received: '{address}'"
            )
        require(_PACKAGES[scheme], f"An address {scheme}://", scheme)
        fsspec = require("fsspec", f"An address {scheme}://", scheme)
        self._scheme = scheme
        for library in ("fsspec", "google", _PACKAGES[scheme]):
            # They log an error's stack; a program's own handlers still get it.
            logging.getLogger(library).addHandler(_UNSAID)
        with one_line(address):
            # Others may write at the same time: what is listed is not remembered.
            self.files: Any = fsspec.filesystem(scheme, use_listings_cache=False)

    def find(self, address: str) -> dict[str, BucketFile]:
        """All files below a folder, by their names relative to it; none if there is no folder."""
        with one_line(address):
            try:
                root = self._key(address).rstrip("/") + "/"
                entries = self.files.find(address.rstrip("/"), detail=True)
            except FileNotFoundError:
                return {}
        found = {}
        for key, entry in entries.items():
            # Some tools mark folders by empty objects.
            if key.startswith(root) and not key.endswith("/") and entry["type"] == "file":
                found[key.removeprefix(root)] = self._file(key, entry)
        return found

    def names_in(self, address: str) -> set[str]:
        """The names of the files in a folder, not of those in folders below it."""
        with one_line(address):
            try:
                entries = self.files.ls(address, detail=True)
            except FileNotFoundError:
                return set()
        return {entry["name"].rpartition("/")[2] for entry in entries if entry["type"] == "file"}

    def files_called(self, folder: str, start: str) -> list[str]:
        """The addresses of the files in a folder whose names begin with `start`."""
        with one_line(folder):
            try:
                found = self.files.find(folder, prefix=start)
            except FileNotFoundError:
                return []
        addresses = (f"{self._scheme}://{key}" for key in found)
        return [each for each in addresses if each.rpartition("/")[0] == folder]

    def written_at(self, address: str) -> datetime.datetime | None:
        """When a file was written, by the bucket's clock; None if there is none."""
        with one_line(address):
            try:
                written: datetime.datetime = self.files.modified(address)
            except FileNotFoundError:
                return None
        return written

    def glob(self, pattern: str) -> dict[str, BucketFile | None]:
        """What a pattern matches, by its address; None for a folder.

        Raises:
            ValueError: If it is no pattern to fsspec.
        """
        try:
            with one_line(pattern):
                try:
                    entries = self.files.glob(pattern, detail=True)
                except FileNotFoundError:
                    return {}
        except ValueError as error:
            raise ValueError(f"{first_line(error)}. Received: '{pattern}'") from error
        return {
            f"{self._scheme}://{key.rstrip('/')}": None
            if entry["type"] == "directory"
            else self._file(key, entry)
            for key, entry in entries.items()
        }

    def file(self, address: str) -> BucketFile | None:
        """The file at an address, None if there is none."""
        entry = self._info(address)
        if entry is None or entry["type"] != "file":
            return None
        return self._file(address.partition("://")[2], entry)

    def is_folder(self, address: str) -> bool:
        """Whether there are files below an address."""
        entry = self._info(address.rstrip("/"))
        return entry is not None and entry["type"] == "directory"

    def read(self, address: str, most_bytes: int) -> bytes:
        """The content of a file.

        Raises:
            OSError: Also if it is missing, has more than `most_bytes` or came incomplete.
        """
        file = self.file(address)
        if file is None:
            raise OSError(f"Cannot read '{address}': there is no such file")
        if file.size > most_bytes:
            raise OSError(
                f"'{address}' is too large: {file.size / 1e6:,.0f} MB, where at most "
                f"{most_bytes / 1e6:,.0f} MB are read at once"
            )
        with one_line(address):
            content: bytes = self.files.cat_file(address)
        if len(content) != file.size:
            raise OSError(f"'{address}' came incomplete: {len(content)} of {file.size} bytes")
        return content

    def head(self, file: BucketFile, most_bytes: int) -> bytes:
        """The first bytes of a file, all of one that has no more."""
        return self.part(file, 0, min(most_bytes, file.size))

    def part(self, file: BucketFile, start: int, end: int) -> bytes:
        """The bytes of a file from one position to before another one."""
        if start >= end:
            return b""
        with one_line(file.address):
            content: bytes = self.files.cat_file(file.address, start=start, end=end)
        return content

    def download(
        self, file: BucketFile, path: Path, tell: Callable[[int], object] | None = None
    ) -> None:
        """Downloads a file, which appears at `path` when it is whole.

        Args:
            file: The file.
            path: Where it goes.
            tell: Called with the number of further bytes, for progress.

        Raises:
            OSError: Also if the disk has no place for it, or it came incomplete.
        """
        check_fits(file.size, path.parent, file.address)
        with atomic_path(path) as temporary:
            with one_line(file.address):
                self.files.get_file(file.address, str(temporary), callback=_callback(tell))
            size = temporary.stat().st_size
            if size != file.size:
                raise OSError(f"'{file.address}' came incomplete: {size} of {file.size} bytes")

    def upload(self, path: Path, address: str) -> BucketFile:
        """Uploads a file, which others see once it is whole; one of this name is replaced.

        Raises:
            ValueError: If this kind of bucket is only read here.
        """
        self.check_takes_files(address)
        with one_line(address, "write"):
            self.files.put_file(str(path), address)
        file = self.file(address)
        if file is None or file.size != path.stat().st_size:
            raise OSError(f"Cannot write '{address}': it did not arrive as it was sent")
        return file

    def write(self, address: str, content: bytes) -> None:
        """Writes a small file; one of this name is replaced."""
        with one_line(address, "write"):
            self.files.pipe_file(address, content)

    def remove(self, address: str) -> None:
        """Removes a file."""
        with one_line(address, "remove"):
            self.files.rm_file(address)

    def check_writable(self, folder: str) -> None:
        """Checks that files can be written below an address, by writing and removing an empty one.

        Raises:
            ValueError: If this kind of bucket is only read here.
        """
        self.check_takes_files(folder)
        address = f"{folder.rstrip('/')}/.densedepth_tf.{os.urandom(8).hex()}"
        with one_line(folder, "write to"):
            self.files.pipe_file(address, b"")
        # Some may write files but not remove any.
        with contextlib.suppress(OSError):
            self.remove(address)

    def check_takes_files(self, address: str) -> None:
        """Raises ValueError if this kind of bucket is only read here."""
        if self._scheme in _ONLY_READ:
            raise ValueError(
                f"{self._scheme}:// addresses are read, not written, as every file would be a "
                "commit of its own: write to a folder and upload that, `densedepth upload` a "
                f"preset's, `hf upload` any other. Received: '{address}'"
            )

    def _key(self, address: str) -> str:
        """What the library calls an address; the Hub has several for one place."""
        resolve = getattr(self.files, "resolve_path", None)
        if resolve is None:
            return str(self.files._strip_protocol(address))
        return str(resolve(address.rstrip("/")).unresolve())

    def _info(self, address: str) -> dict[str, Any] | None:
        with one_line(address):
            try:
                entry: dict[str, Any] = self.files.info(address)
            except FileNotFoundError:
                return None
        return entry

    def _file(self, key: str, entry: dict[str, Any]) -> BucketFile:
        version = next((str(entry[name]) for name in _VERSIONS if entry.get(name)), "")
        return BucketFile(f"{self._scheme}://{key}", int(entry["size"]), version)


def _callback(tell: Callable[[int], object] | None) -> Any:  # noqa: ANN401 - fsspec says no types
    fsspec = importlib.import_module("fsspec")
    callback = fsspec.Callback()
    if tell is not None:
        callback.relative_update = tell
    return callback


def below(folder: str | os.PathLike, name: str) -> str | os.PathLike:
    """A file in a folder, or below an address."""
    if is_bucket(folder):
        return f"{os.fspath(folder).rstrip('/')}/{name}"
    return Path(folder, name)


def read_address(address: str, most_bytes: int) -> bytes:
    """The content of a file in a bucket, as `Bucket.read` reads it."""
    return Bucket(address).read(address, most_bytes)


def check_fits(size: int, folder: Path, address: str) -> None:
    """Raises OSError where the disk of a folder has no place for so many bytes of an address."""
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(nearest).free
    if size > free:
        raise OSError(
            f"'{address}' has {size / 1e6:,.0f} MB, and the disk of '{nearest}' only "
            f"{free / 1e6:,.0f} MB left"
        )


@contextlib.contextmanager
def one_line(address: str, what: str = "read") -> Iterator[None]:
    """What a bucket's library raises, of whatever kind, becomes an OSError with the address."""
    try:
        yield
    except ValueError:
        raise
    except FileNotFoundError as error:
        raise OSError(f"Cannot {what} '{address}': {first_line(error)}") from error
    except PermissionError as error:
        raise OSError(
            f"Cannot {what} '{address}': the bucket refuses it ({first_line(error)}); check the "
            "credentials and their rights"
        ) from error
    except Exception as error:
        said = first_line(error)
        if said.endswith(":"):  # and in the lines below, what is wrong
            said = " ".join(str(error).split())[:MOST_SAID]
        raise OSError(f"Cannot {what} '{address}': {said}") from error
