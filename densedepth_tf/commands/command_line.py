"""What every command line shares: one-line errors with exit code 2, and sizes like 480x640."""

import argparse
import os
import re
import sys
from collections.abc import Callable
from typing import NoReturn

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
TRACEBACK_VARIABLE = "DENSEDEPTH_TF_TRACEBACK"


def fail(program: str, message: str) -> NoReturn:
    """Prints one line on standard error and leaves with exit code 2."""
    print(f"{program}: error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(EXIT_BAD_INPUT)


class Parser(argparse.ArgumentParser):
    """An argument parser that reports a wrong flag in one line."""

    def __init__(self, **kwargs):
        kwargs.setdefault("formatter_class", argparse.ArgumentDefaultsHelpFormatter)
        super().__init__(allow_abbrev=False, **kwargs)

    def error(self, message: str) -> NoReturn:
        fail(self.prog, f"{message} (see `{self.prog} --help`)")


def run(program: str, body: Callable[[], int | None]) -> NoReturn:
    """Runs a command's work and turns what a user can mend into one line and exit code 2.

    `ValueError`, `OSError` and `ImportError` are what the library raises for bad input, files
    and missing optional packages. Set `DENSEDEPTH_TF_TRACEBACK=1` to see their tracebacks.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if os.environ.get(TRACEBACK_VARIABLE):
        sys.exit(body())
    try:
        sys.exit(body())
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
    except (ValueError, OSError, ImportError) as error:
        fail(program, str(error) or type(error).__name__)


def image_size(text: str) -> tuple[int, int]:
    """Parses `HEIGHTxWIDTH`, e.g. `480x640`, into `(height, width)`.

    Raises:
        argparse.ArgumentTypeError: If the text is anything else.
    """
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", text)
    if not match:
        raise argparse.ArgumentTypeError(
            f"a size is HEIGHTxWIDTH in pixels, e.g. 480x640. Received: '{text}'"
        )
    return int(match[1]), int(match[2])
