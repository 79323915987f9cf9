"""Bringing what was written to the disk itself, so that it is there after a power cut.

On an ext4 disk a file takes 0.4 ms and its folder 0.1 ms more: nothing beside the 30 ms or more
of a prediction, whose files are written in threads anyway.
"""

import errno
import os
from pathlib import Path

# Of file systems and devices that know nothing of it.
_NOT_POSSIBLE = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EROFS, errno.EACCES, errno.EPERM)


def sync(path: str | os.PathLike) -> None:
    """Returns once the content of a file, or of a folder with all below it, is on the disk.

    Raises:
        OSError: If the disk is full or broken, which some file systems find out only now.
    """
    path = Path(path)
    if path.is_dir():
        for entry in path.iterdir():
            if not entry.is_symlink():
                sync(entry)
        sync_folder(path)
    else:
        _sync(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)


def sync_folder(folder: str | os.PathLike) -> None:
    """Returns once the names in a folder are on the disk: new, renamed and removed ones."""
    if os.name != "nt":  # Windows opens no folders.
        _sync(folder, os.O_RDONLY)


def make_folder(folder: str | os.PathLike) -> None:
    """Makes a folder and those above it that are missing, on the disk, too.

    Raises:
        OSError: If it cannot be made.
    """
    folder = Path(folder)
    missing = []
    for each in (folder, *folder.parents):
        if each.is_dir():
            break
        missing.append(each)
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


def _sync(path: str | os.PathLike, flags: int) -> None:
    try:
        descriptor = os.open(path, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NOT_POSSIBLE:
            raise
