"""What long work tells while it runs, in the words of whoever reads it.

The library names arguments. A command, whose user knows flags, puts its own words in their place.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from tqdm import tqdm

_wording: ContextVar[Callable[[str], str]] = ContextVar("wording", default=str)


@contextlib.contextmanager
def wording(translate: Callable[[str], str]) -> Iterator[None]:
    """Inside, `worded` and `tell` pass what they are given through `translate`."""
    before = _wording.set(translate)
    try:
        yield
    finally:
        _wording.reset(before)


def worded(text: str) -> str:
    """A text in the words of the command that runs; as it is where none does."""
    return _wording.get()(text)


def tell(text: str) -> None:
    """Prints a line on standard output, above a progress bar where there is one."""
    tqdm.write(worded(text))
