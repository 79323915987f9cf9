"""Which outputs a process is writing in a bucket, so that a second one is told before it begins.

Buckets know no locks. While it works, a process keeps a file in the output folder with the names of
what it writes, and writes that anew every 20 seconds. One that is two minutes old, by the bucket's
own clock, is of a process that was killed; so is one of a process of this machine that is no more.
Whoever comes writes first and then looks: of two at the same moment at least one sees the other.
"""

import contextlib
import json
import os
import socket
import threading
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol

from densedepth_tf.files.workspace import PREFIX

CLAIM = f"{PREFIX}claim."
_RENEWED_AFTER = 20.0  # seconds
_STALE_AFTER = timedelta(seconds=120)
_MOST_BYTES = 1 << 28  # of a claim, also unpacked: the names of a few million files


class ClaimFiles(Protocol):
    """What claims need of a bucket, see `Bucket`."""

    def write(self, address: str, content: bytes, /) -> None:
        """Writes a small file; one of this name is replaced."""

    def read(self, address: str, most_bytes: int, /) -> bytes:
        """The content of a file."""

    def remove(self, address: str, /) -> None:
        """Removes a file."""

    def file(self, address: str, /) -> object | None:
        """None if there is no such file."""

    def files_called(self, folder: str, start: str, /) -> list[str]:
        """The addresses of the files in a folder whose names begin with `start`."""

    def written_at(self, address: str, /) -> datetime | None:
        """When a file was written, by the bucket's clock; None if there is none."""


@contextlib.contextmanager
def claim_in_bucket(bucket: ClaimFiles, folder: str, names: Iterable[str]) -> Iterator[None]:
    """Keeps other processes from writing the same outputs while the `with` block runs.

    Several processes may write to a folder as long as they write different files.

    Args:
        bucket: Where they go.
        folder: The address of the folder, without a slash at its end.
        names: The outputs, relative to the folder, with slashes.

    Raises:
        OSError: If another process writes one of them, or the bucket refuses.
    """
    names = set(names)
    own = f"{folder}/{CLAIM}{os.urandom(8).hex()}"
    content = zlib.compress(json.dumps({**_this_process(), "names": sorted(names)}).encode())
    ended = threading.Event()
    renewal = threading.Thread(target=_renew, args=(bucket, own, content, ended), daemon=True)
    try:
        bucket.write(own, content)
        renewal.start()
        _refuse_claimed(bucket, folder, own, names)
        yield
    finally:
        ended.set()
        if renewal.ident is not None:
            renewal.join()
        _release(bucket, own)


def _renew(bucket: ClaimFiles, own: str, content: bytes, ended: threading.Event) -> None:
    while not ended.wait(_RENEWED_AFTER):
        with contextlib.suppress(OSError):  # What it writes will tell if the bucket is gone.
            bucket.write(own, content)


def _release(bucket: ClaimFiles, own: str) -> None:
    # Some may write files but not remove any: an empty claim is none.
    with contextlib.suppress(OSError):
        try:
            bucket.remove(own)
        except OSError:
            if bucket.file(own) is not None:
                bucket.write(own, b"")


def _refuse_claimed(bucket: ClaimFiles, folder: str, own: str, names: set[str]) -> None:
    now = bucket.written_at(own)
    for claim in bucket.files_called(folder, CLAIM):
        if claim == own:
            continue
        written, content = bucket.written_at(claim), _read(bucket, claim)
        try:
            other = json.loads(zlib.decompressobj().decompress(content, _MOST_BYTES))
            shared = sorted(names.intersection(other["names"]))
            process = f"{other['process']} on {other['host']}"
        except (ValueError, KeyError, TypeError, zlib.error):
            continue  # Just removed, given up, or anybody's.
        is_old = now is not None and written is not None and now - written > _STALE_AFTER
        if is_old or _is_gone(other):
            with contextlib.suppress(OSError):
                bucket.remove(claim)
            continue
        if shared:
            more = f" and {len(shared) - 1} more files" if len(shared) > 1 else ""
            raise OSError(
                f"Another process ({process}) is writing '{folder}/{shared[0]}'{more}; wait for it "
                "to end, or choose another place for the outputs. If it was killed, that is known "
                f"{_STALE_AFTER.seconds // 60} minutes later"
            )


def _read(bucket: ClaimFiles, claim: str) -> bytes:
    """What a claim says; nothing if it has just been removed."""
    try:
        return bucket.read(claim, _MOST_BYTES)
    except OSError:
        if bucket.file(claim) is None:
            return b""
        raise


def _this_process() -> dict[str, Any]:
    return {"process": os.getpid(), "host": socket.gethostname(), "among": _among()}


def _among() -> str:
    """Tells the processes of a container from those of another that has the machine's name."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _is_gone(other: dict[str, Any]) -> bool:
    """Whether a process was one of this machine, and is no more."""
    own = _this_process()
    if os.name == "nt" or any(other.get(name) != own[name] for name in ("host", "among")):
        return False
    try:
        os.kill(int(other["process"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return False
