"""SIGTERM, which schedulers send, is as good as Ctrl-C."""

import ctypes
import os
import signal
import subprocess
import sys
import time

import pytest

from densedepth_tf.commands.shell.command_line import run
from densedepth_tf.process.interruption import (
    sigterm_as_interrupt,
    sigterm_kept,
    stop_on_interrupt,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")],
)
@pytest.mark.parametrize("finishes", [False, True])
def test_one_line_and_an_exit_code_of_its_own(capsys, number, code, word, finishes):
    def body():
        if not finishes:
            os.kill(os.getpid(), number)
            signal.pause()
        with stop_on_interrupt() as stop:
            os.kill(os.getpid(), number)
            assert stop.wait(10)
        raise KeyboardInterrupt("half of it is there")

    with pytest.raises(SystemExit) as leaving:
        run("any.py", body)
    how = "; half of it is there" if finishes else ""
    assert leaving.value.code == code and capsys.readouterr().err == f"any.py: {word}{how}\n"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_what_a_process_was_told_to_ignore_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_on_interrupt() as stop:
            os.kill(os.getpid(), signal.SIGINT)
            assert not stop.wait(0.05)
            os.kill(os.getpid(), signal.SIGTERM)
            assert stop.wait(10)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("whole_group", [False, True])
def test_workers_end_with_their_command_and_leave_nothing_half_written(tmp_path, whole_group):
    folder = tmp_path / "rooms"
    command = ["rooms", "--output", str(folder), "--workers", "2", "--image-size", "96x128"]
    process = subprocess.Popen(
        [sys.executable, "-m", "densedepth_tf", *command],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while len(list(folder.glob("train/*.jpg"))) < 2:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert (
        process.returncode == 143
        and errors.splitlines()[-1] == "python -m densedepth_tf rooms: terminated"
    )
    deadline = time.monotonic() + 20
    with pytest.raises(ProcessLookupError):  # nobody is left of its session
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.05)
    assert not [path for path in folder.rglob(".*")]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the system itself")
def test_a_library_that_takes_sigterm_gives_it_back():
    ignored = ctypes.c_void_p(1)
    with sigterm_as_interrupt():
        with sigterm_kept():
            ctypes.CDLL(None).signal(signal.SIGTERM, ignored)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
