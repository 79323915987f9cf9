"""The record of outputs in a bucket, where nothing can be added to a file.

The record is uploaded as a whole every 30 seconds and at the end. A process that writes a part of
the outputs uploads what it has recorded of them as a small file of its own below `PARTS`, which is
removed once the record that holds it is there: a killed run is known up to its last whole part.
"""

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import override

from densedepth_tf.files.bucket import Bucket
from densedepth_tf.files.outputs.output_record import RECORD_FILE, OutputRecord, RecordPart
from densedepth_tf.files.workspace import PREFIX
from densedepth_tf.process.map_ahead import map_ahead

PARTS = f"{PREFIX}parts"
_SECONDS = 30  # between uploads
_THREADS = 8
_MOST_BYTES = 2**28  # of a part

State = Callable[[str], tuple[int | list[int] | None, Any]]


class _RecordInBucket(OutputRecord):
    """A record whose outputs are in a bucket.

    Args:
        folder: Where it is on this machine.
        settings: See `OutputRecord`.
        bucket: The bucket.
        title: The outputs' address.
        state: Says how large an output is, and what changes whenever it is written.
        known: See `OutputRecord`.
    """

    def __init__(
        self,
        folder: Path,
        settings: object,
        bucket: Bucket,
        title: str,
        state: State,
        *,
        known: bool,
    ):
        super().__init__(folder, settings, known=known)
        self._bucket, self._title, self._state_of = bucket, title, state

    @override
    def _state(self, file: str) -> tuple[int | list[int] | None, Any]:
        return self._state_of(file)


class BucketRecord(_RecordInBucket):
    """A record that is uploaded now and then, and when it is closed.

    Args:
        folder, settings, bucket, title, state: As above.
        parts: Files below `PARTS` whose entries are in it already.
        version: Of the file in the bucket that it began with; "" if it began with none.
    """

    def __init__(
        self,
        folder: Path,
        settings: object,
        bucket: Bucket,
        title: str,
        state: State,
        parts: Iterable[str] = (),
        version: str = "",
    ):
        super().__init__(folder, settings, bucket, title, state, known=True)
        self._parts, self._version = set(parts), version
        self._uploads = threading.Lock()
        self._uploaded = time.monotonic()

    @override
    def take_over(self, part: RecordPart) -> None:
        super().take_over(part)
        with self._uploads:
            self._parts.add(part.name)
        self._upload_now_and_then()

    @override
    def _append(self, entry: dict[str, Any]) -> None:
        super()._append(entry)
        self._upload_now_and_then()

    def _upload_now_and_then(self) -> None:
        with self._uploads:
            if time.monotonic() - self._uploaded > _SECONDS:
                with contextlib.suppress(OSError):  # The next time, or the end, will do.
                    self._upload()
                self._uploaded = time.monotonic()

    def _upload(self) -> None:
        address = f"{self._title}/{RECORD_FILE}"
        self._keep_others(address)
        self._version = self._bucket.upload(self._path, address).version
        for part in list(self._parts):
            with contextlib.suppress(OSError):  # What stays says nothing new.
                self._bucket.remove(f"{self._title}/{part}")
            self._parts.discard(part)

    def _keep_others(self, address: str) -> None:
        """Adds what other processes have uploaded since this record was last the same as there."""
        file = self._bucket.file(address)
        if file is None or file.version == self._version:
            return
        theirs = self._bucket.read(address, max(file.size, _MOST_BYTES)).splitlines()
        known = set(self._path.read_bytes().splitlines())
        new = b"".join(b"\n%b\n" % line for line in theirs if line not in known)
        with open(self._path, "ab", buffering=0) as record:  # in one step, as threads add to it
            record.write(new)

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        is_new = self._file is not None or bool(self._parts)
        super().__exit__(kind, error, traceback)
        if is_new:
            # It must not hide what has gone wrong already.
            with contextlib.suppress(OSError) if error else contextlib.nullcontext():
                self._upload()


class PartRecord(_RecordInBucket):
    """A record of a part of the outputs, uploaded when it is closed; then `part` is what it has."""

    def __init__(self, folder: Path, settings: object, bucket: Bucket, title: str, state: State):
        super().__init__(folder, settings, bucket, title, state, known=False)
        self._added: list[dict[str, Any]] = []

    @override
    def _append(self, entry: dict[str, Any]) -> None:
        self._added.append(entry)

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._added:
            return
        # The same for a part that is done again.
        digest = hashlib.sha256(self._added[0]["file"].encode(errors="surrogateescape"))
        self.part = RecordPart(f"{PARTS}/{digest.hexdigest()[:32]}.jsonl", self._added)
        lines = b"".join(json.dumps(entry).encode() + b"\n" for entry in self._added)
        path = self._path.with_name(f"{PREFIX}part")
        path.write_bytes(lines)
        with contextlib.suppress(OSError) if error else contextlib.nullcontext():
            self._bucket.upload(path, f"{self._title}/{self.part.name}")
        path.unlink()


def part_names(names: Iterable[str]) -> list[str]:
    """Those of the names of outputs that are parts of a record."""
    return [name for name in names if name.startswith(f"{PARTS}/")]


def read_parts(bucket: Bucket, parts: Sequence[str], record: Path) -> None:
    """Adds the content of parts, given by their addresses, to a record on this machine.

    Raises:
        OSError: If one cannot be read.
    """

    def read(address: str) -> bytes:
        return bucket.read(address, _MOST_BYTES)

    with open(record, "ab") as file:
        for content in map_ahead(read, parts, _THREADS, _THREADS):
            file.write(b"\n" + content)
