"""The one rule of what may be opened: files. Pipes block for ever, and devices never end."""

import os
import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class NotAFileError(OSError):
    """A path that leads to something other than a file; the message names it.

    `strerror` says the same without the name, as it does of the system's own errors.
    """

    def __init__(self, path: str | os.PathLike, kind: str):
        super().__init__(f"'{os.fspath(path)}' is {kind}, not a file")
        self.strerror = f"it is {kind}, not a file"


def check_regular_file(path: str | os.PathLike) -> os.stat_result:
    """Checks that a path leads, through links or not, to a file, without opening it.

    Returns:
        What the system knows of the file, its `st_size` in bytes among it.

    Raises:
        NotAFileError: If it is a folder, pipe, socket or device.
        OSError: If there is nothing, or it cannot be looked at.
    """
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        kind = next((kind for holds, kind in _KINDS if holds(status.st_mode)), "something else")
        raise NotAFileError(path, kind)
    return status


def read_regular_file(path: str | os.PathLike, max_bytes: int | None = None) -> bytes:
    """The content of a file; what is no file is never opened.

    Args:
        path: The file.
        max_bytes: Its size may not exceed that.

    Raises:
        NotAFileError: If it is a folder, pipe, socket or device.
        OSError: If it is missing, unreadable or larger than `max_bytes`.
    """
    size = check_regular_file(path).st_size
    if max_bytes is not None and size > max_bytes:
        error = OSError(f"'{os.fspath(path)}' is too large")
        error.strerror = (
            f"it has {size / 1e6:,.0f} MB; at most {max_bytes / 1e6:,.0f} MB are read at once"
        )
        raise error
    return Path(path).read_bytes()
