"""What the files of an output folder were made from, so that only those up to date are kept.

One hidden file per output folder, a JSON object a line, to which several processes may add at the
same time:

    {"file": "a.depth.png", "bytes": 81375, "written": mtime, "sources": [[size, mtime, digest]],
     "settings": digest}

(in one line). Whoever else writes the file changes the time, if not the number of bytes.

The last line about a file counts. Without the record nothing is lost: outputs are made again.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from densedepth_tf.files.durable import sync
from densedepth_tf.files.staged_file import Staged
from densedepth_tf.files.workspace import PREFIX

RECORD_FILE = f"{PREFIX}outputs.jsonl"
_BLOCK, _BLOCKS = 65_536, 16

Source = str | os.PathLike | Staged
Stamp = list[int]


@dataclass(frozen=True)
class RecordPart:
    """What a process has recorded that cannot write to the record itself.

    Attributes:
        name: Where it lies until it is in the record, relative to the outputs.
        entries: Lines of the record.
    """

    name: str
    entries: list[dict[str, Any]]


class OutputRecord:
    """The record of one folder and one set of settings; a context manager.

    Safe to use from several threads.

    Args:
        folder: The output folder.
        settings: Everything besides the sources that decides what the outputs look like, as
            what `repr` or JSON shows.
        known: Read what the record says; without, it is only added to, many times in a run, and
            not brought to the disk each time.

    Attributes:
        part: What was added, where that goes by way of another process: see `take_over`. None
            where the record itself is written.
    """

    part: RecordPart | None = None

    def __init__(self, folder: str | os.PathLike, settings: object, *, known: bool = True):
        self._path = Path(folder) / RECORD_FILE
        self._settings = hashlib.sha256(repr(settings).encode()).hexdigest()[:32]
        self._entries = _read(self._path) if known else {}
        self._is_synced = known
        self._lock = threading.Lock()
        self._file: int | None = None
        self._identities: dict[tuple, list] = {}

    def __enter__(self) -> "OutputRecord":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
            if self._is_synced:
                sync(self._path)

    def knows(self, file: str) -> bool:
        """Whether a file, named relative to the folder, was ever recorded."""
        return file in self._entries

    def note(self, file: str) -> Any:  # noqa: ANN401  # whatever was noted
        """What was noted of a file, None if nothing was."""
        return self._entries.get(file, {}).get("note")

    def is_current(self, sources: Sequence[Source], files: Iterable[str]) -> bool:
        """Whether outputs are complete and made from these very sources with these settings.

        Args:
            sources: The files they were made from.
            files: The outputs, relative to the folder; a pattern stands for all it matches.
        """
        stamps = [stamp(source) for source in sources]
        files = list(files)
        entries = [self._entries.get(file, {}) for file in files]
        for file, entry in zip(files, entries, strict=True):
            size, written = self._state(file)
            # A file that is empty says nothing, whatever was written.
            if not size or entry.get("bytes") != size or entry.get("settings") != self._settings:
                return False
            if entry.get("written") != written:
                return False
            if [known[:2] for known in entry["sources"]] != stamps:
                return False
        # Last, as it takes longest.
        identities = [self._identity(source) for source in sources]
        return all(entry["sources"] == identities for entry in entries)

    def add(
        self,
        sources: Sequence[Source],
        files: Iterable[str],
        stamps: Sequence[Stamp | None],
        note: object = None,
    ) -> None:
        """Records outputs that have just been written.

        Args:
            sources: The files they were made from.
            files: The outputs, as for `is_current`.
            stamps: `stamp` of every source before it was read; a source that has changed since
                then is not recorded.
            note: What `note` is to say of them, as JSON knows it; None for nothing.
        """
        if None in stamps or [stamp(source) for source in sources] != list(stamps):
            return
        identities = [self._identity(source) for source in sources]
        for file in files:
            size, written = self._state(file)
            entry = {
                "file": file,
                "bytes": size,
                "written": written,
                "sources": identities,
                "settings": self._settings,
            }
            self._append(entry if note is None else {**entry, "note": note})

    def take_over(self, part: RecordPart) -> None:
        """Adds what another process has written outputs of; it is not looked at again."""
        for entry in part.entries:
            self._write(entry)

    def _state(self, file: str) -> tuple[int | list[int] | None, Any]:
        """How large an output is, and what changes whenever it is written."""
        return _size_and_time(self._path.parent, file)

    def _append(self, entry: dict[str, Any]) -> None:
        self._write(entry)
        self._entries[entry["file"]] = entry

    def _write(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry).encode() + b"\n"
        # A full disk stops the outputs themselves; a record of another user's may be closed to us.
        with self._lock, contextlib.suppress(OSError):
            if self._file is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
                self._file = os.open(self._path, flags, 0o666)
                line = b"\n" + line  # after what a killed process has not finished
            os.write(self._file, line)

    def _identity(self, source: Source) -> list:
        """[size, time of the last change, digest of the content], of big files of parts of it."""
        now = stamp(source) or [0, 0]
        if isinstance(source, Staged):
            return [*now, source.version]
        key = os.fspath(source), *now
        if key not in self._identities:
            self._identities[key] = [*now, content_digest(source)]
        return self._identities[key]


def stamp(source: Source) -> Stamp | None:
    """[size, time of the last change in ns] of a file, None if there is none.

    Of what is staged, its version is in place of the time and the digest of the content.
    """
    if isinstance(source, Staged):
        return [source.size, 0]
    try:
        status = os.stat(source)
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def content_digest(path: str | os.PathLike, whole: bool = False) -> str:
    """A digest of a file's size and content: all of a MiB, of larger files 16 blocks of 64 KiB.

    Of a folder, of all files in it. Empty if it cannot be read.

    Args:
        path: The file or folder.
        whole: Read larger files from end to end, too, where their time of change is not known.
    """
    path, digest = Path(path), hashlib.sha256()
    try:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            size = file.stat().st_size
            digest.update(f"{file.relative_to(path)} {size} ".encode(errors="surrogateescape"))
            with open(file, "rb") as opened:
                step = _BLOCK if whole else max(_BLOCK, (size - _BLOCK) // (_BLOCKS - 1))
                for offset in range(0, max(1, size), step):
                    opened.seek(offset)
                    digest.update(opened.read(_BLOCK))
    except OSError:
        return ""
    return digest.hexdigest()[:32]


def _size_and_time(folder: Path, file: str) -> tuple[int | list[int] | None, int | None]:
    """Bytes of a file and when it was written, in ns.

    Of a pattern how many files it matches, with all their bytes, and when the last was written.
    """
    try:
        if "*" not in file:
            status = os.stat(folder / file)
            return status.st_size, status.st_mtime_ns
        place, pattern = os.path.split(file)
        suffix = pattern.removeprefix("*")
        with os.scandir(folder / place) as entries:
            found = [entry.stat() for entry in entries if entry.name.endswith(suffix)]
    except OSError:
        return None, None
    if not found:
        return None, None
    sizes = [status.st_size for status in found]
    return [len(found), sum(sizes)], max(status.st_mtime_ns for status in found)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    with contextlib.suppress(OSError), open(path, "rb") as file:
        for line in file:
            # A line that was cut off says nothing.
            with contextlib.suppress(ValueError, KeyError, TypeError):
                entry = json.loads(line)
                [known[:2] for known in entry["sources"]]
                entries[str(entry["file"])] = entry
    return entries
