"""What stands for a file in a bucket is told of by the address."""

import contextlib
import os
from collections.abc import Iterator

from densedepth_tf.files.bucket import is_bucket


@contextlib.contextmanager
def told_as(here: str | os.PathLike, title: str | os.PathLike) -> Iterator[None]:
    """Errors of the `with` block that name a path of this machine name what it stands for.

    Args:
        here: The path.
        title: What it stands for; if that is no address in a bucket, errors stay as they are.
    """
    if not is_bucket(title):
        yield
        return
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
