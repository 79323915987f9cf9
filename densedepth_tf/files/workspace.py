"""Temporary folders that tell whose they are, so that those of killed processes can be removed."""

import contextlib
import os
import shutil
import socket
import stat
import tempfile
import time
import weakref
from pathlib import Path
from types import TracebackType

from densedepth_tf.files.file_lock import is_held, lock

PREFIX = ".densedepth_tf."
REPLACED = "replaced"  # what `atomic_path` moves out of the way
_OWNER = "owner"
_DAY, _HOUR = 86_400, 3_600


class Workspace:
    """A temporary folder, until `remove` is called, the object is gone or the process ends.

    A file in it is locked as long. After `kill -9` the folder stays, without the lock, and
    `remove_leftovers` finds it.

    Args:
        parent: Where to make it; by default the system's folder for what is temporary, which is
            cleared of leftovers first.
        purpose: Name of what it is made for, beside it.

    Attributes:
        path: The folder.

    Raises:
        OSError: If it cannot be made.
    """

    def __init__(self, parent: str | os.PathLike | None = None, purpose: str = ""):
        if parent is None:
            parent = tempfile.gettempdir()
            remove_leftovers(parent)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        descriptor = None
        with contextlib.suppress(OSError):  # A full disk stops what is written, not this.
            descriptor = os.open(self.path / _OWNER, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            # Whoever looks for leftovers this very moment holds it, too, and lets it go.
            lock(descriptor, wait=True)
            os.write(descriptor, os.fsencode(f"{socket.gethostname()}\n{purpose}"))
        self.remove = weakref.finalize(self, _remove, self.path, descriptor)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()


def remove_leftovers(parent: str | os.PathLike, unfinished_after: float = _HOUR) -> None:
    """Removes the workspaces in a folder whose processes were killed.

    A folder that was being replaced when that happened is put back in its place. Those of other
    users stay, and for a day those of other computers, whose locks may not be seen from here.

    Args:
        parent: The folder.
        unfinished_after: Seconds after which a workspace that does not say yet whose it is counts
            as that of a killed process; making one takes less than a second.
    """
    try:
        with os.scandir(Path(parent)) as entries:
            found = [entry for entry in entries if entry.name.startswith(PREFIX)]
        for entry in found:
            if entry.is_dir(follow_symlinks=False) and _is_own(entry.stat(follow_symlinks=False)):
                _remove_leftover(Path(entry.path), unfinished_after)
    except OSError:  # Not there, not to be read, or somebody else is removing it.
        return


def _remove_leftover(folder: Path, unfinished_after: float) -> None:
    try:
        if is_held(folder / _OWNER):
            return
        host, _, purpose = (folder / _OWNER).read_bytes().partition(b"\n")
    except FileNotFoundError:
        host, purpose = b"", b""
    if not host:  # Killed, or busy, before it had an owner.
        if _age(folder) > unfinished_after:
            shutil.rmtree(folder, ignore_errors=True)
        return
    if os.fsdecode(host) != socket.gethostname() and _age(folder) < _DAY:
        return
    name, replaced = os.fsdecode(purpose), folder / REPLACED
    is_plain = name not in ("", ".", "..") and os.path.basename(name) == name
    if replaced.exists() and is_plain and not os.path.lexists(folder.parent / name):
        replaced.rename(folder.parent / name)
    shutil.rmtree(folder, ignore_errors=True)


def _remove(folder: Path, descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)
    shutil.rmtree(folder, ignore_errors=True)


def _is_own(status: os.stat_result) -> bool:
    return stat.S_ISDIR(status.st_mode) and (os.name == "nt" or status.st_uid == os.getuid())


def _age(folder: Path) -> float:
    """Seconds since anything in it was written."""
    return time.time() - max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))
