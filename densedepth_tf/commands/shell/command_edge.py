"""The edge of every command: whatever is raised inside leaves it as one line and an exit code."""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from densedepth_tf.commands.shell.flag_names import with_flags
from densedepth_tf.commands.shell.program import shown_program, with_programs
from densedepth_tf.process.interruption import was_terminated
from densedepth_tf.process.optional_package import how_to_install

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_NOBODY_READS = 141  # as of a process that SIGPIPE ended
EXIT_TERMINATED = 143
DEBUG = "--debug"
DEBUG_HELP = "show where an error comes from: its traceback, and what libraries print"
TRACEBACK_VARIABLE = "DENSEDEPTH_TF_TRACEBACK"
LONGEST_LINE = 2000


def fail(program: str, message: str) -> NoReturn:
    """Prints one line on standard error and leaves with exit code 2.

    Arguments that the message names become the flags of the running command.
    """
    line = with_programs(" ".join(with_flags(message).split()))
    if len(line) > LONGEST_LINE:  # a value that was received may be a whole file
        line = f"{line[: LONGEST_LINE // 2]} ... {line[-LONGEST_LINE // 2 :]}"
    print(f"{shown_program(program)}: error: {line}", file=sys.stderr)
    sys.exit(EXIT_BAD_INPUT)


@contextlib.contextmanager
def command_edge(program: str) -> Iterator[None]:
    """What is raised inside becomes one line and exit code 2; also a decorator of `main`s.

    `ValueError`, `OSError` and `ImportError` are what the library raises for bad input, files and
    missing optional packages. Anything else is said to be unexpected. `--debug`, or
    `DENSEDEPTH_TF_TRACEBACK=1`, shows tracebacks instead. Ctrl-C ends with exit code 130,
    SIGTERM, which schedulers send, as cleanly with 143. Where nobody reads the output any more,
    as of `| head`, the command ends without a word.

    Args:
        program: Name in front of messages.
    """
    _print_any_name()
    try:
        try:
            yield
        except SystemExit:
            _flush()
            raise
        _flush()
    except KeyboardInterrupt as interrupt:
        terminated = was_terminated()
        # What was interrupted may say how to go on.
        how = f"; {with_programs(with_flags(str(interrupt)))}" if str(interrupt) else ""
        print(
            f"{shown_program(program)}: {'terminated' if terminated else 'interrupted'}{how}",
            file=sys.stderr,
        )
        sys.exit(EXIT_TERMINATED if terminated else EXIT_INTERRUPTED)
    except BrokenPipeError:
        _give_up_output()
        sys.exit(EXIT_NOBODY_READS)
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _give_up_output()
        fail(program, _in_words(error))


def _in_words(error: Exception) -> str:
    """What is told of an error, as text that may have several lines."""
    name, text = type(error).__name__, str(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        text = how_to_install(error.name) or text
    if isinstance(error, ValueError | OSError | ImportError):
        return text or name
    if isinstance(error, MemoryError):
        return f"there is not enough memory: {text or 'Python got no more'} ({DEBUG} tells where)"
    return f"unexpected {name}: {text or 'it says nothing more'} ({DEBUG} shows its traceback)"


def show_tracebacks(arguments: Sequence[str] | None) -> None:
    """Lets errors show their tracebacks if `--debug` is among the arguments, or the process's."""
    if DEBUG in (sys.argv[1:] if arguments is None else arguments):
        os.environ[TRACEBACK_VARIABLE] = "1"  # worker processes are to know it, too


def _print_any_name() -> None:
    """File names may hold bytes that are no text: they are printed escaped, as on stderr."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """A full disk, or a reader that has left, shows here and not when Python has ended."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _give_up_output() -> None:
    """What could not be printed is not tried again when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
