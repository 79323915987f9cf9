"""What a command is called by whoever started it: `predict.py`, `densedepth predict` ..."""

import contextlib
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

PACKAGE_PROGRAM = "densedepth"
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


def with_programs(text: str) -> str:
    """A text, or a script's name, in which scripts are called as this process was started."""
    return _SCRIPT.sub(_started_as, text)


def _started_as(script: re.Match[str]) -> str:
    command = script[1]
    if _by_package.get():
        return f"{PACKAGE_PROGRAM} {command}"
    started = Path(sys.argv[0]).stem
    return (
        f"{PACKAGE_PROGRAM}-{command}" if started.startswith(f"{PACKAGE_PROGRAM}-") else script[0]
    )
