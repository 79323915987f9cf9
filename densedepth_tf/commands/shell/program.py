"""What a command is called by whoever started it: `predict.py`, `densedepth predict` ..."""

import contextlib
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

PACKAGE_PROGRAM = "densedepth"
MODULE_PROGRAM = "python -m densedepth_tf"
_MODULE_FILE = ("densedepth_tf", "__main__.py")
_SCRIPT = re.compile(r"(?<![\w./-])(train|evaluate|predict|export)\.py\b")
_by_package: ContextVar[bool] = ContextVar("by_package", default=False)


@contextlib.contextmanager
def started_by_package() -> Iterator[None]:
    """Inside, commands are called `densedepth COMMAND`."""
    before = _by_package.set(True)
    try:
        yield
    finally:
        _by_package.reset(before)


def shown_program(program: str) -> str:
    """A program's name as this process was started: `densedepth demo` may be `python -m ...`.

    Args:
        program: The script's name, or `densedepth` and a command; any other stays as it is.
    """
    program = _SCRIPT.sub(_started_as, program)
    first, _, rest = program.partition(" ")
    return f"{_package_program()} {rest}".strip() if first == PACKAGE_PROGRAM else program


def with_programs(text: str) -> str:
    """A text in which scripts are called as this process was started."""
    return _SCRIPT.sub(_started_as, text)


def _package_program() -> str:
    by_module = Path(sys.argv[0]).parts[-2:] == _MODULE_FILE
    return MODULE_PROGRAM if by_module else PACKAGE_PROGRAM


def _started_as(script: re.Match[str]) -> str:
    command = script[1]
    if _by_package.get():
        return f"{_package_program()} {command}"
    started = Path(sys.argv[0]).stem
    return (
        f"{PACKAGE_PROGRAM}-{command}" if started.startswith(f"{PACKAGE_PROGRAM}-") else script[0]
    )
