"""What long work tells while it runs, in the words of whoever reads it.

The library names arguments. A command, whose user knows flags, puts its own words in their place.
"""

import contextlib
import difflib
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar

from densedepth_tf.process.log_level import tells

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


def tell(text: str, kind: str = "info") -> None:
    """Prints a remark on standard output, above a progress bar; `--quiet` hides it.

    Args:
        text: The remark; arguments that it names become the command's flags.
        kind: "warning" for what is wrong, which `--quiet` leaves; see `log_level.tells`.
    """
    if tells(kind):
        from tqdm import tqdm

        tqdm.write(worded(text))


def did_you_mean(received: str, known: Iterable[str]) -> str:
    """A question, after a blank, for a word that is nearly a known one; nothing for another."""
    by_case = {each.lower(): each for each in known}
    near = difflib.get_close_matches(received.lower(), by_case, n=1, cutoff=0.6)
    return f" Did you mean {by_case[near[0]]}?" if near else ""


def counted(number: int, noun: str) -> str:
    """A number and its noun, which takes an s unless the number is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
