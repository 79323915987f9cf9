"""Which outputs a process is writing, so that a second one is told before it begins.

While it works, a process leaves a file in the output folder with the names of what it writes, and
holds a lock on it, which ends with the process: what a killed one leaves keeps nobody out. Several
processes may share a folder as long as they write different files.
"""

import contextlib
import json
import os
import socket
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from densedepth_tf.files.durable import make_folder
from densedepth_tf.files.file_lock import is_held, lock
from densedepth_tf.files.workspace import PREFIX, remove_leftovers

_REGISTRY = f"{PREFIX}claims"
_CLAIM = f"{PREFIX}claim."


@contextlib.contextmanager
def claim(folder: str | os.PathLike, names: Iterable[str]) -> Iterator[None]:
    """Keeps other processes from writing the same outputs while the `with` block runs.

    Removes what killed processes left where the outputs go. The folder is made if it is missing,
    and removed again if nothing was written to it. Where the file system knows no locks, nobody
    is kept out.

    Args:
        folder: Where the outputs go.
        names: The outputs, relative to the folder, with slashes.

    Raises:
        OSError: If another process writes one of them, or the folder cannot be made.
    """
    folder, names = Path(folder), set(names)
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        make_folder(folder)
    except OSError as error:
        raise OSError(f"Cannot write to folder '{folder}': {error.strerror}") from error
    try:
        with contextlib.ExitStack() as claimed:
            with _registry(folder) as knows_locks:
                if knows_locks:
                    _refuse_claimed(folder, names)
                    claimed.enter_context(_write_claim(folder, names))
            for place in {folder, *(folder / os.path.dirname(name) for name in names)}:
                remove_leftovers(place)
            yield
    finally:
        with contextlib.suppress(OSError):  # no longer empty
            for each in missing:
                each.rmdir()


@contextlib.contextmanager
def _registry(folder: Path) -> Iterator[bool]:
    """Inside, no other process looks at the claims or adds one, if the file system knows locks."""
    path = folder / _REGISTRY
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            lock(descriptor, wait=True)
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                break
            os.close(descriptor)  # Removed by whoever had it before: there is another one now.
        except FileNotFoundError:
            os.close(descriptor)
        except OSError:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                path.unlink()
            yield False
            return
    try:
        yield True
    finally:
        with contextlib.suppress(OSError):  # Windows removes no open files.
            path.unlink()
        os.close(descriptor)


def _refuse_claimed(folder: Path, names: set[str]) -> None:
    for path in folder.glob(f"{_CLAIM}*"):
        try:
            if not is_held(path):
                path.unlink()
                continue
            other = json.loads(path.read_text(encoding="utf-8"))
            shared = sorted(names.intersection(other["names"]))
        except (OSError, ValueError, KeyError, TypeError):  # Just removed, or another user's.
            continue
        if shared:
            more = f" and {len(shared) - 1} more files" if len(shared) > 1 else ""
            raise OSError(
                f"Another process ({other.get('process')}) is writing '{folder / shared[0]}'"
                f"{more}; wait for it to end, or choose another place for the outputs"
            )


@contextlib.contextmanager
def _write_claim(folder: Path, names: set[str]) -> Iterator[None]:
    descriptor, path = tempfile.mkstemp(prefix=_CLAIM, dir=folder)
    try:
        process = f"{os.getpid()} on {socket.gethostname()}"
        content = json.dumps({"process": process, "names": sorted(names)}).encode()
        with contextlib.suppress(OSError):  # A full disk stops what is written, not this.
            lock(descriptor)
            os.write(descriptor, content)
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)
        os.close(descriptor)
        if os.name == "nt":
            with contextlib.suppress(OSError):
                os.unlink(path)
