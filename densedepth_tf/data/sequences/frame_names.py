"""Which frames a folder of images holds, by the numbers and times in their names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import NamedTuple

from densedepth_tf.data.sequences.frame_sequence import FrameNumber
from densedepth_tf.data.sequences.name_numbers import NameNumber, read_numbers

_CAMERA = re.compile(r"(^|[\W_])(cam|camera|view|eye)[\W_]*$", re.IGNORECASE)
_SEPARATORS = " ._-=("


@dataclass(frozen=True)
class Snippet:
    """Images of a folder that were taken one after the other.

    Attributes:
        label: What tells it from the folder's other snippets, e.g. `aachen_000000`.
        pattern: Its images' names with `*` for the frame's number, e.g.
            `aachen_000000_*_leftImg8bit`.
        frames: The images' names by their numbers, in the order of time. Whole numbers are
            `int`, times such as 316.05 seconds `Decimal`.
        times: When each was taken, in whatever unit its name counts.
    """

    label: str
    pattern: str
    frames: Mapping[FrameNumber, str]
    times: Mapping[FrameNumber, Decimal]


class _Name(NamedTuple):
    """An image's name; the numbers in its stem."""

    name: str
    stem: str
    numbers: list[NameNumber]

    @property
    def text(self) -> tuple[str, ...]:
        """The text before, between and after the numbers."""
        starts = [*(number.start for number in self.numbers), len(self.stem)]
        ends = [0, *(number.end for number in self.numbers)]
        return tuple(self.stem[end:start] for end, start in zip(ends, starts, strict=True))


def find_snippets(names: Iterable[str]) -> list[Snippet]:
    """Sorts the images of one folder into snippets of consecutive frames.

    The number of a frame is the first one in its name that, with those before it, tells the frames
    apart: `aachen_000003_000019_leftImg8bit.png` is frame 19 of the snippet `aachen_000003`, and
    `0007_316.05.png` is frame 7. Numbers are compared by value, see `name_numbers`. Names that
    differ in other text, or in a camera's number, belong to different snippets; if nearly all
    names differ in their text, it tells nothing. Names without numbers are in the order of the
    alphabet and numbered from 0.

    Args:
        names: File names, or paths of files in one folder.

    Raises:
        ValueError: If two images have one number, such as 7.jpg and 007.jpg.
    """
    names = sorted(names)
    stems = [PurePosixPath(name).stem for name in names]
    parsed = [_Name(*row) for row in zip(names, stems, read_numbers(stems), strict=True)]
    snippets = [snippet for group in _by_text(parsed) for snippet in _snippets(group)]
    return sorted(snippets, key=lambda snippet: natural(snippet.pattern))


def natural(name: str) -> list[tuple[bool, int, str]]:
    """A key that sorts whole numbers inside names by their value."""
    parts = re.split(r"(\d+)", name, flags=re.ASCII)
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _by_text(names: list[_Name]) -> list[list[_Name]]:
    groups: dict[object, list[_Name]] = defaultdict(list)
    for name in names:
        groups[name.text if name.numbers else ()].append(name)
    if 2 * sum(len(group) == 1 for group in groups.values()) > len(names):
        # 1_cat.jpg, 2_dog.jpg
        groups = defaultdict(list)
        for name in names:
            groups[len(name.numbers)].append(name)
    return list(groups.values())


def _snippets(names: list[_Name]) -> list[Snippet]:
    if not names[0].numbers:
        ordered = sorted(names, key=lambda name: natural(name.name))
        frames: dict[FrameNumber, str] = {i: name.name for i, name in enumerate(ordered)}
        label = names[0].stem if len(names) == 1 else ""
        return [Snippet(label, label or "*", frames, {n: Decimal(n) for n in frames})]
    own = _frame_column(names)
    members: dict[tuple[Decimal, ...], list[_Name]] = defaultdict(list)
    for name in names:
        members[_key(name, own)].append(name)
    return [_snippet(group, own) for group in members.values()]


def _frame_column(names: list[_Name]) -> int:
    """Which of the numbers is the frame's."""
    count = len(names[0].numbers)
    text = names[0].text
    for column in range(count):
        if _CAMERA.search(text[column]) and count > 1:
            continue
        told = {(*_key(name, column), name.numbers[column].value) for name in names}
        if len(told) == len(names):
            return column
    return count - 1


def _key(name: _Name, own: int) -> tuple[Decimal, ...]:
    """What tells a frame's snippet: the numbers before its own, and that of its camera."""
    text = name.text
    return tuple(
        number.value
        for column, number in enumerate(name.numbers)
        if column < own or (column > own and _CAMERA.search(text[column]))
    )


def _snippet(names: list[_Name], own: int) -> Snippet:
    names = sorted(names, key=lambda name: name.numbers[own].time)
    frames: dict[FrameNumber, str] = {}
    times: dict[FrameNumber, Decimal] = {}
    for name in names:
        value = name.numbers[own].value
        number = int(value) if value == value.to_integral_value() else value
        if number in frames:
            raise ValueError(
                f"'{frames[number]}' and '{name.name}' are both frame {number}; name frames by "
                "numbers of their own."
            )
        frames[number], times[number] = name.name, name.numbers[own].time
    before = {name.stem[: name.numbers[own].start] for name in names}
    after = {name.stem[name.numbers[own].end :] for name in names}
    start, end = (found.pop() if len(found) == 1 else "" for found in (before, after))
    label = start.rstrip(_SEPARATORS) or end.strip(_SEPARATORS)
    if own + 1 < len(names[0].numbers) and _CAMERA.search(names[0].text[own + 1]):
        label = f"{start}*{end}"
    return Snippet(label, f"{start}*{end}", frames, times)
