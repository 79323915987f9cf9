"""Whatever is raised leaves a command as one line and an exit code."""

import importlib
import os
import subprocess
import sys

import pytest

from densedepth_tf.__main__ import COMMANDS
from densedepth_tf.commands.shell.command_edge import TRACEBACK_VARIABLE
from densedepth_tf.commands.shell.command_line import Parser, run

PRINTS_MUCH = (
    "from densedepth_tf.commands.shell.command_line import run\n"
    "run('p', lambda: print('word ' * 50_000))"
)


def line_of(capsys, leaving, code=2):
    shown, errors = capsys.readouterr()
    assert leaving.value.code == code and not shown and errors.count("\n") == 1
    return errors


def raising(error):
    def body():
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("two\nlines"), "p: error: two lines\n"),
        (OSError("no disk"), "p: error: no disk\n"),
        (ImportError("No module named 'x'"), "p: error: No module named 'x'\n"),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates"), "can't encode"),
        (MemoryError(), "p: error: there is not enough memory"),
        (MemoryError("Unable to allocate 4 TiB"), "memory: Unable to allocate 4 TiB (--debug"),
        (
            RecursionError("too deep"),
            "p: error: unexpected RecursionError: too deep (--debug shows",
        ),
        (TypeError("no number"), "unexpected TypeError: no number"),
        (RuntimeError(), "unexpected RuntimeError: it says nothing more"),
        (KeyError("a"), "unexpected KeyError: 'a'"),
        (AttributeError("b"), "unexpected AttributeError: b"),
        (ZeroDivisionError("c"), "unexpected ZeroDivisionError: c"),
    ],
)
def test_whatever_is_raised_is_one_line(capsys, monkeypatch, error, said):
    monkeypatch.delenv(TRACEBACK_VARIABLE, raising=False)
    with pytest.raises(SystemExit) as leaving:
        run("p", raising(error))
    assert said in line_of(capsys, leaving)


def test_tensorflows_own_errors_are_one_line(capsys, monkeypatch):
    import tensorflow as tf

    monkeypatch.delenv(TRACEBACK_VARIABLE, raising=False)
    with pytest.raises(SystemExit) as leaving:
        run("p", lambda: tf.io.decode_jpeg(b"no picture"))
    assert "p: error: unexpected InvalidArgumentError" in line_of(capsys, leaving)


def test_a_value_as_long_as_a_file_is_cut(capsys, monkeypatch):
    monkeypatch.delenv(TRACEBACK_VARIABLE, raising=False)
    with pytest.raises(SystemExit) as leaving:
        run("p", raising(ValueError(f"Received: '{'x' * 10**6}'")))
    line = line_of(capsys, leaving)
    assert (
        len(line) < 3000 and line.startswith("p: error: Received: 'xxx") and line.endswith("x'\n")
    )


def test_debug_shows_the_traceback(monkeypatch):
    monkeypatch.setenv(TRACEBACK_VARIABLE, "")
    Parser(prog="p").parse_args(["--debug"])
    assert os.environ[TRACEBACK_VARIABLE]
    with pytest.raises(KeyError, match="where"):
        run("p", raising(KeyError("where")))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_debug_and_an_edge_of_its_own(capsys, monkeypatch, command):
    monkeypatch.setenv(TRACEBACK_VARIABLE, "")
    main = importlib.import_module(f"densedepth_tf.commands.{command.replace('-', '_')}").main
    with pytest.raises(SystemExit) as leaving:
        main(["--help"])
    assert leaving.value.code == 0 and "--debug" in capsys.readouterr().out
    # What goes wrong while flags are read is told as well: no flag is a number.
    with pytest.raises(SystemExit) as leaving:
        main([1])
    line = line_of(capsys, leaving)
    assert "error: " in line and "Traceback" not in line


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_nobody_reads_the_output():
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-c", PRINTS_MUCH], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert ended.returncode == 141 and not ended.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full device is needed")
def test_the_output_is_full():
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", PRINTS_MUCH], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert ended.returncode == 2
    assert ended.stderr.decode().splitlines() == ["p: error: [Errno 28] No space left on device"]


def test_names_that_are_no_text_are_printed():
    program = (
        "from densedepth_tf.commands.shell.command_line import run\n"
        "run('p', lambda: print('\\udcff\\udcfe.jpg'))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ended.returncode == 0 and ended.stdout == b"\\udcff\\udcfe.jpg\n"
