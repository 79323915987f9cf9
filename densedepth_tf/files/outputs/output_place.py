"""Where outputs go: a folder on this machine, or one in a bucket, written through a local one.

Every file counts by itself; for outputs that count as a whole see `staged_output`.
"""

import contextlib
import hashlib
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from typing_extensions import override

from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.bucket import Bucket, BucketFile, is_bucket
from densedepth_tf.files.bucket_claims import claim_in_bucket
from densedepth_tf.files.claims import claim
from densedepth_tf.files.outputs.bucket_record import (
    BucketRecord,
    PartRecord,
    part_names,
    read_parts,
)
from densedepth_tf.files.outputs.output_record import RECORD_FILE, OutputRecord
from densedepth_tf.files.workspace import Workspace
from densedepth_tf.files.writable_folder import check_writable_folder, named_path
from densedepth_tf.process.map_ahead import map_ahead

_HEAD, _THREADS = 4096, 8  # bytes that tell whose a file is; how many are looked at together


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

    def record_of_part(self, settings: object) -> OutputRecord:
        """A record to add to, of a process that writes a part of the outputs; see `part` of it."""
        return OutputRecord(self.folder, settings, known=False)

    def has(self, name: str) -> bool:
        """Whether a file is there already, with something in it."""
        path = self.folder / name
        return path.is_file() and path.stat().st_size > 0

    @contextlib.contextmanager
    def brought(self, name: str, most_bytes: int | None = None) -> Iterator[Path]:
        """Where a file that is there already can be read; nothing is there if it is not.

        Args:
            name: The file, relative to this place.
            most_bytes: How much of its beginning is needed; None for all.
        """
        yield self.folder / name

    def check_own(self, names: Sequence[str], is_own: Callable[[Path], bool]) -> None:
        """Raises ValueError if a file is there already that this package has not written.

        Args:
            names: Files that are going to be written.
            is_own: Whether the file at a path was, by its first bytes.
        """

        def is_in_the_way(name: str) -> bool:
            with self.brought(name, _HEAD) as path:
                return path.exists() and not is_own(path)

        found = map_ahead(is_in_the_way, names, _THREADS, 2 * _THREADS)
        with contextlib.closing(found):
            other = next(itertools.compress(names, found), None)
        if other is not None:
            raise ValueError(
                f"'{self.shown(self.folder / other)}' is in the way and was not written by this "
                f"package; choose another `output`. Received: '{self.title}'"
            )

    def publish(self, names: Iterable[str]) -> None:
        """Says that files are whole; those of these names that were not written are ignored."""

    def remove(self, name: str) -> None:
        """Removes a file of an earlier run, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

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

    Args:
        address: Its address.
        lists: Look at what is there; without, only what is written here is known.
    """

    def __init__(self, address: str, lists: bool = True):
        self._workspace = Workspace()
        super().__init__(self._workspace.path / "outputs")
        self.folder.mkdir()
        self.title = address.rstrip("/")
        self._bucket = Bucket(address)
        self._there: dict[str, BucketFile] | None = None if lists else {}
        self._listing = threading.Lock()
        self._bucket.check_takes_files(self.title)

    @override
    def check_writable(self) -> None:
        self._bucket.check_writable(self.title)

    @override
    def claim(self, names: Iterable[str]) -> AbstractContextManager[None]:
        return claim_in_bucket(self._bucket, self.title, names)

    @override
    def record(self, settings: object) -> OutputRecord:
        path, parts, version = self.folder / RECORD_FILE, list[str](), ""
        if not path.exists():
            there = self._files()
            if RECORD_FILE in there:
                self._bucket.download(there[RECORD_FILE], path)
                version = there[RECORD_FILE].version
            if parts := part_names(there):  # of a run that was killed
                read_parts(self._bucket, [there.pop(part).address for part in parts], path)
        return BucketRecord(
            *(self.folder, settings, self._bucket, self.title, self.state), parts, version
        )

    @override
    def record_of_part(self, settings: object) -> OutputRecord:
        self._there = {}  # What an earlier part has written is not asked for again.
        return PartRecord(self.folder, settings, self._bucket, self.title, self.state)

    @override
    def has(self, name: str) -> bool:
        file = self._files().get(name)
        return file is not None and file.size > 0

    @override
    @contextlib.contextmanager
    def brought(self, name: str, most_bytes: int | None = None) -> Iterator[Path]:
        path, file = self.folder / name, self._files().get(name)
        if file is None:
            yield path
            return
        if most_bytes is None:
            self._bucket.download(file, path)
        else:
            write_bytes(path, self._bucket.head(file, most_bytes))
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @override
    def publish(self, names: Iterable[str]) -> None:
        for name in names:
            path = self.folder / name
            if path.is_file():
                self._files()[name] = self._bucket.upload(path, f"{self.title}/{name}")
                path.unlink()

    @override
    def remove(self, name: str) -> None:
        if self._files().pop(name, None) is not None:
            self._bucket.remove(f"{self.title}/{name}")

    @override
    def publish_folder(self, name: str, replaces: Iterable[str]) -> None:
        folder = self.folder / name
        new = {f"{name}/{path.name}" for path in folder.iterdir() if path.is_file()}
        self.publish(sorted(new))
        for old in [old for old in self._files() if os.path.dirname(old) == name]:
            if old not in new and old.endswith(tuple(replaces)):
                self._bucket.remove(f"{self.title}/{old}")
                del self._files()[old]

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
        with self._listing:
            if self._there is None:
                self._there = self._bucket.find(self.title)
        return self._there


def output_place(output: str | os.PathLike, argument: str = "output") -> OutputPlace:
    """The place of outputs that is meant by a path, or by an address in a bucket.

    Args:
        output: What was given.
        argument: What it was given to.

    Raises:
        ImportError, OSError, ValueError: As `named_path`, and as `Bucket` for an address.
    """
    if is_bucket(output):
        return BucketPlace(os.fspath(output))
    return OutputPlace(named_path(output, argument))
