"""Lists of frames in the customary form of KITTI's splits: `folder frame side`, one a line."""

import os
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from densedepth_tf.data.file_tree import relative_name
from densedepth_tf.regular_file import check_regular_file

# Eigen et al. 2014; "improved": those with improved ground truth.
SHIPPED_SPLITS = ("kitti_eigen_test", "kitti_eigen_test_improved")


class SplitLine(NamedTuple):
    """One frame of a split.

    Attributes:
        folder: The sequence, e.g. `2011_09_26/2011_09_26_drive_0002_sync`.
        number: The frame's number.
        side: "l" or "r", the camera of a stereo pair.
    """

    folder: str
    number: int
    side: str

    def __str__(self) -> str:
        return f"{self.folder} {self.number:010d} {self.side}"


def parse_split(content: str, name: str) -> list[SplitLine]:
    """Reads lines `folder frame side`; without a side the left camera is meant.

    Empty lines are skipped.

    Args:
        content: The text.
        name: What to call it in messages.

    Raises:
        ValueError: If a line does not parse (the message tells which and why), or there is none.
    """
    lines = []
    for row, text in enumerate(content.splitlines(), start=1):
        # The folder's name may hold spaces, the other two may not.
        words = text.split()
        if not words:
            continue
        side = words.pop() if words[-1] in ("l", "r") else "l"
        number = words.pop() if words else ""
        folder = " ".join(words)
        if not (number.isascii() and number.isdigit()) or not folder:
            raise ValueError(
                f"'{name}', line {row}: needs 'folder frame side', e.g. "
                f"'2011_09_26/2011_09_26_drive_0002_sync 69 l'. Received: '{text.strip()[:100]}'"
            )
        try:
            lines.append(SplitLine(relative_name(folder), int(number), side))
        except ValueError as error:
            raise ValueError(f"'{name}', line {row}: {error}") from error
    if not lines:
        raise ValueError(f"'{name}' lists no frames; it needs lines 'folder frame side'.")
    return lines


def read_split(path: str | os.PathLike) -> list[SplitLine]:
    """Reads a split file; see `parse_split`.

    Raises:
        ValueError: If a line does not parse, or it is no text.
        OSError: If it cannot be read.
    """
    try:
        check_regular_file(path)
        return parse_split(Path(path).read_text(encoding="utf-8"), os.fspath(path))
    except UnicodeDecodeError as error:
        raise ValueError(f"'{path}' is no split file: it is not text in UTF-8.") from error
    except OSError as error:
        raise OSError(f"Cannot read the split file '{path}': {error.strerror}") from error


def shipped_split(name: str) -> list[SplitLine]:
    """One of `SHIPPED_SPLITS`."""
    file = resources.files("densedepth_tf.data") / "splits" / f"{name}.txt"
    return parse_split(file.read_text(encoding="utf-8"), name)
