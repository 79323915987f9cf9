"""Numbers and times in the names of frames."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

_WHOLE = r"\d+(?:e[+-]\d+)?"
_DECIMAL = r"(?<![\d.])\d+\.\d+(?:e[+-]?\d+)?(?!\.?\d)"
_CLOCK = (
    r"(?<!\d)(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d[-_. T]?"
    r"[0-2]\d[-_.:]?[0-5]\d[-_.:]?[0-5]\d(?:[-_.]?(?:\d{6}|\d{3}))?(?!\d)"
)
# A minus is a sign where no word or number stands before it: `-5.png`, `t_-0.5.png`.
_BEFORE_SIGN = "_=-("
# Seconds since 1970: 1998 to 2096.
_EPOCH = range(900_000_000, 4_000_000_000)


class NameNumber(NamedTuple):
    """A number in a name.

    Attributes:
        value: Its value; of a date and time of day, all their digits as one number.
        time: What it counts; of a date and time of day, seconds.
        start: Where it begins in the name.
        end: Where it ends.
    """

    value: Decimal
    time: Decimal
    start: int
    end: int


def read_numbers(stems: Sequence[str]) -> list[list[NameNumber]]:
    """Reads the numbers in the names of frames that lie in one folder.

    Points are decimal points, as in 316.05, and there may be an exponent, as in 1.3e+09; unless
    the names show that points only separate whole numbers, as in `shot1.9` and `shot1.10`. Seconds
    and their fraction (1305031452_791720, as bags write them) are one number; so are a date and a
    time of day (20240131_235959).

    Args:
        stems: The names without their suffix.
    """
    clock = _CLOCK if _are_clocks(stems) else None
    found = _find(stems, "|".join(filter(None, (clock, _DECIMAL, _WHOLE))))
    if not _are_decimals(found):
        found = _find(stems, "|".join(filter(None, (clock, _WHOLE))))
    numbers = [
        [_number(match, start, clock is not None) for match, start in matches] for matches in found
    ]
    return _merge_seconds(stems, numbers)


def _find(stems: Sequence[str], pattern: str) -> list[list[tuple[re.Match[str], int]]]:
    """The matches, and where each begins with its sign."""
    compiled = re.compile(pattern, re.IGNORECASE | re.ASCII)
    return [
        [
            (match, match.start() - _has_sign(stem, match.start()))
            for match in compiled.finditer(stem)
        ]
        for stem in stems
    ]


def _has_sign(stem: str, start: int) -> bool:
    before = stem[:start]
    return before.endswith("-") and (start == 1 or before[-2] in _BEFORE_SIGN)


def _number(match: re.Match[str], start: int, clocks: bool) -> NameNumber:
    if clocks and re.fullmatch(_CLOCK, match[0], re.ASCII):
        digits = re.sub(r"\D", "", match[0])
        return NameNumber(Decimal(digits), _seconds(digits), match.start(), match.end())
    value = Decimal(match[0])
    value = -value if start < match.start() else value
    return NameNumber(value, value, start, match.end())


def _are_clocks(stems: Sequence[str]) -> bool:
    """Whether what looks like dates and times of day can be that in every name."""
    texts = [match[0] for stem in stems if (match := re.search(_CLOCK, stem, re.ASCII))]
    digits = [re.sub(r"\D", "", text) for text in texts]
    try:
        for text in digits:
            _seconds(text)
    except ValueError:
        return False
    # 20240131_000012 is a date and a frame's number.
    return len(texts) == len(stems) and any(text[8:10] != "00" for text in digits)


def _seconds(digits: str) -> Decimal:
    at = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return int(at.timestamp()) + Decimal(f".{digits[14:] or 0}")


def _are_decimals(found: list[list[tuple[re.Match[str], int]]]) -> bool:
    """Whoever prints times prints no zeros at their end, or always as many digits."""
    widths: dict[int, set[int]] = defaultdict(set)
    zeros = set()
    for matches in found:
        for place, (match, _) in enumerate(matches):
            fraction = match[0].partition(".")[2]
            if fraction.isdecimal():
                widths[place].add(len(fraction))
                if len(fraction) > 1 and fraction.endswith("0"):
                    zeros.add(place)
    return all(len(widths[place]) == 1 for place in zeros)


def _merge_seconds(stems: Sequence[str], numbers: list[list[NameNumber]]) -> list[list[NameNumber]]:
    """Seconds and a whole number after them become one: nanoseconds, or digits of a fraction."""
    if len({len(row) for row in numbers}) != 1:
        return numbers
    for place in range(len(numbers[0]) - 1):
        pairs = [(row[place], row[place + 1]) for row in numbers]
        texts = [
            (stem[a.start : a.end], stem[b.start : b.end])
            for stem, (a, b) in zip(stems, pairs, strict=True)
        ]
        near = all(b.start - a.end == 1 for a, b in pairs)
        if not near or not all(text.isdecimal() for pair in texts for text in pair):
            continue
        widths = {len(second) for _, second in texts}
        since_1970 = all(int(first) in _EPOCH for first, _ in texts) and max(widths) <= 9
        nanoseconds = widths == {9} and any(second[0] != "0" for _, second in texts)
        if nanoseconds or (since_1970 and max(widths) >= 3):
            digits = min(widths) if len(widths) == 1 else 6 if max(widths) <= 6 else 9
            merged = [Decimal(f"{a}.{b.zfill(digits)}") for a, b in texts]
            return [
                [*row[:place], NameNumber(m, m, a.start, b.end), *row[place + 2 :]]
                for row, m, (a, b) in zip(numbers, merged, pairs, strict=True)
            ]
    return numbers
