"""The library names arguments; flags are the words of commands, which put them in their place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import densedepth_tf

PACKAGE = Path(densedepth_tf.__file__).parent
FLAG = re.compile(r"(?<![\w-])--(?:[a-z][\w-]*|{})")
# A whole command, which says whose flags it shows: `export.py --size 480x640`.
COMMAND = re.compile(r"(\w+\.py|`densedepth \w+|-m densedepth_tf \w+|`preflight)( [^`\n]*)?$")
# Declares an option of train.py; its help is shown beside the flags.
HELP = "option"


def library_files() -> list[Path]:
    files = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")]
    return sorted(f for f in files if f.parts[0] not in ("commands", "__main__.py"))


def texts(tree: ast.AST) -> Iterator[str]:
    """All strings but docstrings and help; of f-strings the whole, with {} for values."""
    if isinstance(tree, ast.Call) and getattr(tree.func, "id", "") == HELP:
        return
    if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant):
        return
    if isinstance(tree, ast.JoinedStr):
        parts = [part for part in tree.values if isinstance(part, ast.FormattedValue)]
        yield "".join("{}" if part in parts else part.value for part in tree.values)
        for part in parts:
            yield from texts(part.value)
    elif isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value
    else:
        for child in ast.iter_child_nodes(tree):
            yield from texts(child)


def flags_in(text: str) -> list[str]:
    found = FLAG.finditer(text)
    return [flag[0] for flag in found if not COMMAND.search(text[: flag.start()])]


def test_flags_are_told_from_whole_commands():
    assert flags_in("check --data-dir") == ["--data-dir"]
    assert flags_in("--format {} has --precision {}") == ["--format", "--precision"]
    assert not flags_in("write it with `python -m densedepth_tf tfrecord --split {}`")
    assert not flags_in("`export.py --size {}x{}`, a -- b, `depth_scale`, a--b")
    assert flags_in("train.py, `x`: --size") == ["--size"]


def test_messages_are_told_from_help_and_docstrings():
    module = ast.parse(
        '"""Not --a."""\n'
        'x: int = option(1, "not --b")\n'
        'def f(): raise ValueError(f"but --c {x} and {g(\'--d\')}" "--e")\n'
    )
    assert [flag for text in texts(module) for flag in flags_in(text)] == ["--c", "--e", "--d"]


@pytest.mark.parametrize("file", library_files(), ids=str)
def test_no_text_of_the_library_names_a_flag(file):
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    found = [(flag, text) for text in texts(tree) for flag in flags_in(text)]
    assert found == []
