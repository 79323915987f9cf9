"""Writing files so that a crash, a full disk, a power cut or Ctrl-C never leaves half of one."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from densedepth_tf.files.durable import make_folder, sync, sync_folder
from densedepth_tf.files.web_address import check_no_bucket
from densedepth_tf.files.workspace import REPLACED, Workspace


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Yields a temporary path of the same name; what is there on success becomes `path`.

    Works for files and for folders (SavedModels). On any error, and on Ctrl-C, the temporary is
    removed and an existing `path` stays as it was. On success the content and the name are on the
    disk itself: a power cut leaves the earlier one or this one. A folder is replaced in two
    steps: where a process is killed between them, the earlier one is put back the next time, see
    `workspace.remove_leftovers`.

    Raises:
        ValueError: If it is an address in a bucket, which would become a folder of that name.
        OSError: If the folder or the file cannot be written; the message names it.
    """
    check_no_bucket(path)
    path = Path(path)
    try:
        make_folder(path.parent)
        workspace = Workspace(path.parent, path.name)
    except OSError as error:
        raise OSError(f"Cannot write to folder '{path.parent}': {error.strerror}") from error
    temporary, replaced = workspace.path / "new" / path.name, workspace.path / REPLACED
    try:
        temporary.parent.mkdir()
        yield temporary
        sync(temporary)
        if path.is_dir() and temporary.is_dir():
            path.rename(replaced)
        try:
            temporary.replace(path)
        except OSError:
            if replaced.exists():
                replaced.rename(path)
            raise
        sync_folder(path.parent)
    except OSError as error:
        # A full disk is reported without the file's name, other errors with the temporary's.
        is_elsewhere = error.filename is not None and workspace.path.name not in str(error.filename)
        is_said = error.errno is None and str(path) in str(error)
        if is_elsewhere or is_said:
            raise
        raise OSError(f"Cannot write '{path}': {error.strerror or error}") from error
    finally:
        workspace.remove()


def write_bytes(path: str | os.PathLike, content: bytes) -> None:
    """Writes `content` to `path` in one step.

    Raises:
        OSError: If it cannot be written; the message names it.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | os.PathLike, content: str, errors: str = "backslashreplace") -> None:
    """Writes `content` to `path` in one step, as UTF-8.

    Args:
        path: The file.
        content: May quote file names, which need not be text.
        errors: How such names are written: "backslashreplace" for people, "surrogateescape" byte
            by byte for whoever will open the files.
    """
    write_bytes(path, content.encode(errors=errors))


def write_json(path: str | os.PathLike, content: object) -> None:
    """Writes `content` to `path` as indented JSON, in one step; NaN is refused."""
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")
