"""What every command line shares: its parser, its start, what it says of bad input, and sizes."""

import argparse
import contextlib
import functools
import importlib
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, NoReturn

from typing_extensions import override

from densedepth_tf.commands.shell.command_edge import (
    DEBUG,
    DEBUG_HELP,
    TRACEBACK_VARIABLE,
    command_edge,
    fail,
    show_tracebacks,
)
from densedepth_tf.commands.shell.common_flags import (
    add_common_flags,
    warn_of_unknown_level,
    with_suggestion,
)
from densedepth_tf.commands.shell.flag_names import flags_of, naming, with_flags
from densedepth_tf.commands.shell.program import shown_program
from densedepth_tf.files.web_address import check_no_web_address
from densedepth_tf.process.gpu_memory import claim_gpus, set_gpu_memory
from densedepth_tf.process.interruption import sigterm_as_interrupt
from densedepth_tf.process.log_level import set_log_level, tells
from densedepth_tf.process.quiet import quiet

EXIT_SOME_BAD = 1
MOST_NAMED = 10
MOST_DIGITS = 5  # of a side in pixels
BLANK = "is empty or blank; was a variable of the shell not set?"
TENSORFLOW = "tensorflow"
PLOTTING = ("matplotlib", "sklearn", "pandas")
# What OpenCV and Pillow make of damaged files, they say without the file's name; readers name it.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
# Where parsers go that are only looked at.
_captured: ContextVar[list[argparse.ArgumentParser] | None] = ContextVar("captured", default=None)
_NAMELESS = r"PIL\.|tifffile"


def report_bad(heading: str, reasons: Sequence[str]) -> int:
    """Prints the heading and at most ten reasons on standard error; nothing without reasons.

    Args:
        heading: What was left out, and how many of them.
        reasons: What is wrong with each; arguments that they name become flags.

    Returns:
        The exit code: 1, or 0 without reasons.
    """
    if not reasons:
        return 0
    more = len(reasons) - MOST_NAMED
    reasons = [with_flags(reason) for reason in reasons[:MOST_NAMED]]
    named = [heading, *reasons, *([f"and {more} more"] if more > 0 else [])]
    print("\n  ".join(named), file=sys.stderr)
    return EXIT_SOME_BAD


def what_is_wrong(value: object) -> str:
    """Why no flag means anything by a value; nothing if one may.

    Text without a character to be seen would be the current folder as a path, and an address on
    the web is none.
    """
    if isinstance(value, str) and not value.strip():
        return BLANK
    if isinstance(value, str | os.PathLike):
        try:
            check_no_web_address(value)
        except ValueError as error:
            return str(error)
    return ""


class Parser(argparse.ArgumentParser):
    """An argument parser that reports a wrong flag, or a value of no use, in one line.

    Args:
        other_names: What this command shows of arguments that its flags call otherwise: `scale` to
            `--scale-factor`, say; as the keys of `flags_of`.
        **kwargs: As of `argparse.ArgumentParser`.
    """

    def __init__(self, *, other_names: Mapping[str, str] | None = None, **kwargs: Any):
        self.other_names = other_names or {}
        kwargs.setdefault("formatter_class", argparse.ArgumentDefaultsHelpFormatter)
        if "prog" in kwargs:
            kwargs["prog"] = shown_program(kwargs["prog"])
        super().__init__(allow_abbrev=False, **kwargs)
        add_common_flags(self)
        self.add_argument(DEBUG, action="store_true", default=argparse.SUPPRESS, help=DEBUG_HELP)

    @override
    def error(self, message: str) -> NoReturn:
        message = with_suggestion(message, self._option_string_actions)
        fail(self.prog, f"{message} (see `{self.prog} --help`)")

    def parse_args(  # type: ignore[override]  # Nobody here passes a namespace of another class.
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """As `argparse`, and no value may be blank or on the web."""
        captured = _captured.get()
        if captured is not None:
            captured.append(self)
            sys.exit(0)
        show_tracebacks(args)
        set_log_level(None)  # A flag may set it, of this command alone.
        self._refuse_unknown(sys.argv[1:] if args is None else args)
        options = super().parse_args(args, namespace)
        for name, value in vars(options).items():
            for wrong in map(what_is_wrong, value if isinstance(value, list) else [value]):
                if wrong:
                    fail(self.prog, f"argument {self._shown(name)}: {wrong}")
        return options

    def _shown(self, name: str) -> str:
        """What an argument is called on the command line."""
        spelt = (action.option_strings for action in self._actions if action.dest == name)
        return next((max(flags, key=len) for flags in spelt if flags), name)

    def _refuse_unknown(self, args: Sequence[str]) -> None:
        """A misspelt flag is named before `argparse` misses the one that was meant."""
        flags = [argument.partition("=")[0] for argument in args if argument.startswith("--")]
        unknown = [flag for flag in flags if flag not in self._option_string_actions]
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")


def parser_of(command: str) -> argparse.ArgumentParser:
    """The parser that a command parses its line with.

    Args:
        command: Its name, as `export-gt`.
    """
    module = importlib.import_module(f"densedepth_tf.commands.{command.replace('-', '_')}")
    if command == "train":  # Its parser is another library's.
        return module.build_parser()
    # The others build theirs as they start.
    found: list[argparse.ArgumentParser] = []
    before = _captured.set(found)
    try:
        with contextlib.suppress(SystemExit):
            module.main([])
    finally:
        _captured.reset(before)
    return found[0]


def run(
    command: argparse.ArgumentParser | str,
    body: Callable[[], int | None],
    tensorflow: bool | Callable[[], bool] = False,
) -> NoReturn:
    """Runs a command's work inside `command_edge`; warnings are single lines, too.

    Args:
        command: The command's parser, whose flags messages name, or only its name.
        body: The work; returns the exit code, None for 0.
        tensorflow: Whether the work needs TensorFlow: it is started first, without its start-up
            messages. A function where files must be looked at to know.
    """
    if isinstance(command, argparse.ArgumentParser):
        program, flags = command.prog, flags_of(command)
    else:
        program, flags = command, {}
    with (
        naming(flags),
        command_edge(program),
        sigterm_as_interrupt(),
        warnings.catch_warnings(),
    ):
        if tensorflow() if callable(tensorflow) else tensorflow:
            _start_tensorflow()
        warnings.showwarning = functools.partial(_show_warning, {}, flags)
        warnings.filterwarnings("ignore", module=_NAMELESS)
        warn_of_unknown_level()
        try:
            sys.exit(body())
        finally:
            set_log_level(None)  # Whoever called this from Python hears of later work again.
            set_gpu_memory(None)


def _show_warning(
    shown: dict[str, int], flags: Mapping[str, str], message: Warning | str, *_: object
) -> None:
    """One line above a progress bar, without the code that warned.

    What is said of file after file is said of the first ten.

    Args:
        shown: How often each kind of warning came: its words without names and numbers.
        flags: As of `with_flags`; threads that warn do not know the running command's.
        message: The warning.
    """
    if not tells("warning"):
        return
    from tqdm import tqdm

    line = " ".join(with_flags(str(message), flags).split())
    kind = re.sub(r"'.*?'|\d+", "", line)
    shown[kind] = shown.get(kind, 0) + 1
    if shown[kind] > MOST_NAMED + 1:
        return
    if shown[kind] > MOST_NAMED:
        line = f"the same of further files, which are not named: {line}"
    tqdm.write(f"warning: {line}", file=sys.stderr)


def _start_tensorflow() -> None:
    """Imports TensorFlow and finds its devices; both write to the terminal past Python's back.

    Keras imports, where they are installed, libraries for plots and wrappers that no command uses:
    a second or more of every start. Whatever does need them can import them afterwards.
    """
    backend = os.environ.get("KERAS_BACKEND", TENSORFLOW)
    if backend != TENSORFLOW:
        raise ValueError(
            "Commands run on TensorFlow: unset KERAS_BACKEND, or set it to tensorflow; other "
            f"backends are for Python (docs/python.md). Received: KERAS_BACKEND={backend}"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    talk = contextlib.nullcontext() if os.environ.get(TRACEBACK_VARIABLE) else quiet()
    with talk, _hidden(PLOTTING):
        import tensorflow as tf

        claim_gpus()
        if not os.environ.get(TRACEBACK_VARIABLE):
            # It warns of functions traced again wherever several models take turns.
            tf.get_logger().setLevel("ERROR")


@contextlib.contextmanager
def _hidden(names: Sequence[str]) -> Iterator[None]:
    """Inside, these packages seem not to be installed, unless they have been imported already."""
    absent = [name for name in names if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(absent))  # None makes an import fail.
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def leave_at_once(main: Callable[[], NoReturn]) -> NoReturn:
    """Runs a command and, if all went well, ends the process without tearing libraries down.

    That takes a second. For commands that leave nothing behind but files, which are closed by then.
    """
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            raise end from None
        os._exit(0)


def image_size(text: str) -> tuple[int, int]:
    """Parses `HEIGHTxWIDTH`, e.g. `480x640`, into `(height, width)`.

    Raises:
        argparse.ArgumentTypeError: If the text is anything else.
    """
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", text)
    if not match or max(len(match[1]), len(match[2])) > MOST_DIGITS:
        raise argparse.ArgumentTypeError(
            f"a size is HEIGHTxWIDTH in pixels, e.g. 480x640. Received: '{text[:100]}'"
        )
    return int(match[1]), int(match[2])
