"""Finding out that a folder cannot be written before hours of work, not after."""

import os
from pathlib import Path

from densedepth_tf.files.web_address import check_no_bucket
from densedepth_tf.files.workspace import Workspace


def named_path(path: str | os.PathLike, argument: str = "output", buckets: bool = False) -> Path:
    """A path that says something; "" would be the current folder.

    Args:
        path: What was given.
        argument: What it was given to.
        buckets: TensorFlow will open it, which knows buckets.

    Raises:
        ValueError: If it is empty or blank, or in a bucket.
    """
    if not os.fspath(path).strip():
        raise ValueError(f"`{argument}` is a path. Received: '{path}', which is empty or blank")
    if not buckets:
        check_no_bucket(path, argument)
    return Path(path)


def check_writable_folder(folder: str | os.PathLike) -> None:
    """Checks that files can be written to `folder`, and leaves nothing behind.

    A folder that does not exist yet is fine where it can be created.

    Raises:
        ValueError: If it is in a bucket.
        OSError: If it cannot be created or written, or a file is in its place.
    """
    check_no_bucket(folder)
    folder = Path(folder)
    nearest = folder
    while not os.path.lexists(nearest) and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        raise OSError(f"Cannot write to folder '{folder}': '{nearest}' is not a folder")
    try:
        with Workspace(nearest):
            pass
    except OSError as error:
        raise OSError(f"Cannot write to folder '{folder}': {error.strerror}") from error
