"""No output may replace an input, however either of them is spelled."""

import os
from collections.abc import Iterable
from pathlib import Path

from densedepth_tf.files.bucket import is_bucket


class InputSafety:
    """Knows the inputs of a command.

    Files are compared as the file system sees them: through `..`, links, hard links and, where it
    knows no difference, capitals; in buckets by their addresses.

    Args:
        inputs: Files, or folders that are inputs as a whole; None and what does not exist is
            ignored.
    """

    def __init__(self, inputs: Iterable[str | os.PathLike | None]):
        self._inputs: dict[object, str] = {}
        for path in inputs:
            if path is not None and (identity := _identity(path)) is not None:
                self._inputs.setdefault(identity, os.fspath(path))

    def replaced_by(self, output: str | os.PathLike) -> str | None:
        """The input that writing `output` would replace, None if it replaces none."""
        return self._inputs.get(_identity(output))

    def check(self, outputs: Iterable[str | os.PathLike], argument: str = "output") -> None:
        """Refuses outputs that would replace an input.

        Args:
            outputs: The files and folders to write.
            argument: The name of what is to be chosen otherwise.

        Raises:
            ValueError: If there is one; the message names both.
        """
        for output in outputs:
            if (replaced := self.replaced_by(output)) is not None:
                shown = output if is_bucket(output) else Path(output)
                raise ValueError(
                    f"The output '{shown}' would replace the input '{replaced}'; choose "
                    f"another `{argument}`."
                )


def _identity(path: str | os.PathLike) -> object:
    """Equal for two paths of one file or folder; None if there is nothing."""
    if is_bucket(path):
        return os.fspath(path).rstrip("/")
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    # Some network file systems have no numbers for files.
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)
