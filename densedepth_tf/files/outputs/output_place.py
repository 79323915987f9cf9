"""Where outputs go: a folder on this machine, or one in a bucket, written through a local one."""

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import override

from densedepth_tf.files.bucket import Bucket, BucketFile, is_bucket
from densedepth_tf.files.claims import claim
from densedepth_tf.files.outputs.output_record import RECORD_FILE, OutputRecord
from densedepth_tf.files.workspace import Workspace
from densedepth_tf.files.writable_folder import check_writable_folder, named_path

_SECONDS = 30  # between uploads of a record


class OutputPlace:
    """A folder of this machine.

    Attributes:
        folder: Where files are written.
        title: What it is called: the folder, or its address.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.title = os.fspath(folder)

    def check_writable(self) -> None:
        """Raises OSError if nothing can be written there."""
        check_writable_folder(self.folder)

    def claim(self, names: Iterable[str]) -> AbstractContextManager[None]:
        """Keeps other processes from writing the same outputs, see `claims`."""
        return claim(self.folder, names)

    def record(self, settings: object) -> OutputRecord:
        """The record of what its files were made from."""
        return OutputRecord(self.folder, settings)

    def publish(self, names: Iterable[str]) -> None:
        """Says that files are whole; those of these names that were not written are ignored."""

    def publish_folder(self, name: str, replaces: Iterable[str]) -> None:
        """The same of all files in a folder.

        Args:
            name: The folder, relative to this place.
            replaces: Endings of the files of an earlier run that it takes the place of.
        """

    def shown(self, path: Path) -> str | os.PathLike:
        """What one of its files is called."""
        return path

    def check_apart(self, inputs: Iterable[str], names: Iterable[str]) -> None:
        """Raises ValueError if an output would replace an input in a bucket."""


class BucketPlace(OutputPlace):
    """A folder in a bucket: a file is written whole on this machine, uploaded, and removed here.

    Nothing keeps two processes apart there: buckets know no locks.

    Args:
        address: Its address.
    """

    def __init__(self, address: str):
        self._workspace = Workspace()
        super().__init__(self._workspace.path / "outputs")
        self.folder.mkdir()
        self.title = address.rstrip("/")
        self._bucket = Bucket(address)
        self._there: dict[str, BucketFile] | None = None
        self._bucket.check_takes_files(self.title)

    @override
    def check_writable(self) -> None:
        self._bucket.check_writable(self.title)

    @override
    def claim(self, names: Iterable[str]) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    @override
    def record(self, settings: object) -> OutputRecord:
        path = self.folder / RECORD_FILE
        file = self._files().get(RECORD_FILE)
        if file is not None and not path.exists():
            self._bucket.download(file, path)
        return _BucketRecord(self, settings)

    @override
    def publish(self, names: Iterable[str]) -> None:
        for name in names:
            path = self.folder / name
            if path.is_file():
                self._files()[name] = self._bucket.upload(path, f"{self.title}/{name}")
                path.unlink()

    @override
    def publish_folder(self, name: str, replaces: Iterable[str]) -> None:
        folder = self.folder / name
        new = {f"{name}/{path.name}" for path in folder.iterdir() if path.is_file()}
        self.publish(sorted(new))
        for old in [old for old in self._files() if os.path.dirname(old) == name]:
            if old not in new and old.endswith(tuple(replaces)):
                self._bucket.remove(f"{self.title}/{old}")
                del self._files()[old]

    def publish_record(self) -> None:
        """Uploads the record, which stays here, too."""
        self._bucket.upload(self.folder / RECORD_FILE, f"{self.title}/{RECORD_FILE}")

    @override
    def shown(self, path: Path) -> str:
        return f"{self.title}/{path.relative_to(self.folder).as_posix()}"

    @override
    def check_apart(self, inputs: Iterable[str], names: Iterable[str]) -> None:
        known = set(inputs)
        for address in (f"{self.title}/{name}" for name in names):
            if address in known:
                raise ValueError(
                    f"The output '{address}' would replace an input; choose another `output`."
                )

    def state(self, name: str) -> tuple[int | list[int] | None, str | None]:
        """Bytes and version of a file, as the record keeps them; of a pattern of all it matches."""
        if "*" not in name:
            file = self._files().get(name)
            return (None, None) if file is None else (file.size, file.version)
        folder, pattern = os.path.split(name)
        found = [
            file
            for other, file in sorted(self._files().items())
            if os.path.dirname(other) == folder and other.endswith(pattern.removeprefix("*"))
        ]
        if not found:
            return None, None
        versions = " ".join(file.version for file in found).encode()
        sizes = [len(found), sum(file.size for file in found)]
        return sizes, hashlib.sha256(versions).hexdigest()[:32]

    def _files(self) -> dict[str, BucketFile]:
        """What is there, listed once, with what was written since."""
        if self._there is None:
            self._there = self._bucket.find(self.title)
        return self._there


class _BucketRecord(OutputRecord):
    """A record that is uploaded now and then, and when it is closed."""

    def __init__(self, place: BucketPlace, settings: object):
        super().__init__(place.folder, settings)
        self._place = place
        self._uploads = threading.Lock()
        self._uploaded = time.monotonic()

    @override
    def _state(self, file: str) -> tuple[int | list[int] | None, Any]:
        return self._place.state(file)

    @override
    def _append(self, entry: dict[str, Any]) -> None:
        super()._append(entry)
        with self._uploads:
            if time.monotonic() - self._uploaded > _SECONDS:
                with contextlib.suppress(OSError):  # The next time, or the end, will do.
                    self._place.publish_record()
                self._uploaded = time.monotonic()

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        was_written = self._file is not None
        super().__exit__(kind, error, traceback)
        if was_written:
            # It must not hide what has gone wrong already.
            with contextlib.suppress(OSError) if error else contextlib.nullcontext():
                self._place.publish_record()


def output_place(output: str | os.PathLike) -> OutputPlace:
    """The place of outputs that is meant by a path, or by an address in a bucket.

    Raises:
        ImportError, OSError, ValueError: As `named_path`, and as `Bucket` for an address.
    """
    if is_bucket(output):
        return BucketPlace(os.fspath(output))
    return OutputPlace(named_path(output))
