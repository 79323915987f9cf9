"""What stands for a file in a bucket is told of by the address."""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def told_as(here: str | os.PathLike, title: str | os.PathLike) -> Iterator[None]:
    """Errors of the `with` block that name a path of this machine name what it stands for."""
    path, shown = os.fspath(here), os.fspath(title)
    try:
        yield
    except (OSError, ValueError) as error:
        error.args = tuple(
            each.replace(path, shown) if isinstance(each, str) else each for each in error.args
        )
        if isinstance(error, OSError) and error.filename is not None:
            error.filename = str(error.filename).replace(path, shown)
        raise
