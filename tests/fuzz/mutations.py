"""Damage to files, the same for the same seed: flipped bits, wild numbers, cuts, copies, holes."""

import random
import re

# Sizes and lengths that formats declare: zero, the largest of every width, negative ones.
WILD = [
    *(b"\0", b"\xff", b"\x7f", b"\x80"),
    *(b"\xff\xff", b"\x7f\xff", b"\x00\x01", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"),
    *(b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\xff" * 8, b"\xff" * 7 + b"\x7f"),
]
WORDS = [
    *(b"nan", b"inf", b"-1", b"0", b"1e400", b"99999999999999999999", b"1" * 5000, b"0.0.0"),
    *(b"None", b"[]", b"{}", b'"a"', b"-", b"", b"\xff\xfe", b"\0", b"../..", b"/etc/passwd"),
    *(b"true", b"null", b"[" * 500, b"*a", b"&a", b"!!int x", b"1,2,3", b"9" * 20 + b"x1"),
]
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[A-Za-z_]\w*")


def mutated(content: bytes, seed: int, is_text: bool) -> bytes:
    """One to three kinds of damage to some bytes."""
    choose = random.Random(seed)
    damages = TEXT_DAMAGES if is_text else DAMAGES
    for _ in range(choose.choice((1, 1, 1, 2, 3))):
        content = choose.choice(damages)(content, choose)
    return content


def _flip(content: bytes, choose: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(choose.choice((1, 1, 4, 32))):
        if changed:
            changed[choose.randrange(len(changed))] ^= 1 << choose.randrange(8)
    return bytes(changed)


def _wild(content: bytes, choose: random.Random) -> bytes:
    value, place = choose.choice(WILD), _early(content, choose)
    return content[:place] + value + content[place + len(value) :]


def _cut(content: bytes, choose: random.Random) -> bytes:
    return content[: _early(content, choose) if choose.random() < 0.5 else len(content) - 1]


def _copy(content: bytes, choose: random.Random) -> bytes:
    start, place = _early(content, choose), _early(content, choose)
    return content[:place] + content[start : start + choose.randrange(1, 64)] + content[place:]


def _hole(content: bytes, choose: random.Random) -> bytes:
    place, length = _early(content, choose), choose.randrange(1, 64)
    return content[:place] + bytes(length) + content[place + length :]


def _leave_out(content: bytes, choose: random.Random) -> bytes:
    place = _early(content, choose)
    return content[:place] + content[place + choose.randrange(1, 64) :]


def _word(content: bytes, choose: random.Random) -> bytes:
    words = list(_NUMBER.finditer(content))
    if not words:
        return choose.choice(WORDS)
    word = choose.choice(words)
    return content[: word.start()] + choose.choice(WORDS) + content[word.end() :]


def _line(content: bytes, choose: random.Random) -> bytes:
    lines = content.split(b"\n")
    place = choose.randrange(len(lines))
    lines[place : place + 1] = choose.choice(([], [lines[place]] * 3, [lines[place] * 50]))
    return b"\n".join(lines)


def _early(content: bytes, choose: random.Random) -> int:
    """A place, half of the time in the first bytes, where headers are."""
    most = min(len(content), 200) if choose.random() < 0.5 else len(content)
    return choose.randrange(most) if most else 0


DAMAGES = (_flip, _flip, _wild, _wild, _cut, _copy, _hole, _leave_out)
TEXT_DAMAGES = (_word, _word, _word, _line, *DAMAGES)
