"""Lists of frames as they are passed around: `folder frame side`, or paths of images."""

import os
import re
from collections.abc import Sequence
from decimal import Decimal
from importlib import resources
from pathlib import PurePosixPath
from typing import NamedTuple

from densedepth_tf.data.sequences.frame_sequence import FrameNumber
from densedepth_tf.files.atomic import write_text
from densedepth_tf.files.file_tree import relative_name
from densedepth_tf.files.suffixes import IMAGE_SUFFIXES
from densedepth_tf.files.text_file import read_list_text

# Eigen et al. 2014; "improved": those with improved ground truth.
SHIPPED_SPLITS = ("kitti_eigen_test", "kitti_eigen_test_improved")
_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
_SIDES = {"l": "l", "r": "r", "left": "l", "right": "r"}
_DISTANCE = re.compile(r"#\s*neighbours (\d+) frames away", re.ASCII)


class SplitLine(NamedTuple):
    """One frame of a split.

    Attributes:
        folder: The sequence, e.g. `2011_09_26/2011_09_26_drive_0002_sync`; or the image's folder.
        number: The frame's number, that of its file; or the image's file name, where a line
            names that.
        side: "l" or "r", the camera of a stereo pair.
    """

    folder: str
    number: FrameNumber | str
    side: str

    @property
    def image(self) -> str | None:
        """The image's path, where the line names one."""
        return f"{self.folder}/{self.number}".lstrip("/") if isinstance(self.number, str) else None

    @property
    def frame(self) -> FrameNumber:
        """The frame's number, where the line names one.

        Raises:
            ValueError: If it names an image.
        """
        if isinstance(self.number, str):
            raise ValueError(f"A frame's number is asked of an image. Received: '{self}'")
        return self.number

    def __str__(self) -> str:
        if isinstance(self.number, int):
            return f"{self.folder} {self.number:010d} {self.side}"
        return self.image or f"{self.folder} {self.number:f} {self.side}"


def parse_split(content: str, name: str) -> list[SplitLine]:
    """Reads the lines of a split file, in any spelling in use.

    | line | whose |
    |---|---|
    | `folder frame side`, also with `left` and `right` | Monodepth2 and its relatives |
    | `folder frame`: the left camera | SfMLearner's training list |
    | `folder/image.png`, `folder image.png` | SfMLearner's test list |
    | `folder/frame` | lists of images without their suffix |
    | `left.jpg right.jpg`: the first image's frame | Monodepth |
    | `image.png depth.png focal`: the image | BTS, AdaBins |

    Frames are whole numbers or times, with any number of digits. Commas may stand between the
    columns. Empty lines and those that begin with `#` are skipped.

    Args:
        content: The text.
        name: What to call it in messages.

    Raises:
        ValueError: If a line does not parse (the message tells which and why), or there is none.
    """
    lines = []
    for row, text in enumerate(content.splitlines(), start=1):
        text = text.strip().lstrip("\ufeff")
        if not text or text.startswith("#"):
            continue
        spaced = re.sub(r"\s*[,;]\s*", " ", text)
        spellings = [text, re.sub(r"\s#.*", "", text), spaced]
        if re.search(r"\.\w+\s*[,;]", text):  # x.jpg,x.png
            spellings.insert(0, spaced)
        line = next(filter(None, map(_parse_line, spellings)), None)
        if line is None:
            raise ValueError(
                f"'{name}', line {row}: needs 'folder frame side', e.g. "
                f"'2011_09_26/2011_09_26_drive_0002_sync 69 l'. Received: '{text[:100]}'"
            )
        try:
            folder = relative_name(line.folder) if line.folder else ""
            if isinstance(line.number, str):
                relative_name(line.number)
        except ValueError as error:
            raise ValueError(f"'{name}', line {row}: {error}") from error
        lines.append(line._replace(folder=folder))
    if not lines:
        raise ValueError(f"'{name}' lists no frames; it needs lines 'folder frame side'.")
    return lines


def _parse_line(text: str) -> SplitLine | None:
    # The folder's name may hold spaces, the other words may not.
    words = text.split()
    if (line := _parse_image(words)) is not None:
        return line
    if len(words) == 1:
        folder, _, frame = text.replace("\\", "/").rpartition("/")
        words = [folder, frame] if folder else words
    side = _SIDES.get(words[-1].lower())
    if side:
        words.pop()
    if len(words) < 2 or not _NUMBER.fullmatch(words[-1]):
        return None
    number = Decimal(words[-1])
    whole = number == number.to_integral_value()
    return SplitLine(" ".join(words[:-1]), int(number) if whole else number, side or "l")


def _parse_image(words: list[str]) -> SplitLine | None:
    end = next((i for i, word in enumerate(words) if word.lower().endswith(IMAGE_SUFFIXES)), None)
    if end is None:
        return None
    apart = end > 0 and "/" not in words[end].replace("\\", "/")
    text = "/".join([" ".join(words[:end]), words[end]]) if apart else " ".join(words[: end + 1])
    path = PurePosixPath(text.replace("\\", "/").lstrip("/"))
    side = _SIDES.get(words[end + 1].lower(), "l") if len(words) == end + 2 else "l"
    folder = path.parent.as_posix()
    return SplitLine("" if folder == "." else folder, path.name, side)


def read_split(path: str | os.PathLike) -> list[SplitLine]:
    """Reads a split file; see `parse_split`.

    Raises:
        ValueError: If a line does not parse.
        OSError: If it cannot be read.
    """
    return parse_split(read_list_text(path), os.fspath(path))


def read_distance(path: str | os.PathLike) -> int | None:
    """How many frames apart the neighbours were that `write_split` was told of; None if unknown."""
    match = _DISTANCE.search(read_list_text(path))
    return int(match[1]) if match else None


def write_split(path: str | os.PathLike, lines: Sequence[SplitLine], distance: int | None) -> None:
    """Writes a split file in one step.

    Args:
        path: The file.
        lines: The frames.
        distance: How many frames of the recording apart their neighbours are, which a comment at
            the end says; None if they have none in time.

    Raises:
        ValueError: If something else is there, see `check_replaceable_split`.
        OSError: If it cannot be written.
    """
    check_replaceable_split(path)
    write_text(path, _text(lines, distance), errors="surrogateescape")


def check_replaceable_split(
    path: str | os.PathLike, shown: str | os.PathLike | None = None
) -> None:
    """Checks that `write_split` would replace nothing but what it wrote itself.

    Args:
        path: The file.
        shown: What it is called, if it is a copy.

    Raises:
        ValueError: If anything else is there, lists in other spellings included.
    """
    if not os.path.lexists(path):
        return
    try:
        lines, distance = read_split(path), read_distance(path)
        is_own = read_list_text(path) == _text(lines, distance)
        # A list of nothing but images' names may be anybody's.
        is_own &= distance is not None or all(line.image is None for line in lines)
    except (ValueError, OSError):
        is_own = False
    if not is_own:
        raise ValueError(
            f"'{shown or path}' is in the way and is not a list of frames that this package wrote; "
            "choose another name."
        )


def _text(lines: Sequence[SplitLine], distance: int | None) -> str:
    end = [] if distance is None else [f"# neighbours {distance} frames away"]
    return "\n".join([*map(str, lines), *end]) + "\n"


def shipped_split(name: str) -> list[SplitLine]:
    """One of `SHIPPED_SPLITS`."""
    file = resources.files("densedepth_tf.data") / "splits" / f"{name}.txt"
    return parse_split(file.read_text(encoding="utf-8"), name)
