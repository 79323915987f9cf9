"""Locks on open files: they end with their process, however it ends, so none is ever stale."""

import contextlib
import errno
import os
import sys

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)
_LOCKED_BYTE = 1 << 30  # of a file on Windows, where what is locked cannot be read


def lock(descriptor: int, wait: bool = False) -> bool:
    """Locks an open file until it is closed.

    Args:
        descriptor: Of the file, open for writing: some network file systems ask for it.
        wait: Wait for whoever has the lock.

    Returns:
        Whether it is locked now; False if another process, or another opening of it, has it.

    Raises:
        OSError: If the file system knows no locks.
    """
    while True:
        try:
            if sys.platform == "win32":
                os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
                # Waiting, it gives up after ten seconds.
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            if not wait:
                return False
        else:
            return True


def is_held(path: str | os.PathLike) -> bool:
    """Whether a process that lives has the lock of a file; True where that cannot be told.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        raise
    except OSError:  # another user's
        return True
    try:
        return not lock(descriptor)
    except OSError:
        return True
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)
